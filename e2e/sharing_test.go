package e2e_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A sharer is a person with a login, at both of the twins.
type sharer struct {
	*twins

	email  string
	user   string // ID
	cookie string
}

// sharers are people with a login each, and the account that they came with.
func (w *twins) sharers(db *sql.DB, walkers []*walker) []*sharer {
	w.Helper()
	var all []*sharer
	for i, walker := range walkers {
		if err := walker.walk(w.Context(), w.line(i), w.sink); err != nil {
			w.Fatal(err)
		}
		p := &sharer{twins: w, email: walker.email}
		if err := db.QueryRowContext(w.Context(), `select id from users where email = $1`, walker.email).Scan(&p.user); err != nil {
			w.Fatal(err)
		}
		p.logIn()
		all = append(all, p)
	}
	return all
}

func (p *sharer) logIn() {
	p.Helper()
	status, _ := p.answer(p.Context(), 0, "/login", url.Values{"username": {p.email}, "password": {loginPassword}})
	if p.cookie == "" {
		p.Fatalf("%s cannot log in: %d", p.email, status)
	}
}

// answer asks one of the twins; with a form it posts. A session that it opens is
// kept.
func (p *sharer) answer(ctx context.Context, twin int, path string, form url.Values) (status int, page string) {
	p.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+p.addresses[twin]+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.Fatal(err)
	}
	req.Host = p.host
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.cookie != "" {
		req.AddCookie(&http.Cookie{Name: "keyfold", Value: p.cookie})
	}
	client := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		p.Error(err)
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	for _, c := range res.Cookies() {
		if c.Name == "keyfold" {
			p.cookie = c.Value
		}
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.Error(err)
	}
	return res.StatusCode, string(body)
}

// sharedPage is the account that is shared.
const sharedPage = "/accounts/NL5000000"

// sees reports whether it is there for this person, at one of the twins.
func (p *sharer) sees(twin int) bool {
	p.Helper()
	status, body := p.answer(p.Context(), twin, sharedPage, nil)
	if status != http.StatusOK && status != http.StatusNotFound {
		p.Errorf("%s at %s: %d\n%s", p.email, sharedPage, status, body)
	}
	return status == http.StatusOK
}

// shared enters an account with these people in it, the first as its owner who
// offers it to the second.
func shared(t *testing.T, database, name string, people []*sharer, roles ...keyfold.Role) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: database, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	id, bad := keyfold.ParseCustomerID(name)
	contact, worse := keyfold.ParseEmail("shared@veldkamp.example")
	ctx, by := t.Context(), keyfold.Act{By: "test"}
	err = errors.Join(bad, worse, db.Update(ctx, func(tx *store.Tx) error {
		d := keyfold.Details{ID: id, Entity: "NL", Name: "Shared", Contact: keyfold.Contact{Email: contact}}
		if err := tx.Apply(ctx, keyfold.Import(by, d)); err != nil {
			return err
		}
		owner, err := tx.User(ctx, keyfold.UserID(people[0].user))
		if err != nil {
			return err
		}
		return apply(ctx, tx, id, func(a keyfold.Account) (keyfold.Change, error) { return a.LinkBy(by, tx.Now(), owner) })
	}))
	for i, p := range people[1:] {
		err = errors.Join(err, db.Update(ctx, func(tx *store.Tx) error {
			a, err := tx.Account(ctx, id)
			if err != nil {
				return err
			}
			c, err := a.Admit(by, keyfold.Member{User: keyfold.UserID(p.user), Roles: keyfold.RolesOf(roles[i])}, "invited")
			return errors.Join(err, tx.ApplyMember(ctx, c))
		}))
	}
	err = errors.Join(err, db.Update(ctx, func(tx *store.Tx) error {
		to, err := tx.User(ctx, keyfold.UserID(people[1].user))
		if err != nil {
			return err
		}
		m, err := tx.Member(ctx, id, to.ID)
		if err != nil {
			return err
		}
		return apply(ctx, tx, id, func(a keyfold.Account) (keyfold.Change, error) { return a.OfferTo(by, tx.Now(), m, to) })
	}))
	if err != nil {
		t.Fatal(err)
	}
}

func apply(ctx context.Context, tx *store.Tx, id keyfold.CustomerID, do func(keyfold.Account) (keyfold.Change, error)) error {
	a, err := tx.Account(ctx, id)
	if err != nil {
		return err
	}
	c, err := do(a)
	if err != nil {
		return err
	}
	return tx.Apply(ctx, c)
}

