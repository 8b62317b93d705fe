package staff_test

import (
	"encoding/base32"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/totp"
)

const right = "Windmill-2026!"

var (
	visitor  = keyfold.Act{By: "visitor", From: "192.0.2.7"}
	operator = keyfold.Act{By: "system"}
)

// A desk is the service on one database.
type desk struct {
	*staff.Service

	t     *testing.T
	clock *storetest.Clock
}

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) { test(t, newDesk(t, db, clock)) })
}

func newDesk(t *testing.T, db *store.DB, clock *storetest.Clock) *desk {
	t.Helper()
	gate, err := password.NewGate(password.GateConfig{Params: password.Params{MemoryKiB: 64, Time: 1, Parallelism: 1}, Queue: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t: t, clock: clock, Service: &staff.Service{
		DB: db, Gate: gate, Teller: notice.Teller{Key: token.NewKey("test")}, Limits: limit.Make(limit.Default()), Brand: "Polder Hosting",
	}}
}

// A person is one of the staff with both proofs.
type person struct {
	keyfold.Staff

	factor []byte
}

func (d *desk) add(name string, role keyfold.StaffRole) staff.Invited {
	d.t.Helper()
	in, err := d.Add(d.t.Context(), operator, staff.Newcomer{Email: d.email(name), Name: name, Role: role, Language: keyfold.Dutch})
	d.must(err)
	return in
}

func (d *desk) email(name string) keyfold.Email {
	d.t.Helper()
	e, err := keyfold.ParseEmail(name + "@polder.example")
	d.must(err)
	return e
}

// offer is what the page of a link shows, and the secret in it.
func (d *desk) offer(link token.Secret) (staff.Enrolment, staff.Factor, []byte) {
	d.t.Helper()
	e, err := d.Enrolment(d.t.Context(), link)
	d.must(err)
	f, err := d.NewFactor(e)
	d.must(err)
	return e, f, d.secretOf(f)
}

func (d *desk) secretOf(f staff.Factor) []byte {
	d.t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(f.Text())
	d.must(err)
	return secret
}

func (d *desk) enrol(link token.Secret) (secret []byte) {
	d.t.Helper()
	e, f, secret := d.offer(link)
	d.must(d.Enrol(d.t.Context(), visitor, e, staff.Chosen{Password: right, Repeat: right, Factor: f, Code: d.code(secret)}))
	return secret
}

// hire is somebody who can log in, and whose last code is used up.
func (d *desk) hire(name string, role keyfold.StaffRole) person {
	d.t.Helper()
	in := d.add(name, role)
	secret := d.enrol(in.Link)
	return person{d.staff(in.Staff.ID), secret}
}

func (d *desk) staff(id keyfold.StaffID) keyfold.Staff {
	d.t.Helper()
	f, err := d.DB.Reader().Staff(d.t.Context(), id)
	d.must(err)
	return f
}

func (d *desk) code(secret []byte) string { return totp.Code(secret, totp.Step(d.clock.Now())) }

// next passes time until there is another code.
func (d *desk) next(p person) string {
	d.clock.Pass(30 * time.Second)
	return d.code(p.factor)
}

func (d *desk) try(p person, pw, code string) (token.Secret, error) {
	return d.LogIn(d.t.Context(), visitor, staff.Try{Email: p.Email, Password: pw, Code: code, Agent: "test"})
}

func (d *desk) mustLogIn(p person) token.Secret {
	d.t.Helper()
	s, err := d.try(p, right, d.next(p))
	d.must(err)
	return s
}

func (d *desk) open(s token.Secret) bool {
	d.t.Helper()
	_, err := d.Current(d.t.Context(), s)
	if err != nil && !keyfold.RefusedAs(err, "session.over") {
		d.t.Fatal(err)
	}
	return err == nil
}

func (d *desk) events(kind string) []string {
	d.t.Helper()
	return storetest.Texts(d.t, d.DB, `select actor || ' | ' || note from events where kind = '`+kind+`' order by seq`)
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// refusedAs fails unless err is that refusal.
func refusedAs(t *testing.T, err error, text string) {
	t.Helper()
	if !keyfold.RefusedAs(err, text) {
		t.Errorf("%v, not %s", err, text)
	}
}
