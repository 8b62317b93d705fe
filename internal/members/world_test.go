package members_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const (
	boss   = keyfold.UserID("boss") // owns the account
	mirjam = "mirjam@veldkamp.example"
	pw     = "Tulips-2026"
)

var (
	by       = keyfold.Act{By: "visitor", From: "192.0.2.1"}
	key      = token.NewKey("a-secret-of-the-tests-that-is-long-enough")
	errWrong = keyfold.Refuse(keyfold.Denied, "login_password.wrong")
)

// A world is a service on a database, with one account that has an owner.
type world struct {
	*members.Service

	t     *testing.T
	clock *storetest.Clock
	id    keyfold.CustomerID
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	gate, err := password.NewGate(password.GateConfig{Params: password.Params{MemoryKiB: 64, Time: 1, Parallelism: 1}})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		limits := limit.Default()
		limits.VerifyMailsHour = 1000
		w := &world{t: t, clock: clock, Service: &members.Service{
			DB: db, Gate: gate, Entities: storetest.Entities(t), Brand: "Polder", Limits: limit.Make(limits),
			Teller: notice.Teller{Key: key, Dispute: time.Hour},
			Prove: func(_ context.Context, _ keyfold.Act, _ keyfold.User, typed string) error {
				if typed != "right" {
					return errWrong
				}
				return nil
			},
		}}
		w.id = w.account("NL123421341", boss)
		test(t, w)
	})
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err error, text string) {
	w.t.Helper()
	if !keyfold.RefusedAs(err, text) {
		w.t.Errorf("got %v, want the refusal %s", err, text)
	}
}

func (w *world) email(typed string) keyfold.Email {
	w.t.Helper()
	e, err := keyfold.ParseEmail(typed)
	w.must(err)
	return e
}

func (w *world) update(do func(*store.Tx) error) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), do))
}

// user makes a user whose address is made of the ID.
func (w *world) user(id keyfold.UserID) keyfold.UserID {
	w.t.Helper()
	c := keyfold.NewUser(by, id, w.email(string(id)+"@veldkamp.example"), "", keyfold.English, "hash")
	w.update(func(tx *store.Tx) error { return tx.ApplyUser(w.t.Context(), c) })
	return id
}

// account is one of the user, who is made when there is none.
func (w *world) account(name string, owner keyfold.UserID) keyfold.CustomerID {
	w.t.Helper()
	if _, err := w.DB.Reader().User(w.t.Context(), owner); keyfold.Refused(err) != nil {
		w.user(owner)
	}
	id := storetest.Import(w.t, w.DB, name, string(owner)+"@veldkamp.example")
	w.change(id, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) {
		user, err := tx.User(w.t.Context(), owner)
		if err != nil {
			return keyfold.Change{}, err
		}
		return a.Claim(by, tx.Now(), user)
	})
	return id
}

func (w *world) change(id keyfold.CustomerID, do func(*store.Tx, keyfold.Account) (keyfold.Change, error)) {
	w.t.Helper()
	w.must(w.tryChange(id, do))
}

func (w *world) tryChange(id keyfold.CustomerID, do func(*store.Tx, keyfold.Account) (keyfold.Change, error)) error {
	return w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), id)
		if err != nil {
			return err
		}
		c, err := do(tx, a)
		if err != nil {
			return err
		}
		return tx.Apply(w.t.Context(), c)
	})
}

// member gives a user access, who is made when there is none.
func (w *world) member(id keyfold.UserID, roles ...keyfold.Role) keyfold.UserID {
	w.t.Helper()
	if _, err := w.DB.Reader().User(w.t.Context(), id); keyfold.Refused(err) != nil {
		w.user(id)
	}
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), w.id)
		if err != nil {
			return err
		}
		c, err := a.Admit(by, keyfold.Member{User: id, Roles: keyfold.RolesOf(roles...)}, "invited")
		if err != nil {
			return err
		}
		return tx.ApplyMember(w.t.Context(), c)
	})
	return id
}

