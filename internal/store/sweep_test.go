package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestFromWhereAMailWasAskedForIsKeptForItsTime, and all else of it for longer.
func TestFromWhereAMailWasAskedForIsKeptForItsTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		to, err := keyfold.ParseEmail("info@veldkamp.example")
		if err != nil {
			t.Fatal(err)
		}
		const day = 24 * time.Hour
		enqueue(t, db, store.Mail{ID: "m1", Template: "reset", To: to, Data: store.MailData{Origin: "192.0.2.77", Accounts: []string{"NL300001"}}})
		enqueue(t, db, store.Mail{ID: "m2", Template: "reset", To: to, Data: store.MailData{Origin: "192.0.2.78"}})
		storetest.Exec(t, db, `update outbox set status = 'sent', ended_at = $1 where id = 'm1'`, clock.Now().UnixMilli())
		data := func() string {
			return strings.Join(storetest.Texts(t, db, `select data from outbox order by id`), "\n")
		}
		for _, c := range []struct {
			after time.Duration
			want  bool
		}{{29 * day, true}, {day, false}} {
			clock.Pass(c.after)
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Sweep(t.Context(), store.Keep{Tokens: day, Mails: 90 * day, Origins: 30 * day})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			got := data()
			if strings.Contains(got, "192.0.2.77") != c.want || !strings.Contains(got, "NL300001") || !strings.Contains(got, "192.0.2.78") {
				t.Errorf("after %s more: %s", c.after, got)
			}
		}
	})
}
