package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

// questions are what pages and workers ask.
func questions(r store.Reader, user keyfold.UserID, id keyfold.CustomerID, email keyfold.Email) []func(context.Context) error {
	drop := func(_ any, err error) error {
		if keyfold.Refused(err) == nil {
			return err
		}
		return nil // nothing is there, and the question was asked
	}
	list := func(search string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := r.Memberships(ctx, user, search, 10, 0)
			return err
		}
	}
	return []func(context.Context) error{
		func(ctx context.Context) error { return drop(r.Account(ctx, id)) },
		func(ctx context.Context) error { return drop(r.Overview(ctx, id, email)) },
		func(ctx context.Context) error { return drop(r.AccountPassword(ctx, id)) },
		func(ctx context.Context) error { return drop(r.LegacyLogin(ctx, id, "NL")) },
		func(ctx context.Context) error { return drop(r.AccountsOfContact(ctx, email, 10)) },
		func(ctx context.Context) error { return drop(r.UnregisteredOfContact(ctx, email, "a", 10)) },
		func(ctx context.Context) error { return drop(r.HasUnregistered(ctx, email)) },
		func(ctx context.Context) error { return drop(r.Session(ctx, token.New())) },
		func(ctx context.Context) error { return drop(r.User(ctx, user)) },
		func(ctx context.Context) error { return drop(r.UserByEmail(ctx, email)) },
		func(ctx context.Context) error {
			_, _, err := r.Login(ctx, email)
			return err
		},
		list(""), list("a"),
		func(ctx context.Context) error { return drop(r.CountMemberships(ctx, user)) },
		func(ctx context.Context) error {
			_, _, err := r.Visit(ctx, token.New(), id)
			return drop(nil, err)
		},
		func(ctx context.Context) error { return drop(r.Membership(ctx, user, id)) },
		func(ctx context.Context) error { return drop(r.Members(ctx, id)) },
		func(ctx context.Context) error { return drop(r.Member(ctx, id, user)) },
		func(ctx context.Context) error { return drop(r.HasOthers(ctx, id)) },
		func(ctx context.Context) error { return drop(r.Owned(ctx, user)) },
		func(ctx context.Context) error { return drop(r.Told(ctx, keyfold.Account{ID: id})) },
		func(ctx context.Context) error { return drop(r.ToldOf(ctx, []keyfold.Account{{ID: id}})) },
		func(ctx context.Context) error { return drop(r.Contacts(ctx, id)) },
		func(ctx context.Context) error {
			_, _, err := r.ComingDue(ctx, store.Place{}, 10)
			return err
		},
		func(ctx context.Context) error { return drop(r.Entered(ctx, id)) },
		func(ctx context.Context) error { return drop(r.HowOwned(ctx, id)) },
		func(ctx context.Context) error { return drop(r.AccountsOf(ctx, "x")) },
		func(ctx context.Context) error { return drop(r.AccountEvents(ctx, id, 10)) },
		func(ctx context.Context) error { return drop(r.CheckedPIN(ctx, id, "s1", time.Now())) },
		func(ctx context.Context) error { return drop(r.Token(ctx, store.Reset, token.New())) },
		func(ctx context.Context) error { return drop(r.TokenByID(ctx, "x")) },
		func(ctx context.Context) error { return drop(r.LiveConfirm(ctx, id, email)) },
		func(ctx context.Context) error { return drop(r.OwnedBy(ctx, user, 5)) },
		func(ctx context.Context) error { return drop(r.AccessOf(ctx, user)) },
		func(ctx context.Context) error { return drop(r.Invitation(ctx, "x")) },
		func(ctx context.Context) error { return drop(r.Invitations(ctx, id, time.Now(), 10, 0)) },
		func(ctx context.Context) error {
			_, _, err := r.PendingInvitation(ctx, id, email)
			return err
		},
		func(ctx context.Context) error { return drop(r.WaitingInvitation(ctx, id, "x")) },
		func(ctx context.Context) error { return drop(r.Asker(ctx, id, "x")) },
		func(ctx context.Context) error { return drop(r.AccessRequest(ctx, "x")) },
		func(ctx context.Context) error { return drop(r.AccessRequestsOf(ctx, user, 10)) },
		func(ctx context.Context) error { return drop(r.Askers(ctx, id, 10, 0)) },
		func(ctx context.Context) error { return drop(r.ThrottledSince(ctx, email, time.Now())) },
		func(ctx context.Context) error {
			_, _, err := r.LastMail(ctx, id, email, "confirm")
			return err
		},
	}
}

// TestNoQuestionReadsAWholeTable holds how SQLite finds its rows, which cannot be
// seen while a database is small. An index that a bound value cannot use costs
// nothing among a thousand accounts, and 60 ms among a million.
func TestNoQuestionReadsAWholeTable(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	id, _ := keyfold.ParseCustomerID("NL123421341")
	email, _ := keyfold.ParseEmail("info@veldkamp.example")
	for i, ask := range slices.Concat(questions(db.Reader(), "u1", id, email), programQuestions(db.Reader(), id), exportQuestions(db.Reader(), id), findQuestions(db, "u1", id, email)) {
		if err := ask(t.Context()); err != nil {
			t.Fatalf("question %d: %v", i, err)
		}
	}
	plans, err := store.Plans(t.Context(), db)
	if err != nil || len(plans) < 20 {
		t.Fatalf("%d plans: %v", len(plans), err)
	}
	for q, plan := range plans {
		for _, line := range plan {
			// What is made on the way, in brackets or under a short name of its own, is small.
			if table, ok := strings.CutPrefix(line, "SCAN "); ok && !strings.HasPrefix(table, "(") && !strings.Contains("l p x r hits", strings.Fields(table)[0]) {
				t.Errorf("%s\nin\n%s", line, q)
			}
		}
	}
}
