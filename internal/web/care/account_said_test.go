package care_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// TestTheTimelineSaysWhatTheAnswerWas: a colleague who reads only that a number was
// checked takes a wrong one for a proof.
func TestTheTimelineSaysWhatTheAnswerWas(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.owned("NL123421341")
		by := keyfold.Act{By: "staff:1"}
		record := func(kind string, user keyfold.UserID, note string) {
			w.clock.Pass(time.Second)
			e := keyfold.Event{Act: by, Kind: kind, Account: id, User: user, Note: note}
			w.must(w.db.Update(t.Context(), func(tx *store.Tx) error { return tx.Record(t.Context(), e) }))
		}
		record("care.pin_checked", "u1", "yes, owner")
		record("care.pin_checked", "u1", "yes, technical,finance")
		record("care.pin_checked", "", "no")
		record("care.contact_asked", "", "yes")
		record("care.contact_asked", "", "no")
		record("care.contact_asked", "", "yes, name yes")
		record("care.contact_asked", "", "yes, name no")
		record("care.contact_asked", "", "no, name none")
		record("care.contact_asked", "", "what nobody wrote")
		page := w.call(http.MethodGet, "/care/accounts/"+id.String(), w.session(w.hire(keyfold.Agent)), nil).Body.String()
		_, page, _ = strings.Cut(page, `id="h-events"`)
		var said []string
		for item := range strings.SplitSeq(page, "<b>") {
			if words, _, ok := strings.Cut(item, "</b>"); ok && strings.Contains(words, "caller") {
				said = append(said, words)
			}
		}
		slices.Reverse(said)
		const pin, contact = "Customer care checked a number that a caller read out", "Customer care compared an address that a caller named with the main contact"
		want := []string{
			pin + ": yes, s••••e@v•••.example (Owner)", pin + ": yes, s••••e@v•••.example (Technical, Finance)", pin + ": no",
			contact + ": yes", contact + ": no", contact + ": yes, name: yes", contact + ": yes, name: no", contact + ": no, no name on record", contact,
		}
		if len(said) > len(want) {
			said = said[:len(want)]
		}
		if !slices.Equal(said, want) {
			t.Errorf("the page says\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
		}
	})
}
