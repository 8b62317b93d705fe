package walk_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
)

// A step is one thing that somebody does, right or wrong. Refused, it changes
// nothing.
type step struct {
	name   string
	weight int
	do     func(*world) (what string, err error)
}

// maxAccounts is how many accounts are walked on at the same time.
const maxAccounts = 10

func steps() []step {
	all := []step{
		{"import", 3, (*world).importAccount},
		{"sync", 2, (*world).sync},
		{"time passes", 6, (*world).pass},
		{"request", 12, (*world).request},
		{"set password", 12, (*world).setPassword},
		{"log in", 3, (*world).logIn},
		{"email", 10, (*world).submit},
		{"complete", 12, (*world).complete},
		{"link", 8, (*world).link},
		{"dispute", 1, (*world).dispute},
		{"undo", 2, (*world).undo},
		{"claim", 3, (*world).claim},
		{"unlink", 3, (*world).unlink},
		{"ask to link", 3, (*world).askToLink},
		{"agree", 4, (*world).agree},
		{"suspend", 1, (*world).suspend},
		{"resume", 3, (*world).resume},
	}
	return append(all, sharing()...)
}

func (w *world) importAccount() (string, error) {
	if len(w.ids) >= maxAccounts { // the one that has been there longest makes room
		w.ids = w.ids[1:]
	}
	w.next++
	id, err := keyfold.ParseCustomerID(fmt.Sprintf("NL%07d", w.next))
	w.must(err)
	w.ids = append(w.ids, id)
	return id.String(), w.file(id, w.address().String(), "active")
}

// sync is the customer database with news of an account.
func (w *world) sync() (string, error) {
	id, contact, status := w.account(), w.address().String(), "active"
	if w.chance(20) {
		contact = ""
	}
	if w.chance(20) {
		status = "closed"
	}
	if id.IsZero() {
		return "", nil
	}
	return fmt.Sprintf("%s %q %s", id, contact, status), w.file(id, contact, status)
}

func (w *world) file(id keyfold.CustomerID, contact, status string) error {
	s := &importer.Service{DB: w.db, Entities: w.entities}
	rows := "customer_id,name,contact_name,contact_email,status\n" + id.String() + ",Veldkamp,Sanne," + contact + "," + status + "\n"
	in, err := source.Open(strings.NewReader(rows))
	if err == nil {
		_, err = s.Customers(w.ctx, in, "model.csv", nil)
	}
	return err
}

func (w *world) pass() (string, error) {
	d := pick(w, []time.Duration{time.Minute, 20 * time.Minute, time.Hour, 5 * time.Hour, 25 * time.Hour, 80 * time.Hour, 15 * 24 * time.Hour})
	w.clock.Pass(d)
	return d.String(), nil
}

func (w *world) request() (string, error) {
	typed := w.account().String()
	if w.chance(30) {
		typed = w.address().String()
	}
	err := w.registration.RequestReset(w.ctx, visitor, typed, keyfold.English)
	w.must(w.registration.AnswerRequests(w.ctx))
	if w.chance(90) {
		w.deliver(store.Sent)
	} else {
		w.deliver(store.Failed)
	}
	return typed, err
}

func twice(pw string) registration.NewPassword {
	return registration.NewPassword{Password: pw, Repeat: pw}
}

func (w *world) setPassword() (string, error) {
	l, ok := w.mailed(store.Reset)
	if !ok {
		return "", nil
	}
	s := w.subject(l)
	pw := idPassword
	if s.User != "" {
		pw = userPassword
	}
	return s.String(), w.registration.SetPassword(w.ctx, visitor, l.secret, s, twice(pw))
}

func (w *world) logIn() (string, error) {
	id := w.account()
	_, err := w.registration.LogIn(w.ctx, visitor, id, idPassword, registration.Browser{})
	return id.String(), err
}

func (w *world) submit() (string, error) {
	id, to := w.account(), w.address()
	return id.String() + " " + to.String(), w.registration.SubmitEmail(w.ctx, visitor, id, to)
}

// proof is what somebody at step 8 has to show, most often the right thing.
func (w *world) proof(l link) registration.Proof {
	switch {
	case w.chance(50):
		return registration.Proof{Session: l.Grants[0].Subject.Account}
	case w.chance(80):
		return registration.Proof{Password: idPassword}
	case w.chance(50):
		return registration.Proof{Session: w.account()}
	}
	return registration.Proof{Password: "Guessed-99 moss"}
}

