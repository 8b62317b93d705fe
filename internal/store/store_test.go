package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/pgtest"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

var visitor = keyfold.Act{By: "visitor"}

func TestApplyRefusesAChangeMadeFromAnOldRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		read, err := db.Reader().Account(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		apply := func(hash keyfold.Hash) error {
			change, err := read.SetPassword(visitor, time.Now(), hash)
			if err != nil {
				return err
			}
			return db.Update(t.Context(), func(tx *store.Tx) error { return tx.Apply(t.Context(), change) })
		}
		if err := apply("first"); err != nil {
			t.Fatal(err)
		}
		if err := apply("second"); !keyfold.RefusedAs(err, "account.moved_on") {
			t.Errorf("second change: %v, want a conflict", err)
		}
		if now, _ := db.Reader().Account(t.Context(), id); now.Password != "first" {
			t.Errorf("password is %q, want the first", now.Password)
		}
		events, err := db.Reader().AccountEvents(t.Context(), id, 10)
		if err != nil || len(events) != 2 {
			t.Errorf("%d events, %v; want one for each change that happened", len(events), err)
		}
	})
}

func TestAccountComesBackAsItWasWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		id := storetest.Import(t, db, "CDN1010101010", "Info@Bücher.example")
		read, err := db.Reader().Account(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		other, _ := keyfold.ParseEmail("new@veldkamp.example")
		d := keyfold.Details{ID: id, Entity: "CDN", Name: "Küstenlicht 'GmbH'", Language: keyfold.German, Contact: keyfold.Contact{Name: "Jo", Email: other}, Imported: "$2a$x"}
		change := read.Update(visitor, clock.Now(), d)
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Apply(t.Context(), change) }); err != nil {
			t.Fatal(err)
		}
		got, err := db.Reader().Account(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		want := change.Account()
		want.Version = 2
		emails := cmp.Comparer(func(a, b keyfold.Email) bool { return a.String() == b.String() })
		if diff := cmp.Diff(want, got, emails, cmp.AllowUnexported(keyfold.CustomerID{}, keyfold.Language{})); diff != "" {
			t.Errorf("written and read differ:\n%s", diff)
		}
		if got.Former.String() != "Info@xn--bcher-kva.example" {
			t.Errorf("former contact is %q", got.Former)
		}
	})
}

func TestDatabaseItselfRefusesTwoOwnersAndNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		for _, hostile := range []string{
			`update accounts set state = 'registered' where customer_id = 'NL123421341'`,
			`insert into memberships (customer_id, user_id, roles, since, used_at) values ('NL123421341', 'nobody', 'owner', 0, 0)`,
			`update accounts set contact_key = '', contact_email = '' where customer_id = 'NL123421341'`,
			`update accounts set state = 'email_pending' where customer_id = 'NL123421341'`,
		} {
			if err := store.Exec(t.Context(), db, hostile); err == nil {
				t.Errorf("allowed: %s", hostile)
			}
		}
	})
}

func TestPlaceholdersAreBoundByNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		got, err := store.Words(t.Context(), db, `select cast($2 as text) || cast($1 as text) || cast($2 as text)`, "one", "two")
		if err != nil || got != "twoonetwo" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestBothSchemasHaveTheSameColumns(t *testing.T) {
	if !slices.Contains(storetest.Engines(), "postgres") {
		return
	}
	lite, _ := storetest.Open(t, "sqlite")
	pg, _ := storetest.Open(t, "postgres")
	a, err := store.Columns(t.Context(), lite)
	if err != nil {
		t.Fatal(err)
	}
	b, err := store.Columns(t.Context(), pg)
	if err != nil {
		t.Fatal(err)
	}
	if len(a) < 60 {
		t.Fatalf("only %d columns", len(a))
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("schemas differ (-sqlite +postgres):\n%s", diff)
	}
}

