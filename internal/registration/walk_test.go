package registration_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

// walks is how many walks each database gets, and of how many requests.
var walks = map[string]int{"sqlite": 4500, "postgres": 500}

const walkLength = 6

// takenAddress is the address of a user from the start.
const takenAddress = "owner@veldkamp.example"

// A walk is one account and the requests that somebody makes for it.
type walk struct {
	*world
	model
	rnd   *rand.Rand
	id    keyfold.CustomerID
	user  keyfold.User
	trail []string
}

// TestOnlyAllowedRequestsChangeAnything tries requests at random from every
// state, and compares what became of the account with the model. One seed is
// one walk; a failure names it.
func TestOnlyAllowedRequestsChangeAnything(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db, clock := storetest.Open(t, engine)
			w := newWorld(t, db, clock)
			for _, rule := range []*int{
				&w.Limits.ResetMailHour.Tries, &w.Limits.ResetMailDay.Tries, &w.Limits.VerifyMail.Tries, &w.Limits.VerifyMailDay.Tries,
				&w.Limits.LoginName.Tries, &w.Limits.LoginNameDay.Tries, &w.Limits.LoginAddress.Tries, &w.Limits.Resend.Tries,
			} {
				*rule = 1_000_000
			}
			_, user := w.user("NL999999", "first@veldkamp.example", takenAddress)
			hash, err := w.Gate.Hash(t.Context(), first)
			w.must(err)
			for seed := range walks[engine] {
				k := &walk{world: w, rnd: rand.New(rand.NewPCG(uint64(seed), 7)), user: user}
				k.begin(seed, hash)
				for range walkLength {
					k.step()
					k.check()
				}
				k.checkEvents()
				k.checkLinks()
				if t.Failed() {
					t.Fatalf("seed %d: %q", seed, k.trail)
				}
			}
		})
	}
}

// begin puts an account into a state, with a link of each purpose.
func (k *walk) begin(seed int, hash keyfold.Hash) {
	k.t.Helper()
	k.state = keyfold.States()[seed%4]
	id, err := k.Entities.CustomerID(fmt.Sprintf("NL%08d", seed))
	k.must(err)
	k.id = id
	to := k.address(id.String() + "@veldkamp.example").Key()
	k.contact = to
	k.update(func(ctx context.Context, tx *store.Tx) error {
		k.version, k.links, k.password, k.pending = 0, nil, "", ""
		c := keyfold.Import(visitor, keyfold.Details{ID: id, Entity: "NL", Name: "Veldkamp", Contact: keyfold.Contact{Email: k.address(to)}})
		steps := []func(keyfold.Account) (keyfold.Change, error){
			func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(visitor, tx.Now(), hash) },
			func(a keyfold.Account) (keyfold.Change, error) {
				return a.PendEmail(visitor, tx.Now(), k.address("p"+to))
			},
			func(a keyfold.Account) (keyfold.Change, error) { return a.Link(visitor, tx.Now(), k.user.ID) },
		}
		for i := 0; ; i++ {
			if err := tx.Apply(ctx, c); err != nil {
				return err
			}
			k.version++
			if i == slices.Index(keyfold.States(), k.state) {
				break
			}
			a, err := tx.Account(ctx, id)
			if err != nil {
				return err
			}
			if c, err = steps[i](a); err != nil {
				return err
			}
		}
		return k.issueLinks(ctx, tx)
	})
	if k.state != keyfold.Legacy {
		k.password = first
	}
	if k.state == keyfold.EmailPending {
		k.pending = "p" + to
	}
}

func (k *walk) issueLinks(ctx context.Context, tx *store.Tx) error {
	for _, p := range []store.Purpose{store.Reset, store.Confirm, store.Dispute} {
		l := &modelLink{secret: token.New(), purpose: p, to: k.contact, expires: tx.Now().Add(time.Hour)}
		if p == store.Confirm {
			l.to = "p" + k.contact
		}
		err := tx.IssueToken(ctx, store.Token{
			ID: "00" + token.New().Reveal(), Hash: l.secret.Hash(), Purpose: p, Email: k.address(l.to), Expires: l.expires,
			Grants: []store.Grant{{Subject: store.OfAccount(k.id)}},
		})
		if err != nil {
			return err
		}
		k.links = append(k.links, l)
	}
	return nil
}

func (k *walk) step() {
	steps := []struct {
		name string
		do   func()
	}{
		{"request", k.tryRequest},
		{"password", k.tryPassword},
		{"login", k.tryLogIn},
		{"submit", k.trySubmit},
		{"again", k.tryAgain},
		{"complete", k.tryComplete},
		{"link", k.tryLink},
		{"dispute", k.tryDispute},
		{"resend", k.tryResend},
		{"sync", k.trySync},
		{"time", func() { k.clock.Pass(pick(k, time.Minute, 50*time.Minute, 13*time.Hour)) }},
	}
	s := steps[k.rnd.IntN(len(steps))]
	k.trail = append(k.trail, s.name)
	s.do()
}

func pick[T any](k *walk, from ...T) T { return from[k.rnd.IntN(len(from))] }

// expect compares the answer with the model's.
func (k *walk) expect(allowed bool, err error) {
	k.t.Helper()
	if err != nil && keyfold.Refused(err) == nil {
		k.t.Fatal(err)
	}
	if (err == nil) != allowed {
		k.t.Errorf("%q: got %v, allowed %v", k.trail, err, allowed)
	}
}