func (w *world) complete() (string, error) {
	l, ok := w.mailed(store.Confirm)
	if !ok {
		return "", nil
	}
	_, err := w.registration.Complete(w.ctx, visitor, l.secret, registration.Completion{NewPassword: twice(userPassword), Proof: w.proof(l), Name: "Ann"})
	return l.Grants[0].Subject.String() + " " + l.Email.String(), err
}

func (w *world) link() (string, error) {
	l, ok := w.mailed(store.Confirm)
	if !ok {
		return "", nil
	}
	p := registration.LinkProof{Proof: w.proof(l), Password: userPassword}
	if w.chance(30) {
		p.LoggedIn, p.Password = w.user(), ""
	}
	_, err := w.registration.LinkAccount(w.ctx, visitor, l.secret, p)
	return l.Grants[0].Subject.String() + " " + l.Email.String(), err
}

func (w *world) dispute() (string, error) {
	l, ok := w.mailed(store.Dispute)
	if !ok {
		return "", nil
	}
	left := w.subject(l).Account // of a link about many, one stays out now and then
	_, err := w.registration.Dispute(w.ctx, visitor, l.secret, func(id keyfold.CustomerID) bool {
		return len(l.Grants) > 1 && id == left
	})
	return l.Grants[0].Subject.String(), err
}

func (w *world) undo() (string, error) {
	l, ok := w.mailed(store.Dispute)
	if !ok {
		return "", nil
	}
	_, err := w.linking.Undo(w.ctx, visitor, l.secret)
	return l.Grants[0].Subject.String() + " by " + l.Email.String(), err
}

func (w *world) claim() (string, error) {
	u := w.user()
	if u == "" {
		return "", nil
	}
	left := w.account()
	n, err := w.linking.Claim(w.ctx, actOf(u), u, "", func(id keyfold.CustomerID) bool { return id == left })
	return fmt.Sprintf("%s: %d", u, n), err
}

func (w *world) askToLink() (string, error) {
	u := w.user()
	typed := w.account().String() + "," + w.account().String()
	if u == "" {
		return "", nil
	}
	err := w.linking.AskToLink(w.ctx, actOf(u), u, typed, keyfold.English)
	w.must(w.linking.AnswerRequests(w.ctx))
	return typed, err
}

func (w *world) agree() (string, error) {
	l, ok := w.mailed(store.Link)
	if !ok {
		return "", nil
	}
	asked, err := w.linking.Asked(w.ctx, l.secret)
	if err != nil {
		return "", err
	}
	who, pw := asked.User.ID, ""
	if w.chance(40) {
		who, pw = w.user(), userPassword
	}
	_, err = w.linking.Agree(w.ctx, visitor, l.secret, who, pw)
	return string(asked.User.ID) + " by " + l.Email.String(), err
}

// ownerOf is most often the owner of an account, and sometimes anybody.
func (w *world) ownerOf(id keyfold.CustomerID) keyfold.UserID {
	if a := w.trail.accounts[id]; a != nil && a.Owner != "" && w.chance(85) {
		return a.Owner
	}
	return w.user()
}

func (w *world) unlink() (string, error) {
	id := w.account()
	u := w.ownerOf(id)
	if u == "" {
		return "", nil
	}
	return fmt.Sprintf("%s by %s", id, u), w.linking.Unlink(w.ctx, actOf(u), u, id, userPassword)
}

func (w *world) suspend() (string, error) { return w.operate(keyfold.User.Suspend, false) }

func (w *world) resume() (string, error) { return w.operate(keyfold.User.Resume, true) }

// operate is the operator at one of the users who are suspended, or not.
func (w *world) operate(do func(keyfold.User, keyfold.Act) keyfold.UserChange, suspended bool) (string, error) {
	var of []keyfold.UserID
	for _, id := range w.trail.living() {
		if w.trail.users[id].Suspended == suspended {
			of = append(of, id)
		}
	}
	id := pick(w, of)
	if id == "" {
		return "", nil
	}
	return string(id), w.db.Update(w.ctx, func(tx *store.Tx) error {
		u, err := tx.User(w.ctx, id)
		if err != nil {
			return err
		}
		return tx.ApplyUser(w.ctx, do(u, keyfold.Act{By: "operator"}))
	})
}