func TestNewerSchemaIsRefusedInWords(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			db := storetest.OpenURL(t, url, time.Now)
			if err := store.Exec(t.Context(), db, `insert into goose_db_version (version_id, is_applied) values (99999, true)`); err != nil {
				t.Fatal(err)
			}
			_, err := store.Open(t.Context(), store.Options{URL: url, Now: time.Now})
			if err == nil || !strings.Contains(err.Error(), "newer keyfold") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestManyReplicasMigrateAtOnce(t *testing.T) {
	if !slices.Contains(storetest.Engines(), "postgres") {
		return
	}
	url := pgtest.Database(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			db, err := store.Open(t.Context(), store.Options{URL: url, Now: time.Now})
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestGrantIsSpentOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		secret := issue(t, db, "t1", clock.Now().Add(time.Hour), id)
		var won atomic.Int32
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					ok, err := tx.Spend(t.Context(), "t1", store.OfAccount(id))
					if ok {
						won.Add(1)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d of 16 clicks won, want 1", won.Load())
		}
		got, err := db.Reader().Token(t.Context(), store.Reset, secret)
		if err != nil || got.Grants[0].Ended != store.Spent {
			t.Errorf("token is %+v, %v; want spent", got, err)
		}
	})
}

func TestTokenIsOnlyGoodForItsPurposeAndTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		secret := issue(t, db, "t1", clock.Now().Add(time.Hour), id)
		if _, err := db.Reader().Token(t.Context(), store.Confirm, secret); !keyfold.RefusedAs(err, "link.unknown") {
			t.Errorf("another purpose: %v", err)
		}
		clock.Pass(time.Hour)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if ok, err := tx.Spend(t.Context(), "t1", store.OfAccount(id)); ok || err != nil {
				return fmt.Errorf("spent %v at its end: %w", ok, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestNewestGrantsStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		var secrets []token.Secret
		for i := range 5 {
			secrets = append(secrets, issue(t, db, fmt.Sprintf("t%d", i), clock.Now().Add(time.Hour), id))
			clock.Pass(time.Second)
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.KeepNewest(t.Context(), store.OfAccount(id), store.Reset, 3)
		}); err != nil {
			t.Fatal(err)
		}
		for i, secret := range secrets {
			got, err := db.Reader().Token(t.Context(), store.Reset, secret)
			if alive := len(got.Live()) == 1; err != nil || alive != (i >= 2) {
				t.Errorf("link %d: alive %v, %v", i, alive, err)
			}
		}
	})
}

func TestCountersNeverUndercount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		rule := limit.Rule{Name: "try", Tries: 5, Window: time.Minute, Text: "login.slow"}
		var allowed atomic.Int32
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				err := db.Allow(t.Context(), store.Try{Rule: rule, Tag: "x"})
				switch {
				case err == nil:
					allowed.Add(1)
				case !keyfold.RefusedAs(err, "login.slow"):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if allowed.Load() != 5 {
			t.Errorf("%d of 200 at once allowed, want 5", allowed.Load())
		}
		clock.Pass(time.Minute)
		if err := db.Allow(t.Context(), store.Try{Rule: rule, Tag: "x"}); err != nil {
			t.Errorf("after the window: %v", err)
		}
	})
}

func TestClaimedMailIsNobodyElsesUntilItsLeaseEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		to, _ := keyfold.ParseEmail("info@veldkamp.example")
		for i := range 3 {
			enqueue(t, db, store.Mail{ID: fmt.Sprintf("m%d", i), Template: "reset", To: to})
		}
		if got := claim(t, db, "a"); len(got) != 1 || got[0].ID != "m0" {
			t.Fatalf("claimed %v, want the first of the mailbox alone", got)
		}
		if got := claim(t, db, "b"); len(got) != 0 {
			t.Errorf("another worker claimed %v", got)
		}
		clock.Pass(time.Minute)
		got := claim(t, db, "b")
		if len(got) != 1 || got[0].ID != "m0" || got[0].Attempts != 2 {
			t.Errorf("after the lease: %+v, want m0 again", got)
		}
		end(t, db, "a", "m0", false)
		end(t, db, "b", "m0", true)
		if got := claim(t, db, "b"); len(got) != 1 || got[0].ID != "m1" {
			t.Errorf("next: %v, want m1", got)
		}
	})
}