// collect takes the links out of the mails that have come.
func (k *walk) collect() {
	for _, m := range k.deliver() {
		if m.Token == "" || m.Account != k.id {
			continue
		}
		t, err := k.DB.Reader().TokenByID(k.t.Context(), m.Token)
		k.must(err)
		if t.Purpose == store.Recover { // gets nobody into the ten steps
			continue
		}
		secret := k.secret(m)
		if !slices.ContainsFunc(k.links, func(l *modelLink) bool { return l.secret == secret }) {
			k.links = append(k.links, &modelLink{secret: secret, purpose: t.Purpose, to: t.Email.Key(), expires: t.Expires})
		}
	}
	k.keep()
}

func (k *walk) tryRequest() {
	before := len(k.links)
	k.must(k.RequestReset(k.t.Context(), visitor, k.id.String(), keyfold.English))
	k.must(k.AnswerRequests(k.t.Context()))
	wanted := k.mayRequest()
	k.requested()
	k.collect()
	if got := len(k.links) > before; got != wanted {
		k.t.Errorf("%q: a link was mailed: %v, want %v", k.trail, got, wanted)
	}
}

func (k *walk) tryPassword() {
	if k.rnd.IntN(4) == 0 {
		k.expect(false, k.set(token.New(), store.OfAccount(k.id), first))
		return
	}
	l, pw := pick(k, k.links...), pick(k, first, third)
	err := k.set(l.secret, store.OfAccount(k.id), pw)
	k.expect(k.setPassword(l, k.clock.Now(), pw), err)
	k.collect()
}

func (k *walk) tryLogIn() {
	pw := pick(k, first, second, third)
	_, err := k.LogIn(k.t.Context(), visitor, k.id, pw, registration.Browser{})
	k.expect(k.mayLogIn(pw), err)
}

func (k *walk) trySubmit() {
	to := pick(k, k.id.String()+"@new.example", takenAddress)
	waits, now := k.waitsFor(k.address(to).Key()), k.clock.Now()
	err := k.SubmitEmail(k.t.Context(), visitor, k.id, k.address(to))
	k.expect(k.submit(k.address(to).Key()), err)
	if waits {
		k.sentAgain(err, now)
	}
	k.collect()
}

func (k *walk) tryAgain() {
	now := k.clock.Now()
	err := k.SendAgain(k.t.Context(), visitor, k.id)
	k.expect(k.open() && k.state == keyfold.EmailPending, err)
	k.sentAgain(err, now)
}

// sentAgain knows that one confirm link is alive: the one that is young, or a
// new one.
func (k *walk) sentAgain(err error, now time.Time) {
	if err == nil && !slices.ContainsFunc(k.links, func(l *modelLink) bool {
		return l.purpose == store.Confirm && l.to == k.pending && l.ended == "" && l.expires.Sub(now) > k.Times.Confirm/2
	}) {
		k.void(store.Confirm)
	}
	k.collect()
}

func (k *walk) tryComplete() {
	l := pick(k, k.links...)
	proof := pick(k, registration.Proof{Session: k.id}, registration.Proof{Password: first}, registration.Proof{})
	proven := proof.Session == k.id || proof.Password != "" && proof.Password == k.password
	again := l.purpose == store.Confirm && l.ended == "used" && l.to != takenAddress
	allowed := k.mayConfirm(l, k.clock.Now()) && proven && l.to != takenAddress
	k.expect(allowed || again, k.complete(l.secret, proof, second))
	if allowed {
		k.own(l)
	}
	k.collect()
}

func (k *walk) tryLink() {
	l := pick(k, k.links...)
	p := registration.LinkProof{Proof: registration.Proof{Session: k.id}, LoggedIn: pick(k, k.user.ID, "")}
	proven := p.LoggedIn == k.user.ID && l.to == takenAddress
	again := l.purpose == store.Confirm && l.ended == "used" && proven
	allowed := k.mayConfirm(l, k.clock.Now()) && proven
	_, err := k.LinkAccount(k.t.Context(), visitor, l.secret, p)
	k.expect(allowed || again, err)
	if allowed {
		k.own(l)
	}
	k.collect()
}

func (k *walk) tryDispute() {
	l := pick(k, k.links...)
	_, err := k.Dispute(k.t.Context(), visitor, l.secret, func(keyfold.CustomerID) bool { return false })
	k.expect(k.dispute(l, k.clock.Now()), err)
	k.collect()
}

func (k *walk) tryResend() {
	l, now := pick(k, k.links...), k.clock.Now()
	if k.rnd.IntN(2) == 0 {
		err := k.ResendConfirm(k.t.Context(), visitor, l.secret)
		k.expect(l.purpose == store.Confirm && k.open() && k.state == keyfold.EmailPending && k.pending == l.to, err)
		k.sentAgain(err, now)
		return
	}
	k.expect(l.purpose == store.Reset && k.mayRequest() && k.contact == l.to, k.ResendReset(k.t.Context(), visitor, l.secret))
	k.collect()
}

func (k *walk) trySync() {
	contact, closed := k.contact, k.closed
	if k.rnd.IntN(2) == 0 {
		closed = !closed
	} else {
		contact = pick(k, "", "x"+strings.ToLower(k.id.String())+"@veldkamp.example", strings.ToLower(k.id.String())+"@veldkamp.example")
	}
	k.world.sync(k.id, func(d *keyfold.Details) {
		d.Closed, d.Contact.Email = closed, keyfold.Email{}
		if contact != "" {
			d.Contact.Email = k.address(contact)
		}
	})
	k.model.sync(contact, closed)
}
