package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// happen writes n events of a kind, a minute apart from the next.
func happen(t *testing.T, db *store.DB, clock *storetest.Clock, id keyfold.CustomerID, kind string, n int) {
	t.Helper()
	for i := range n {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.Record(t.Context(), keyfold.Event{Act: visitor, Kind: kind, Account: id, Note: fmt.Sprint(i)})
		})
		if err != nil {
			t.Fatal(err)
		}
		clock.Pass(time.Minute)
	}
}

// pages reads all pages of a question, as "note note | note".
func pages(t *testing.T, db *store.DB, f store.ActivityFilter) string {
	t.Helper()
	var all []string
	for {
		page, err := db.Reader().Activity(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		var notes []string
		for _, e := range page.Events {
			if e.Account != f.Account {
				t.Errorf("an event of %s", e.Account)
			}
			notes = append(notes, e.Note)
		}
		all = append(all, strings.Join(notes, " "))
		if f.Older = page.Older; f.Older == 0 {
			return strings.Join(all, " | ")
		}
	}
}

func TestActivityIsReadInPagesOfOneAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		other := storetest.Import(t, db, "NL123421342", "info@veldkamp.example")
		begin := clock.Now()
		happen(t, db, clock, id, "login.failed", 5)
		happen(t, db, clock, other, "login.failed", 3)
		happen(t, db, clock, id, "reset.requested", 2)
		all := []string{"login.failed", "reset.requested"}
		for _, tt := range []struct {
			filter store.ActivityFilter
			want   string
		}{
			{store.ActivityFilter{Kinds: all, Limit: 100}, "1 0 4 3 2 1 0"},
			{store.ActivityFilter{Kinds: all, Limit: 7}, "1 0 4 3 2 1 0"},
			{store.ActivityFilter{Kinds: all, Limit: 3}, "1 0 4 | 3 2 1 | 0"},
			{store.ActivityFilter{Kinds: []string{"login.failed"}, Limit: 2}, "4 3 | 2 1 | 0"},
			{store.ActivityFilter{Kinds: []string{"key.made"}, Limit: 2}, ""},
			{store.ActivityFilter{Limit: 2}, ""},
			{store.ActivityFilter{Kinds: all, Limit: 100, From: begin.Add(2 * time.Minute)}, "1 0 4 3 2"},
			{store.ActivityFilter{Kinds: all, Limit: 100, To: begin.Add(2 * time.Minute)}, "1 0"},
			{store.ActivityFilter{Kinds: all, Limit: 100, From: begin.Add(time.Minute), To: begin.Add(3 * time.Minute)}, "2 1"},
		} {
			tt.filter.Account = id
			if got := pages(t, db, tt.filter); got != tt.want {
				t.Errorf("%+v: %q, want %q", tt.filter, got, tt.want)
			}
		}
	})
}

// TestAPageLooksAtSoManyEventsAndNoMore: what is rare and long ago is found by
// going on, not by one long question.
func TestAPageLooksAtSoManyEventsAndNoMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		happen(t, db, clock, id, "account.frozen", 1)
		err := store.Exec(t.Context(), db, fmt.Sprintf(`
			insert into events (at, kind, customer_id, actor, origin, note, became)
			with recursive n(i) as (select 1 union all select i + 1 from n where i < %d)
			select 1, 'login.failed', 'NL123421341', 'visitor', '', '', '' from n`, 2*store.LookedAt+10))
		if err != nil {
			t.Fatal(err)
		}
		f := store.ActivityFilter{Account: id, Kinds: []string{"account.frozen"}, Limit: 10}
		if got, want := pages(t, db, f), " |  | 0"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestActivityNamesWhoIsInIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		for _, u := range []keyfold.UserID{"u1", "u2"} {
			email, _ := keyfold.ParseEmail(string(u) + "@veldkamp.example")
			c := keyfold.NewUser(visitor, u, email, "Name of "+string(u), keyfold.English, "h")
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), c) }); err != nil {
				t.Fatal(err)
			}
		}
		own(t, db, id)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.Record(t.Context(), keyfold.Event{Act: keyfold.Act{By: "user:u1", From: "192.0.2.7"}, Kind: "member.removed", Account: id, User: "u2"})
		})
		if err != nil {
			t.Fatal(err)
		}
		page, err := db.Reader().Activity(t.Context(), store.ActivityFilter{Account: id, Kinds: []string{"member.removed"}, Limit: 1})
		if err != nil || len(page.Events) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		e := page.Events[0]
		got := []any{e.Actor.ID, e.Actor.Name, e.Actor.Email.String(), e.Actor.Member, e.About.ID, e.About.Name, e.About.Email.String(), e.About.Member, e.From}
		want := []any{keyfold.UserID("u1"), "Name of u1", "u1@veldkamp.example", true, keyfold.UserID("u2"), "Name of u2", "u2@veldkamp.example", false, "192.0.2.7"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestQuestionsOfManyRowsGoByTheirIndex asks the database how it answers.
func TestQuestionsOfManyRowsGoByTheirIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		now := clock.Now()
		for name, q := range map[string]struct {
			ask  func(store.Reader) error
			want []string
		}{
			"activity": {func(r store.Reader) error {
				_, err := r.Activity(t.Context(), store.ActivityFilter{Account: id, Kinds: []string{"a", "b"}, Limit: 5})
				return err
			}, []string{"events_by_account"}},
			"standing still": {func(r store.Reader) error {
				_, _, err := r.StandingStill(t.Context(), now, 1, now, store.Place{}, 5)
				return err
			}, []string{"accounts_half_way", "outbox_by_recipient"}},
			"unanswered": {func(r store.Reader) error {
				_, _, err := r.Unanswered(t.Context(), now, now, store.Place{}, 5)
				return err
			}, []string{"accounts_pending", "outbox_by_recipient"}},
		} {
			plan, err := store.Plan(t.Context(), db, q.ask)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, index := range q.want {
				if !strings.Contains(plan, index) {
					t.Errorf("%s does not use %s:\n%s", name, index, plan)
				}
			}
			if strings.Contains(plan, "SCAN a\n") || strings.Contains(plan, "SCAN e\n") || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN events") {
				t.Errorf("%s reads a table whole:\n%s", name, plan)
			}
		}
	})
}
