package apikey_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

var act = keyfold.Act{By: "user:sanne", From: "192.0.2.1"}

// A world is a service on a database, with an account of an owner and another
// one of somebody else.
type world struct {
	*apikey.Service

	t            *testing.T
	clock        *storetest.Clock
	ours, theirs keyfold.CustomerID
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		teller := notice.Teller{Key: token.NewKey("a-secret-of-the-tests-that-is-long-enough"), Dispute: time.Hour}
		w := &world{t: t, clock: clock, Service: &apikey.Service{DB: db, Teller: teller, Limits: limit.Make(limit.Default())}}
		w.ours, w.theirs = w.owned("NL123421341", "sanne"), w.owned("DE245344254", "joris")
		test(t, w)
	})
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
}

// owned is an account that its main contact has claimed.
func (w *world) owned(id, user string) keyfold.CustomerID {
	w.t.Helper()
	mailbox := user + "@veldkamp.example"
	customer := storetest.Import(w.t, w.DB, id, mailbox)
	email, err := keyfold.ParseEmail(mailbox)
	w.must(err)
	u := keyfold.NewUser(act, keyfold.UserID(user), email, "", keyfold.English, "hash")
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(w.t.Context(), u) }))
	w.change(customer, func(a keyfold.Account) (keyfold.Change, error) { return a.Claim(act, w.clock.Now(), u.User()) })
	return customer
}

func (w *world) change(id keyfold.CustomerID, step func(keyfold.Account) (keyfold.Change, error)) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), id)
		if err != nil {
			return err
		}
		c, err := step(a)
		return errors.Join(err, tx.Apply(w.t.Context(), c))
	}))
}

// admit gives joris roles in our account.
func (w *world) admit(roles ...keyfold.Role) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), w.ours)
		if err != nil {
			return err
		}
		c, err := a.Admit(act, keyfold.Member{User: "joris", Roles: keyfold.RolesOf(roles...)}, "invited")
		if err != nil {
			return err
		}
		return tx.ApplyMember(w.t.Context(), c)
	}))
}

func wish() apikey.Wish {
	return apikey.Wish{Form: token.New(), Name: "Monitoring", Scopes: keyfold.ScopesOf(keyfold.AccountScope)}
}

func (w *world) want(user keyfold.UserID, wish apikey.Wish) (token.Secret, keyfold.APIKey, error) {
	return w.Make(w.t.Context(), act, user, w.ours, wish)
}

func (w *world) list() []store.ListedKey {
	w.t.Helper()
	keys, err := w.DB.Reader().Keys(w.t.Context(), w.ours, 1000)
	w.must(err)
	return keys
}

func (w *world) open(s token.Secret) error {
	_, err := w.Open(w.t.Context(), "192.0.2.9", "Bearer "+s.Reveal(), keyfold.AccountScope)
	return err
}

func (w *world) events(kind string) (n int) {
	w.t.Helper()
	all, err := w.DB.Reader().AccountEvents(w.t.Context(), w.ours, 1000)
	w.must(err)
	for _, e := range all {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func TestManyClicksAtOnceMakeOneKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		same := wish()
		var mu sync.Mutex
		secrets := map[string]bool{}
		var group sync.WaitGroup
		for range 12 {
			group.Go(func() {
				secret, key, err := w.want("sanne", same)
				mu.Lock()
				defer mu.Unlock()
				secrets[secret.Reveal()] = true
				if err != nil || key.Name != "Monitoring" {
					t.Errorf("%+v: %v", key, err)
				}
			})
		}
		group.Wait()
		if len(secrets) != 1 || len(w.list()) != 1 || w.events("key.created") != 1 {
			t.Errorf("%d secrets, %d keys, %d events", len(secrets), len(w.list()), w.events("key.created"))
		}
		w.clock.Pass(2 * time.Minute)
		if _, _, err := w.want("sanne", same); !keyfold.RefusedAs(err, "key.made_already") {
			t.Errorf("who comes back for it: %v", err)
		}
	})
}

// TestAFormIsOfNoUseToOthers: who sees the page of another makes a key of their
// own at the most, and never that one.
func TestAFormIsOfNoUseToOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.admit(keyfold.Admin)
		same := wish()
		ours, _, err := w.want("sanne", same)
		w.must(err)
		other, _, err := w.want("joris", same)
		w.must(err)
		theirs, _, err := w.Make(t.Context(), act, "joris", w.theirs, same)
		w.must(err)
		if ours == other || other == theirs || ours == theirs {
			t.Error("the form of one is the key of another")
		}
		if _, _, err := w.want("sanne", apikey.Wish{Name: "x", Scopes: same.Scopes}); !keyfold.RefusedAs(err, "key.form") {
			t.Errorf("without a form: %v", err)
		}
	})
}

