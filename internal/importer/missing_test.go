package importer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

func bringMissing(t *testing.T, db *store.DB, m importer.Missing, text string) (importer.Result, error) {
	t.Helper()
	in, err := source.Open(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	s := importer.Service{DB: db, Entities: storetest.Entities(t), Missing: &m}
	return s.Customers(t.Context(), in, "customers.csv", nil)
}

// ten customers of one entity, without some of them.
func ten(without ...int) string {
	gone := map[int]bool{}
	for _, i := range without {
		gone[i] = true
	}
	text := head
	for i := range 10 {
		if !gone[i] {
			text += fmt.Sprintf("NL10000%d,Customer %d,a@x.example,A\n", i, i)
		}
	}
	return text
}

func TestMissingAccountsAreClosedWhenAskedFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, ten()+"DE100001,Other,a@x.example,A\n")
		u := onTheWay(t, db, "NL100003")
		mustBring(t, db, ten(3, 4))
		if account(t, db, "NL100003").Closed {
			t.Fatal("closed without being asked")
		}
		r, err := bringMissing(t, db, importer.Missing{}, ten(3, 4))
		if err != nil || r.Closed != 2 || r.Same != 8 {
			t.Errorf("%v, %+v", err, r)
		}
		for id, closed := range map[string]bool{"NL100003": true, "NL100004": true, "NL100005": false, "DE100001": false} {
			if account(t, db, id).Closed != closed {
				t.Errorf("%s is closed: %v", id, !closed)
			}
		}
		if diff := cmp.Diff([]string{"dispute"}, u.alive(t, db)); diff != "" {
			t.Error(diff)
		}
		if got := events(t, db, "NL100004"); got[0] != "account.closed by import:customers.csv" {
			t.Errorf("got %q", got)
		}
		if r, err := bringMissing(t, db, importer.Missing{}, ten(3, 4)); err != nil || r.Closed != 0 || len(events(t, db, "NL100004")) != 2 {
			t.Errorf("once more: %v, %+v", err, r)
		}
		// It is open again when the database says so in a column of its own.
		mustBring(t, db, ten())
		if !account(t, db, "NL100003").Closed {
			t.Error("opened by a file without the column status")
		}
		mustBring(t, db, statusHead+"NL100003,Customer 3,a@x.example,A,,active\n")
		if account(t, db, "NL100003").Closed {
			t.Error("still closed")
		}
	})
}

func TestNothingIsClosedByAFileThatLacksTooMuch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, ten())
		for name, tt := range map[string]struct {
			missing importer.Missing
			text    string
		}{
			"more than a fifth":       {importer.Missing{}, ten(1, 2, 3)},
			"more than the number":    {importer.Missing{Most: 2}, ten(1, 2, 3)},
			"a row that nobody knows": {importer.Missing{All: true}, ten(1) + "???,One,a@x.example,A\n"},
			"a row that is cut off":   {importer.Missing{All: true}, ten(1) + "NL10"},
		} {
			r, err := bringMissing(t, db, tt.missing, tt.text)
			_, tooMany := errors.AsType[*importer.TooManyMissing](err)
			if !tooMany || r.Closed != 0 || account(t, db, "NL100001").Closed {
				t.Errorf("%s: %v, %+v", name, err, r)
			}
		}
		// The rest cannot be read: nobody knows what it would have.
		if r, err := bringMissing(t, db, importer.Missing{All: true}, ten(1)+"\"open"); err == nil || r.Closed != 0 {
			t.Errorf("%v, %+v", err, r)
		}
		// A bad row names its customer, so that one is there.
		r, err := bringMissing(t, db, importer.Missing{All: true}, ten(1)+"NL100001,,a@x.example,A\n")
		if err != nil || r.Closed != 0 || r.Bad != 1 {
			t.Errorf("%v, %+v", err, r)
		}
		r, err = bringMissing(t, db, importer.Missing{Most: 3}, ten(1, 2, 3))
		if err != nil || r.Closed != 3 {
			t.Errorf("%v, %+v", err, r)
		}
		r, err = bringMissing(t, db, importer.Missing{All: true}, ten(0, 1, 2, 3, 4, 5, 6, 7, 8))
		if err != nil || r.Closed != 6 {
			t.Errorf("%v, %+v", err, r)
		}
	})
}
