package finder_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

func TestACustomerIDIsFoundHoweverItIsTyped(t *testing.T) {
	each(t, func(w *world) {
		w.customer("NL123421341", "Veldkamp Media B.V.", "Sanne Veldkamp", "info@veldkamp.example")
		for _, typed := range []string{"NL123421341", "nl123421341", " nl 123 421 341 ", "NL-123.421-341", "123421341", "123 421 341", "NL123421341, Veldkamp", "ID: nl123421341"} {
			if h := w.expect(typed, "NL123421341"); h.In != store.InID {
				w.Errorf("%q is found in %s", typed, h.In)
			}
			if got, exact := w.find(typed).Exact(); !exact || got != id(w, "NL123421341") {
				w.Errorf("%q is not exact", typed)
			}
		}
		if a := w.find("NL123421342"); len(a.Hits) > 0 || a.By != finder.ByID {
			w.Errorf("another ID: %+v", a)
		}
		w.customer("DE123421341", "Küstenlicht GmbH", "", "info@kuestenlicht.example")
		if a := w.find("123421341"); len(a.Hits) != 2 {
			w.Errorf("an ID without letters that two have finds %v", found(a))
		} else if _, exact := a.Exact(); exact {
			w.Error("it is exact")
		}
	})
}

func TestAnAddressIsFoundWhereverItIs(t *testing.T) {
	each(t, func(w *world) {
		ctx, by := w.Context(), keyfold.Act{By: "test"}
		w.customer("NL100000001", "Veldkamp Media B.V.", "Sanne Veldkamp", "Info@Veldkamp.example")
		storetest.Contact(w, w.db, w.customer("NL100000002", "Polder Data", "", "a@polder.example"), keyfold.BillingContact, "Bills@Polder.example")
		pending, coming, invited := w.customer("NL100000003", "", "", "b@x.example"), w.customer("NL100000004", "", "", "c@x.example"), w.customer("NL100000005", "", "", "d@x.example")
		w.update(func(tx *store.Tx) error {
			u := keyfold.NewUser(by, "u1", email(w, "Jan@login.example"), "Jan de Vries", keyfold.Dutch, "h")
			return tx.ApplyUser(ctx, u)
		})
		storetest.Exec(w, w.db, `update accounts set state = 'email_pending', password_hash = 'h', pending_email = 'New.One@pending.example' where customer_id = $1`, pending.String())
		for _, owned := range []keyfold.CustomerID{coming, invited} {
			w.update(func(tx *store.Tx) error {
				a, err := tx.Account(ctx, owned)
				if err != nil {
					return err
				}
				c, err := a.LinkBy(by, tx.Now(), keyfold.User{ID: "u1"})
				if err != nil {
					return err
				}
				return tx.Apply(ctx, c)
			})
		}
		storetest.Exec(w, w.db, `update accounts set coming_email = 'Next@coming.example', coming_at = 5 where customer_id = $1`, coming.String())
		storetest.Exec(w, w.db, `insert into invitations (id, customer_id, email, email_key, roles, inviter, language, created_at, expires_at, status, ended_at)
			values ('i', $1, 'Guest@invited.example', 'guest@invited.example', 'admin', 'u1', 'en', 1, 2, 'pending', 0)`, invited.String())
		for typed, want := range map[string]struct {
			account string
			in      store.FoundIn
		}{
			"info@veldkamp.example": {"NL100000001", store.InContact}, "INFO@VELDKAMP.EXAMPLE ": {"NL100000001", store.InContact},
			"Sanne <info@veldkamp.example>,": {"NL100000001", store.InContact}, "bills@polder.example": {"NL100000002", store.InListed},
			"new.one@pending.example": {"NL100000003", store.InPending}, "next@coming.example": {"NL100000004", store.InComing},
			"guest@invited.example": {"NL100000005", store.InInvitation}, "jan@login.example": {"NL100000004", store.InLogin},
		} {
			h := w.expect(typed, want.account)
			if h.In != want.in || !strings.Contains(h.Said, "••••") || strings.Contains(h.Said, "polder") {
				w.Errorf("%q is found in %s, as %q", typed, h.In, h.Said)
			}
		}
		if a := w.find("jan@login.example"); len(a.Hits) != 2 || a.Hits[1].Account.ID != invited {
			w.Errorf("a login finds %v", found(a))
		}
		if a := w.find("nobody@veldkamp.example"); len(a.Hits) > 0 || a.By != finder.ByAddress {
			w.Errorf("an unknown address: %+v", a)
		}
	})
}

func TestOfManyAccountsOfOneMailboxAFewAreShown(t *testing.T) {
	each(t, func(w *world) {
		for i := range 25 {
			w.customer("NL1000000"+string(rune('0'+i/10))+string(rune('0'+i%10)), "Agency", "", "agency@x.example")
		}
		if a := w.find("agency@x.example"); len(a.Hits) != 20 || !a.More {
			w.Errorf("%d, more: %t", len(a.Hits), a.More)
		}
	})
}

// TestASearchIsOnRecord, without what was typed: it may be an address.
func TestASearchIsOnRecord(t *testing.T) {
	each(t, func(w *world) {
		w.customer("NL123421341", "Veldkamp Media B.V.", "Sanne Veldkamp", "info@veldkamp.example")
		w.index()
		for typed, note := range map[string]string{"NL123421341": "by id: 1", "info@veldkamp.example": "by address: 1", "veldkamp": "by name: 1", "nobody": "by name: 0"} {
			w.find(typed)
			if got := storetest.Texts(w, w.db, `select note from events where kind = 'care.searched' and actor = 'staff:femke' and customer_id is null order by seq desc limit 1`); len(got) != 1 || got[0] != note {
				w.Errorf("%q is on record as %q", typed, got)
			}
		}
	})
}

func TestNobodyCopiesTheCustomersBySearching(t *testing.T) {
	each(t, func(w *world) {
		var err error
		n := 0
		for ; err == nil && n < 1000; n++ {
			_, err = w.finds.Find(w.Context(), agent, "veldkamp")
		}
		if !keyfold.RefusedAs(err, "find.slow") || n != 121 {
			w.Errorf("after %d: %v", n, err)
		}
		if got := storetest.Texts(w, w.db, `select actor from events where kind = 'care.search_refused'`); !slices.Equal(got, []string{"staff:femke"}) {
			w.Errorf("on record: %q", got)
		}
		if _, err := w.finds.Find(w.Context(), keyfold.Act{By: "staff:another"}, "veldkamp"); err != nil {
			w.Errorf("another one of the staff: %v", err)
		}
	})
}

func TestWhatCannotBeSearchedIsRefused(t *testing.T) {
	each(t, func(w *world) {
		for typed, want := range map[string]string{"": "find.empty", "  ": "find.empty", strings.Repeat("x", 255): "find.too_long"} {
			_, err := w.finds.Find(w.Context(), agent, typed)
			if !keyfold.RefusedAs(err, want) {
				w.Errorf("%q: %v, want %s", typed, err, want)
			}
		}
		w.index()
		for _, typed := range []string{"…", "%", "'; drop table accounts; --", "\x00", "\xff\xfe", strings.Repeat("é", 120), "a b c d e f g h i j k", "陈伟"} {
			w.none(typed)
		}
	})
}