func TestAClaimIsGivenBackAndTheTryDoesNotCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		to, _ := keyfold.ParseEmail("info@veldkamp.example")
		enqueue(t, db, store.Mail{ID: "m1", Template: "reset", To: to})
		claim(t, db, "doubtful")
		for _, worker := range []string{"another", "doubtful"} {
			if got := claim(t, db, "next"); len(got) != 0 {
				t.Fatalf("somebody else's: %v", got)
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ReturnClaim(t.Context(), worker) })
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := claim(t, db, "next"); len(got) != 1 || got[0].Attempts != 1 {
			t.Errorf("claimed again: %+v", got)
		}
	})
}

func TestRequestIsTakenOnceAndNotLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		id, _ := keyfold.ParseCustomerID("NL123421341")
		put := func(tx *store.Tx) error {
			return tx.PutResetRequest(t.Context(), store.ResetRequest{ID: "r1", Account: id, Language: keyfold.Dutch, Origin: "::1"})
		}
		if err := db.Update(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		stop := errors.New("killed")
		take := func(fail error) (store.ResetRequest, bool) {
			var r store.ResetRequest
			var ok bool
			err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
				if r, ok, err = tx.TakeResetRequest(t.Context()); err != nil {
					return err
				}
				return fail
			})
			if !errors.Is(err, fail) {
				t.Fatal(err)
			}
			return r, ok
		}
		take(stop)
		if r, ok := take(nil); !ok || r.Account != id || r.Language != keyfold.Dutch {
			t.Errorf("got %+v, %v after a failed try", r, ok)
		}
		if _, ok := take(nil); ok {
			t.Error("taken twice")
		}
	})
}

func TestMembershipsAreFoundByNameAndID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		email, _ := keyfold.ParseEmail("sanne@veldkamp.example")
		user := keyfold.NewUser(visitor, "u1", email, "Sanne", keyfold.Dutch, "h")
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), user) }); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"NL123421341", "DE245344254", "SG234124123"} {
			own(t, db, storetest.Import(t, db, name, "info@veldkamp.example"))
		}
		for search, want := range map[string]int{"": 3, "media": 3, "de-2453": 1, "4123": 1, "100%": 0, "_": 0} {
			got, n, err := db.Reader().Memberships(t.Context(), "u1", search, 10, 0)
			if err != nil || len(got) != want || n != want {
				t.Errorf("search %q finds %d and counts %d, want %d (%v)", search, len(got), n, want, err)
			}
			if got, n, err := db.Reader().Memberships(t.Context(), "u1", search, 1, 0); err != nil || len(got) != min(want, 1) || n != want {
				t.Errorf("search %q finds %d of %d on the first page (%v)", search, len(got), n, err)
			}
		}
	})
}

