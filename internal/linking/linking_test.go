package linking_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

var (
	visitor  = keyfold.Act{By: "visitor", From: "192.0.2.1"}
	errWrong = keyfold.Refuse(keyfold.Denied, "login_password.wrong")
)

// A world is a service on a database, with one user.
type world struct {
	*linking.Service

	t     *testing.T
	clock *storetest.Clock
	user  keyfold.User
}

const mailbox = "sanne@veldkamp.example"

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := &world{t: t, clock: clock, Service: &linking.Service{DB: db, Teller: teller(), Entities: storetest.Entities(t), Limits: limit.Make(limit.Default()), Prove: func(_ context.Context, _ keyfold.Act, _ keyfold.User, pw string) error {
			if pw != "right" {
				return errWrong
			}
			return nil
		}}}
		w.user = w.newUser("u1", mailbox)
		test(t, w)
	})
}

func teller() notice.Teller {
	return notice.Teller{Key: token.NewKey("a-secret-of-the-tests-that-is-long-enough"), Dispute: 14 * 24 * time.Hour}
}

// change is a transition of an account.
func (w *world) change(id keyfold.CustomerID, do func(keyfold.Account, time.Time) (keyfold.Change, error)) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), id)
		if err != nil {
			return err
		}
		c, err := do(a, tx.Now())
		if err != nil {
			return err
		}
		return tx.Apply(w.t.Context(), c)
	}))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) newUser(id keyfold.UserID, address string) keyfold.User {
	w.t.Helper()
	email, err := keyfold.ParseEmail(address)
	w.must(err)
	c := keyfold.NewUser(visitor, id, email, "", keyfold.English, "hash")
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(w.t.Context(), c) }))
	return c.User()
}

func (w *world) account(id keyfold.CustomerID) keyfold.Account {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), id)
	w.must(err)
	return a
}

func all(keyfold.CustomerID) bool { return false }

func (w *world) claim() (int, error) { return w.Claim(w.t.Context(), visitor, w.user.ID, "", all) }

func TestAThousandAccountsAreLinkedInOneGo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var last keyfold.CustomerID
		for i := range 1000 {
			last = storetest.Import(t, w.DB, fmt.Sprintf("NL%07d", 1000000+i), mailbox)
		}
		n, err := w.claim()
		if err != nil || n != 1000 {
			t.Fatalf("%d linked: %v", n, err)
		}
		if a := w.account(last); a.State != keyfold.Registered || a.Owner != w.user.ID {
			t.Errorf("%s with the owner %q", a.State, a.Owner)
		}
		if n, err := w.DB.Reader().CountMemberships(t.Context(), w.user.ID); err != nil || n != 1000 {
			t.Errorf("%d memberships: %v", n, err)
		}
		if _, err := w.claim(); !keyfold.RefusedAs(err, "claim.nothing") {
			t.Errorf("once more: %v", err)
		}
	})
}

func TestOfManyClaimsAtOnceEachAccountIsLinkedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const accounts, clicks = 40, 8
		for i := range accounts {
			storetest.Import(t, w.DB, fmt.Sprintf("NL%07d", 1000000+i), mailbox)
		}
		var mu sync.Mutex
		var group sync.WaitGroup
		linked := 0
		for range clicks {
			group.Go(func() {
				n, err := w.claim()
				mu.Lock()
				defer mu.Unlock()
				linked += n
				if err != nil && !keyfold.RefusedAs(err, "claim.nothing") {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if linked != accounts {
			t.Errorf("%d were linked, want %d", linked, accounts)
		}
	})
}

func TestNobodyElseGetsOrUnlinksAnAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ours := storetest.Import(t, w.DB, "NL123421341", mailbox)
		other := storetest.Import(t, w.DB, "NL123421342", "other@veldkamp.example")
		stranger := w.newUser("u2", "stranger@elsewhere.example")
		if n, err := w.Claim(t.Context(), visitor, stranger.ID, "", all); n != 0 || !keyfold.RefusedAs(err, "claim.nothing") {
			t.Errorf("a stranger linked %d: %v", n, err)
		}
		_, err := w.claim()
		w.must(err)
		if a := w.account(other); a.State != keyfold.Legacy {
			t.Errorf("the account of another mailbox is %s", a.State)
		}
		for pw, want := range map[string]string{"wrong": "login_password.wrong", "right": "account.unknown"} {
			if err := w.Unlink(t.Context(), visitor, stranger.ID, ours, pw); !keyfold.RefusedAs(err, want) {
				t.Errorf("a stranger unlinks: %v, want %s", err, want)
			}
		}
		if err := w.Unlink(t.Context(), visitor, w.user.ID, ours, "wrong"); !errors.Is(err, errWrong) {
			t.Errorf("an open browser alone unlinks: %v", err)
		}
		if a := w.account(ours); a.Owner != w.user.ID {
			t.Errorf("the owner is %q", a.Owner)
		}
		w.must(w.Unlink(t.Context(), visitor, w.user.ID, ours, "right"))
		if a := w.account(ours); a.State != keyfold.Legacy || a.Owner != "" {
			t.Errorf("unlinked to %s with the owner %q", a.State, a.Owner)
		}
		if _, err := w.DB.Reader().Membership(t.Context(), w.user.ID, ours); !keyfold.RefusedAs(err, "account.unknown") {
			t.Errorf("still a member: %v", err)
		}
		if _, err := w.Undo(t.Context(), visitor, token.Secret{}); !keyfold.RefusedAs(err, "link.unknown") {
			t.Errorf("no link undoes: %v", err)
		}
	})
}