func (w *world) roles(user keyfold.UserID) string {
	w.t.Helper()
	m, err := w.DB.Reader().Member(w.t.Context(), w.id, user)
	w.must(err)
	return m.Roles.String()
}

func (w *world) invite(actor keyfold.UserID, to string, roles ...keyfold.Role) error {
	return w.Invite(w.t.Context(), by, w.id, actor, members.Invitee{Email: w.email(to), Roles: keyfold.RolesOf(roles...)})
}

// link is that of the newest mail with an invitation to an address.
func (w *world) link(to string) token.Secret {
	w.t.Helper()
	m, ok, err := w.DB.Reader().LastMail(w.t.Context(), w.id, w.email(to), "invitation")
	w.must(err)
	if !ok {
		w.t.Fatalf("no invitation to %s", to)
	}
	return key.Derive(m.Token, string(store.Invite), w.email(to).Key())
}

// invitation is the newest one to an address.
func (w *world) invitation(to string) store.SentInvitation {
	w.t.Helper()
	list, err := w.DB.Reader().Invitations(w.t.Context(), w.id, time.Time{}, 100, 0)
	w.must(err)
	i := slices.IndexFunc(list, func(i store.SentInvitation) bool { return i.Email.Same(w.email(to)) })
	if i < 0 {
		w.t.Fatalf("no invitation to %s", to)
	}
	return list[i]
}

func (w *world) acceptNew(to string) error {
	_, err := w.AcceptNew(w.t.Context(), by, w.link(to), members.NewLogin{Password: pw, Repeat: pw})
	return err
}

func (w *world) acceptAs(to string, user keyfold.UserID) error {
	_, err := w.Accept(w.t.Context(), by, w.link(to), members.Login{LoggedIn: user})
	return err
}

// mails counts the mails of a template to an address.
func (w *world) mailed(to, template string) bool {
	w.t.Helper()
	_, ok, err := w.DB.Reader().LastMail(w.t.Context(), w.id, w.email(to), template)
	w.must(err)
	return ok
}

// replayed compares what the trail says with what is there.
func (w *world) replayed() {
	w.t.Helper()
	ctx, read := w.t.Context(), w.DB.Reader()
	events, err := read.AccountEvents(ctx, w.id, 10_000)
	w.must(err)
	access, invitations := map[keyfold.UserID]string{}, map[string]keyfold.InvitationStatus{}
	owner := keyfold.UserID("")
	for _, e := range slices.Backward(events) {
		switch b := e.Became; {
		case b.Account != nil && b.Account.Owner == "":
			clear(access)
			for id, status := range invitations {
				if status == keyfold.Invited {
					invitations[id] = keyfold.Revoked
				}
			}
			owner = ""
		case b.Account != nil && b.Account.Owner != owner:
			delete(access, owner)
			if b.Account.Left != "" {
				access[owner] = b.Account.Left
			}
			owner = b.Account.Owner
			access[owner] = "owner"
		case b.Member != nil && b.Member.Roles == "":
			delete(access, e.User)
		case b.Member != nil:
			access[e.User] = b.Member.Roles
		case b.Invitation != nil:
			invitations[b.Invitation.ID] = b.Invitation.Status
		}
	}
	stored := map[keyfold.UserID]string{}
	list, err := read.Members(ctx, w.id)
	w.must(err)
	for _, m := range list {
		stored[m.ID] = m.Roles.String()
	}
	sent := map[string]keyfold.InvitationStatus{}
	all, err := read.Invitations(ctx, w.id, time.Time{}, 1000, 0)
	w.must(err)
	for _, i := range all {
		sent[i.ID] = i.Status
	}
	if a, b := fmt.Sprint(access), fmt.Sprint(stored); a != b {
		w.t.Errorf("the trail says %s, and the table %s", a, b)
	}
	if a, b := fmt.Sprint(invitations), fmt.Sprint(sent); a != b {
		w.t.Errorf("the trail says %s, and the table %s", a, b)
	}
}
