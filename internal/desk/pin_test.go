package desk_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

func (w *world) pin(user keyfold.UserID) desk.PIN {
	w.t.Helper()
	p, err := w.PIN(w.t.Context(), keyfold.Act{By: "user:" + string(user)}, user)
	w.must(err)
	return p
}

// check reports whether a number is taken, and for which roles.
func (w *world) check(id keyfold.CustomerID, typed string) (string, bool) {
	w.t.Helper()
	roles, yes, err := w.CheckPIN(w.t.Context(), who("femke"), id, typed)
	w.must(err)
	return strings.Join(names(roles), " "), yes
}

func names(roles keyfold.Roles) (all []string) {
	for _, r := range roles.List() {
		all = append(all, string(r))
	}
	return all
}

func TestANumberIsOfOneUserAndTheirAccounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits = generous()
		ours, theirs := storetest.Import(t, w.DB, "NL123421341", whole), storetest.Import(t, w.DB, "NL123421342", whole)
		w.registered(ours, "u1")
		w.registered(theirs, "u2")
		p := w.pin("u1")
		if again := w.pin("u1"); again != p || len(p.Digits) != 6 {
			t.Fatalf("%v, and once more %v", p, again)
		}
		if w.pin("u2").Digits == p.Digits {
			t.Error("two have the same number")
		}
		w.kept(p.Digits)
		for _, typed := range []string{"", "12345", "1234567", "１２３４５６", "٠١٢٣٤٥", "12 34 5x", "12345\x00"} {
			_, _, err := w.CheckPIN(t.Context(), who("femke"), ours, typed)
			w.refused(err, "desk.pin_malformed")
		}
		if _, yes := w.check(theirs, p.Digits); yes {
			t.Error("the number is good for an account of somebody else")
		}
		if roles, yes := w.check(ours, " "+p.Digits[:2]+" "+p.Digits[2:4]+"-"+p.Digits[4:]); !yes || roles != "owner" {
			t.Errorf("%v, %q", yes, roles)
		}
		if _, yes := w.check(ours, p.Digits); yes {
			t.Error("the number works twice")
		}
		w.clock.Pass(time.Second)
		if next := w.pin("u1"); next.Digits == p.Digits {
			t.Error("a spent number is given once more")
		}
		w.clock.Pass(desk.PINLives)
		p = w.pin("u1")
		w.must(w.DB.Update(t.Context(), func(tx *store.Tx) error {
			u, err := tx.User(t.Context(), "u1")
			if err != nil {
				return err
			}
			return tx.ApplyUser(t.Context(), u.Suspend(visitor))
		}))
		if _, yes := w.check(ours, p.Digits); yes {
			t.Error("the number of a suspended user works")
		}
	})
}

// TestTheTrailSaysWhoseNumberItWas: one of the staff may be a user of the account as
// well, and reads out their own.
func TestTheTrailSaysWhoseNumberItWas(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits = generous()
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		w.registered(id, "u1")
		w.registered(storetest.Import(t, w.DB, "NL123421342", whole), "u2")
		storetest.Exec(t, w.DB, `insert into memberships (user_id, customer_id, roles, since, used_at) values ('u2', 'NL123421341', 'technical,finance', 1, 0)`)
		for _, digits := range []string{w.pin("u1").Digits, w.pin("u2").Digits, w.pin("u2").Digits} {
			w.check(id, digits)
		}
		said := storetest.Texts(t, w.DB, `select coalesce(user_id, '') || ': ' || note from events where kind = 'care.pin_checked' order by seq`)
		if want := []string{"u1: yes, owner", "u2: yes, technical,finance", ": no"}; !slices.Equal(said, want) {
			t.Errorf("the trail says %q, want %q", said, want)
		}
	})
}

// TestOfManyWhoCheckANumberOneIsTold: it is spent by whoever was first.
func TestOfManyWhoCheckANumberOneIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits = generous()
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		w.registered(id, "u1")
		p := w.pin("u1")
		var all sync.WaitGroup
		var told atomic.Int64
		for range 50 {
			all.Go(func() {
				_, yes, err := w.CheckPIN(t.Context(), who("femke"), id, p.Digits)
				if err != nil {
					t.Error(err)
				}
				if yes {
					told.Add(1)
				}
			})
		}
		all.Wait()
		if n := told.Load(); n != 1 {
			t.Errorf("%d are told yes", n)
		}
		if n := len(storetest.Texts(t, w.DB, `select note from events where kind = 'care.pin_checked' and note like 'yes%'`)); n != 1 {
			t.Errorf("the trail has %d", n)
		}
	})
}

// TestOfManyWhoAskForANumberAllGetTheSame: a double click, or two tabs.
func TestOfManyWhoAskForANumberAllGetTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.registered(storetest.Import(t, w.DB, "NL123421341", whole), "u1")
		var all sync.WaitGroup
		var seen sync.Map
		for range 20 {
			all.Go(func() {
				p, err := w.PIN(t.Context(), keyfold.Act{By: "user:u1"}, "u1")
				if err != nil {
					t.Error(err)
				}
				seen.Store(p.Digits, true)
			})
		}
		all.Wait()
		n := 0
		seen.Range(func(any, any) bool { n++; return true })
		if n != 1 || w.count("user.caller_pin") != 1 {
			t.Errorf("%d numbers, %d events", n, w.count("user.caller_pin"))
		}
	})
}