func TestAccessIsOneAccountAndThoseUsedLast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		email, _ := keyfold.ParseEmail("sanne@veldkamp.example")
		user := keyfold.NewUser(visitor, "u1", email, "Sanne", keyfold.Dutch, "h")
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), user) }); err != nil {
			t.Fatal(err)
		}
		var ids []keyfold.CustomerID
		for i := range 6 {
			id := storetest.Import(t, db, fmt.Sprintf("NL12342134%d", i), "info@veldkamp.example")
			own(t, db, id)
			ids = append(ids, id)
		}
		for _, id := range []int{3, 0, 5} {
			clock.Pass(time.Minute)
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.UseMembership(t.Context(), "u1", ids[id]) }); err != nil {
				t.Fatal(err)
			}
		}
		cookie, stranger := token.New(), token.New()
		openUserSession(t, db, cookie, "u1")
		session, v, err := db.Reader().Visit(t.Context(), cookie, ids[4])
		if err != nil || session.User != "u1" || session.Email.String() != "sanne@veldkamp.example" || v.Account.ID != ids[4] || v.Account.Name == "" ||
			v.Account.Entity != "NL" || !v.Roles.Has(keyfold.Owner) {
			t.Fatalf("%+v, %+v: %v", session, v, err)
		}
		var got []keyfold.CustomerID
		for _, u := range v.Recent {
			got = append(got, u.ID)
			if u.Name == "" || u.Entity != "NL" || u.Roles != v.Roles {
				t.Errorf("of those used last: %+v", u)
			}
		}
		if want := []keyfold.CustomerID{ids[5], ids[0], ids[3], ids[1]}; !slices.Equal(got, want) {
			t.Errorf("used last: %v, want %v", got, want)
		}
		email, _ = keyfold.ParseEmail("mirjam@veldkamp.example")
		other := keyfold.NewUser(visitor, "u2", email, "Mirjam", keyfold.Dutch, "h")
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), other) }); err != nil {
			t.Fatal(err)
		}
		openUserSession(t, db, stranger, "u2")
		session, v, err = db.Reader().Visit(t.Context(), stranger, ids[4])
		if err != nil || session.User != "u2" || !v.Account.ID.IsZero() || v.Account.Name != "" || !v.Roles.IsZero() || len(v.Recent) > 0 {
			t.Errorf("who has no access: %+v, %+v, %v", session, v, err)
		}
		clock.Pass(24 * time.Hour)
		for name, secret := range map[string]token.Secret{"over": cookie, "unknown": token.New(), "none": {}} {
			if _, _, err := db.Reader().Visit(t.Context(), secret, ids[4]); !keyfold.RefusedAs(err, "session.over") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func openUserSession(t *testing.T, db *store.DB, secret token.Secret, user keyfold.UserID) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.OpenSession(t.Context(), store.Session{Hash: secret.Hash(), User: user, Expires: tx.Now().Add(12 * time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSweepKeepsWhatIsStillNeeded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		old := issue(t, db, "old", clock.Now().Add(time.Hour), id)
		clock.Pass(10 * 24 * time.Hour)
		young := issue(t, db, "young", clock.Now().Add(time.Hour), id)
		keep := store.Keep{Tokens: 7 * 24 * time.Hour, Mails: 90 * 24 * time.Hour}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.Sweep(t.Context(), keep); return err }); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Reader().Token(t.Context(), store.Reset, old); !keyfold.RefusedAs(err, "link.unknown") {
			t.Errorf("old link: %v, want it gone", err)
		}
		if _, err := db.Reader().Token(t.Context(), store.Reset, young); err != nil {
			t.Errorf("young link: %v", err)
		}
	})
}

func issue(t *testing.T, db *store.DB, tokenID string, expires time.Time, id keyfold.CustomerID) token.Secret {
	t.Helper()
	secret := token.New()
	to, _ := keyfold.ParseEmail("info@veldkamp.example")
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.IssueToken(t.Context(), store.Token{
			ID: tokenID, Hash: secret.Hash(), Purpose: store.Reset, Email: to, Expires: expires,
			Grants: []store.Grant{{Subject: store.OfAccount(id)}},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func enqueue(t *testing.T, db *store.DB, m store.Mail) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Enqueue(t.Context(), m) }); err != nil {
		t.Fatal(err)
	}
}

func claim(t *testing.T, db *store.DB, worker string) (mails []store.Mail) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
		mails, err = tx.ClaimMails(t.Context(), worker, time.Minute, 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

func end(t *testing.T, db *store.DB, worker, id string, want bool) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		ok, err := tx.EndMail(t.Context(), id, worker, store.Sent, "")
		if ok != want {
			t.Errorf("worker %s ends %s: %v, want %v", worker, id, ok, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// own takes an account to u1 as its owner, through the transitions.
func own(t *testing.T, db *store.DB, id keyfold.CustomerID) {
	t.Helper()
	email, _ := keyfold.ParseEmail("sanne@veldkamp.example")
	for _, step := range []func(keyfold.Account) (keyfold.Change, error){
		func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(visitor, time.Now(), "h") },
		func(a keyfold.Account) (keyfold.Change, error) { return a.PendEmail(visitor, time.Now(), email) },
		func(a keyfold.Account) (keyfold.Change, error) { return a.Register(visitor, time.Now(), "u1") },
	} {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			a, err := tx.Account(t.Context(), id)
			if err != nil {
				return err
			}
			c, err := step(a)
			if err != nil {
				return err
			}
			return tx.Apply(t.Context(), c)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