func TestClaimAndUnlinkRaceAndTheAccountIsWhole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				if _, err := w.claim(); err != nil && keyfold.Refused(err) == nil {
					t.Error(err)
				}
			})
			group.Go(func() {
				if err := w.Unlink(t.Context(), visitor, w.user.ID, id, "right"); err != nil && keyfold.Refused(err) == nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		a := w.account(id)
		_, err := w.DB.Reader().Membership(t.Context(), w.user.ID, id)
		if owned := err == nil; owned != (a.State == keyfold.Registered) || owned != (a.Owner == w.user.ID) {
			t.Errorf("%s with the owner %q, and a membership: %t", a.State, a.Owner, owned)
		}
	})
}

// notice is the link of a notice to a mailbox.
func (w *world) notice(id keyfold.CustomerID, to string) token.Secret {
	w.t.Helper()
	key := token.NewKey("a-secret-of-the-tests-that-is-long-enough")
	email, err := keyfold.ParseEmail(to)
	w.must(err)
	secret := key.Derive("notice-"+to, string(store.Dispute), email.Key())
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.IssueToken(w.t.Context(), store.Token{
			ID: "notice-" + to, Hash: secret.Hash(), Purpose: store.Dispute, Email: email,
			Expires: tx.Now().Add(14 * 24 * time.Hour), Grants: []store.Grant{{Subject: store.OfAccount(id)}},
		})
	}))
	return secret
}

// A notice of last week is in the mailbox of whoever was main contact then.
func TestAFormerContactUndoesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		_, err := w.claim()
		w.must(err)
		former, current := w.notice(id, mailbox), w.notice(id, "new@veldkamp.example")
		to, err := keyfold.ParseEmail("new@veldkamp.example")
		w.must(err)
		w.must(w.DB.Update(t.Context(), func(tx *store.Tx) error {
			a, err := tx.Account(t.Context(), id)
			if err != nil {
				return err
			}
			d := keyfold.Details{ID: id, Entity: a.Entity, Name: a.Name, Contact: keyfold.Contact{Email: to}}
			return tx.Apply(t.Context(), a.Update(visitor, tx.Now(), d))
		}))
		if _, err := w.Undo(t.Context(), visitor, former); !keyfold.RefusedAs(err, "link.void") {
			t.Errorf("the former contact undoes: %v", err)
		}
		if a := w.account(id); a.Owner != w.user.ID {
			t.Errorf("the owner is %q", a.Owner)
		}
		_, err = w.Undo(t.Context(), visitor, current)
		w.must(err)
		if a := w.account(id); a.State != keyfold.Legacy {
			t.Errorf("undone to %s", a.State)
		}
	})
}

func TestAPasswordThatChangedMeanwhileProvesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		_, err := w.claim()
		w.must(err)
		w.Prove = func(ctx context.Context, _ keyfold.Act, _ keyfold.User, _ string) error {
			return w.DB.Update(ctx, func(tx *store.Tx) error {
				user, err := tx.User(ctx, w.user.ID)
				if err != nil {
					return err
				}
				c, err := user.SetPassword(visitor, "another")
				if err != nil {
					return err
				}
				return tx.ApplyUser(ctx, c)
			})
		}
		if err := w.Unlink(t.Context(), visitor, w.user.ID, id, "old"); !keyfold.RefusedAs(err, "account.moved_on") {
			t.Errorf("got %v", err)
		}
		if a := w.account(id); a.Owner != w.user.ID {
			t.Errorf("the owner is %q", a.Owner)
		}
	})
}

// TestOthersDoNotLoseTheirAccessUnasked: the owner ends it first. The main contact
// does not have to wait for that.
func TestOthersDoNotLoseTheirAccessUnasked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		_, err := w.claim()
		w.must(err)
		other := w.newUser("u2", "other@veldkamp.example")
		w.must(w.DB.Update(t.Context(), func(tx *store.Tx) error {
			a, err := tx.Account(t.Context(), id)
			if err != nil {
				return err
			}
			c, err := a.Admit(visitor, keyfold.Member{User: other.ID, Roles: keyfold.RolesOf(keyfold.Finance)}, "invited")
			if err != nil {
				return err
			}
			return tx.ApplyMember(t.Context(), c)
		}))
		if err := w.Unlink(t.Context(), visitor, w.user.ID, id, "right"); !keyfold.RefusedAs(err, "account.has_users") {
			t.Errorf("got %v", err)
		}
		_, err = w.Undo(t.Context(), visitor, w.notice(id, mailbox))
		w.must(err)
		if list, err := w.DB.Reader().Members(t.Context(), id); err != nil || len(list) > 0 {
			t.Errorf("%d still have access, %v", len(list), err)
		}
		if _, ok, err := w.DB.Reader().LastMail(t.Context(), id, other.Email, "member-removed"); err != nil || !ok {
			t.Errorf("who lost the access was not told: %v", err)
		}
	})
}

// Who may change the main contact makes it their own mailbox, waits, and gets the
// next notice: that is no way past the owner.
func TestAContactThatWasMadeHereLatelyUndoesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		_, err := w.claim()
		w.must(err)
		to, err := keyfold.ParseEmail("new@veldkamp.example")
		w.must(err)
		w.change(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
			return a.ProposeContact(visitor, now, keyfold.Contact{Email: to})
		})
		w.change(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
			c, err := a.SucceedContact(visitor, now.Add(24*time.Hour))
			return c, err
		})
		if _, err := w.Undo(t.Context(), visitor, w.notice(id, "new@veldkamp.example")); !keyfold.RefusedAs(err, "link.void") {
			t.Errorf("the new contact undoes: %v", err)
		}
		if a := w.account(id); a.Owner != w.user.ID {
			t.Errorf("the owner is %q", a.Owner)
		}
	})
}