// What was taken from somebody at one replica is gone at the other at once.
func TestWhatIsTakenAwayIsGoneOnEveryReplica(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			walkers, database := crowd(2), emptyDatabase(t, engine)
			w, db := startTwins(t, database, walkers), ownEyes(t, database)
			people := w.sharers(db, walkers)
			owner, colleague := people[0], people[1]
			shared(t, database, "NL5000000", people, keyfold.Finance)
			for twin := range 2 {
				if !owner.sees(twin) || !colleague.sees(twin) {
					t.Fatalf("twin %d: the account is not there", twin)
				}
			}
			began := time.Now()
			if status, body := owner.answer(t.Context(), 0, sharedPage+"/users/"+colleague.user, url.Values{"do": {"remove"}}); status != http.StatusSeeOther {
				t.Fatalf("remove: %d\n%s", status, body)
			}
			if colleague.sees(1) || colleague.sees(0) {
				t.Errorf("the colleague still comes in, %s after the removal", time.Since(began))
			}
			if status, body := owner.answer(t.Context(), 1, sharedPage+"/unlink", url.Values{"login-password": {loginPassword}}); status != http.StatusOK {
				t.Fatalf("unlink: %d\n%s", status, body)
			}
			if owner.sees(0) || owner.sees(1) {
				t.Error("who has unlinked the account still comes in")
			}
		})
	}
}

// sharedRounds is how many accounts are pulled at from all sides.
const sharedRounds = 25

// Removal, leaving, transfer and unlinking at once, from two processes: whatever
// comes first, each account has one owner, or none and nobody else.
func TestPulledAtFromTwoProcessesAnAccountKeepsOneOwner(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			walkers, database := crowd(3), emptyDatabase(t, engine)
			w, db := startTwins(t, database, walkers), ownEyes(t, database)
			people := w.sharers(db, walkers)
			ends := map[string]int{}
			for round := range sharedRounds {
				id := fmt.Sprintf("NL6%06d", round)
				shared(t, database, id, people, keyfold.Admin, keyfold.Finance)
				pullAtOnce(t, round, "/accounts/"+id, people)
				ends[end(t, db, id)]++
			}
			t.Logf("summary %s: how %d accounts ended: %v", engine, sharedRounds, ends)
			if ends["owner 1 of 2"]+ends["owner 1 of 3"]+ends["owner 1 of 1"]+ends["owner 0 of 0"] != sharedRounds {
				t.Errorf("%v", ends)
			}
		})
	}
}

func pullAtOnce(t *testing.T, round int, account string, people []*sharer) {
	t.Helper()
	owner, admin, finance := people[0], people[1], people[2]
	pulls := []struct {
		who  *sharer
		path string
		form url.Values
	}{
		{owner, "/users/" + finance.user, url.Values{"do": {"remove"}}},
		{owner, "/users/" + admin.user, url.Values{"do": {"remove"}}},
		{owner, "/unlink", url.Values{"login-password": {loginPassword}}},
		{owner, "/ownership", url.Values{"do": {"withdraw"}}},
		{admin, "/ownership/offer", url.Values{"do": {"accept"}}},
		{admin, "/users/" + finance.user, url.Values{"do": {"remove"}}},
		{admin, "/leave", url.Values{"do": {"leave"}}},
		{finance, "/leave", url.Values{"do": {"leave"}}},
	}
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range pulls {
		pull := pulls[(i+round)%len(pulls)]
		all.Go(func() {
			<-start
			status, body := pull.who.answer(t.Context(), (i+round)%2, account+pull.path, pull.form)
			if status >= http.StatusInternalServerError {
				t.Errorf("%s%s: %d\n%s", account, pull.path, status, body)
			}
		})
	}
	close(start)
	all.Wait()
}

// end is how many owners and members an account has, when that is a defined
// state.
func end(t *testing.T, db *sql.DB, id string) string {
	t.Helper()
	var state string
	var owner sql.NullString
	if err := db.QueryRowContext(t.Context(), `select state, owner from accounts where customer_id = $1`, id).Scan(&state, &owner); err != nil {
		t.Fatal(err)
	}
	count := func(where string) (n int) {
		if err := db.QueryRowContext(t.Context(), `select count(*) from memberships where customer_id = $1`+where, id).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if (state == "registered") != owner.Valid || owner.Valid && count(` and roles = 'owner' and user_id = '`+owner.String+`'`) != 1 {
		t.Errorf("%s is %s, owned by %q", id, state, owner.String)
	}
	return fmt.Sprintf("owner %d of %d", count(` and roles = 'owner'`), count(""))
}