func TestThereIsRoomForTwentyHoweverManyAskAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var group sync.WaitGroup
		for range keyfold.MaxKeys + 8 {
			group.Go(func() {
				if _, _, err := w.want("sanne", wish()); err != nil && !keyfold.RefusedAs(err, "key.too_many") {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n, err := w.DB.Reader().LiveKeys(t.Context(), w.ours); err != nil || n != keyfold.MaxKeys {
			t.Errorf("%d keys: %v", n, err)
		}
		w.must(w.End(t.Context(), act, "sanne", w.ours, w.list()[0].ID))
		if _, _, err := w.want("sanne", wish()); err != nil {
			t.Errorf("after one has ended: %v", err)
		}
	})
}

// TestOnlyOwnerAndAdminsManageKeys, and whoever was one a moment ago does not.
func TestOnlyOwnerAndAdminsManageKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret, key, err := w.want("sanne", wish())
		w.must(err)
		refused := func(who string) {
			t.Helper()
			if _, _, err := w.want("joris", wish()); !keyfold.RefusedAs(err, "account.unknown") {
				t.Errorf("%s makes a key: %v", who, err)
			}
			if err := w.End(t.Context(), act, "joris", w.ours, key.ID); !keyfold.RefusedAs(err, "account.unknown") {
				t.Errorf("%s ends a key: %v", who, err)
			}
		}
		refused("a stranger")
		w.admit(keyfold.Technical, keyfold.Finance, keyfold.Abuse)
		refused("another role")
		if err := w.End(t.Context(), act, "joris", w.theirs, key.ID); !keyfold.RefusedAs(err, "key.gone") {
			t.Errorf("the key of another account ends by way of one's own: %v", err)
		}
		w.must(w.open(secret))
		w.admit(keyfold.Admin)
		w.must(w.End(t.Context(), act, "joris", w.ours, key.ID))
		if err := w.open(secret); !keyfold.RefusedAs(err, "key.unknown") {
			t.Errorf("an ended key opens: %v", err)
		}
	})
}

func TestEndsThatRaceAreOneEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, key, err := w.want("sanne", wish())
		w.must(err)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if err := w.End(t.Context(), act, "sanne", w.ours, key.ID); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := w.events("key.ended"); n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

func TestAFrozenAccountGetsNoKeyAndCanEndThem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret, key, err := w.want("sanne", wish())
		w.must(err)
		w.change(w.ours, func(a keyfold.Account) (keyfold.Change, error) { return a.Freeze(act) })
		if _, _, err := w.want("sanne", wish()); !keyfold.RefusedAs(err, "account.frozen") {
			t.Errorf("a key while frozen: %v", err)
		}
		w.must(w.open(secret), w.End(t.Context(), act, "sanne", w.ours, key.ID))
	})
}

func TestNamesAndScopesAreRead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for typed, want := range map[string]string{"": "key.nameless", "  ": "key.nameless", "a\nb": "key.name", strings.Repeat("x", 121): "key.name"} {
			bad := wish()
			bad.Name = typed
			_, _, err := w.want("sanne", bad)
			if !keyfold.RefusedAs(err, want) || keyfold.Refused(err)[0].Field != "key-name" {
				t.Errorf("%q: %v, want %s", typed, err, want)
			}
		}
		bad := wish()
		bad.Scopes = keyfold.Scopes{}
		if _, _, err := w.want("sanne", bad); !keyfold.RefusedAs(err, "key.no_scope") {
			t.Errorf("no scope: %v", err)
		}
	})
}

// TestTheContactsAreToldOfAKey, each with a link of their own, and of nothing
// that opens anything.
func TestTheContactsAreToldOfAKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret, key, err := w.want("sanne", wish())
		w.must(err)
		to, err := keyfold.ParseEmail("sanne@veldkamp.example")
		w.must(err)
		m, ok, err := w.DB.Reader().LastMail(t.Context(), w.ours, to, "key-created")
		if err != nil || !ok || m.Token == "" || m.User != "sanne" || m.Data.Origin != "192.0.2.1" {
			t.Errorf("%+v, %t, %v", m, ok, err)
		}
		if key.Hash != secret.Hash() || key.Hint != secret.Reveal()[len(secret.Reveal())-4:] || strings.Contains(key.Hash, secret.Reveal()) {
			t.Errorf("kept: %+v", key)
		}
	})
}
