package walk_test

import (
	"fmt"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// ownerSteps are what becomes of the ownership of an account, what waits for its
// time, and the keys of its programs.
func ownerSteps() []step {
	return []step{
		{"offer", 6, (*world).offer},
		{"withdraw the offer", 1, (*world).withdrawOffer},
		{"decline the offer", 1, (*world).declineOffer},
		{"accept the offer", 6, (*world).acceptOffer},
		{"take back", 3, (*world).takeBack},
		{"ask back", 5, (*world).askBack},
		{"insist", 3, (*world).insist},
		{"keep", 3, (*world).keep},
		{"what is due", 6, (*world).due},
		{"make a key", 2, (*world).makeKey},
		{"end a key", 2, (*world).endKey},
	}
}

func (w *world) offer() (string, error) {
	id := w.owned()
	by, to := w.ownerOf(id), w.someoneOf(id)
	return fmt.Sprintf("%s by %s to %s", id, by, to), w.ownership.Offer(w.ctx, actOf(by), by, id, to)
}

// offered is most often whom an account is offered to.
func (w *world) offered(id keyfold.CustomerID) keyfold.UserID {
	if a := w.trail.accounts[id]; a != nil && a.Offer != "" && w.chance(85) {
		return a.Offer
	}
	return w.someoneOf(id)
}

func (w *world) withdrawOffer() (string, error) {
	id := w.owned()
	by := w.ownerOf(id)
	return fmt.Sprintf("%s by %s", id, by), w.ownership.Withdraw(w.ctx, actOf(by), by, id)
}

func (w *world) declineOffer() (string, error) {
	id := w.owned()
	by := w.offered(id)
	return fmt.Sprintf("%s by %s", id, by), w.ownership.Decline(w.ctx, actOf(by), by, id)
}

func (w *world) acceptOffer() (string, error) {
	id := w.owned()
	by := w.offered(id)
	return fmt.Sprintf("%s by %s", id, by), w.ownership.Accept(w.ctx, actOf(by), by, id)
}

func (w *world) takeBack() (string, error) {
	if l, ok := w.mailed(store.Return); ok && w.chance(60) {
		_, err := w.ownership.TakeBack(w.ctx, visitor, l.secret)
		return "by link " + l.Grants[0].Subject.String(), err
	}
	id := w.owned()
	by := w.someoneOf(id)
	return fmt.Sprintf("%s by %s", id, by), w.ownership.TakeBackAs(w.ctx, actOf(by), by, id)
}

func (w *world) askBack() (string, error) {
	l, ok := w.mailed(store.Recover)
	if !ok {
		return "", nil
	}
	s := w.subject(l)
	return s.String(), w.ownership.AskBack(w.ctx, visitor, l.secret, s.Account)
}

func (w *world) insist() (string, error) {
	l, ok := w.mailed(store.Recover)
	if !ok {
		return "", nil
	}
	s := w.subject(l)
	return s.String(), w.ownership.Insist(w.ctx, visitor, l.secret, s.Account)
}

func (w *world) keep() (string, error) {
	if l, ok := w.mailed(store.Veto); ok && w.chance(60) {
		_, err := w.ownership.Keep(w.ctx, visitor, l.secret)
		return "by link " + l.Grants[0].Subject.String(), err
	}
	id := w.owned()
	by := w.ownerOf(id)
	return fmt.Sprintf("%s by %s", id, by), w.ownership.Veto(w.ctx, actOf(by), by, id)
}

// due is what the workers do when its time has come.
func (w *world) due() (string, error) {
	w.must(w.reminder.Due(w.ctx))
	return "", w.ownership.Due(w.ctx)
}

func (w *world) makeKey() (string, error) {
	id := w.owned()
	by := w.someoneOf(id)
	_, _, err := w.keys.Make(w.ctx, actOf(by), by, id, apikey.Wish{
		Form: token.New(), Name: "Monitoring", Scopes: keyfold.ScopesOf(keyfold.UsersScope),
	})
	return fmt.Sprintf("%s by %s", id, by), err
}

func (w *world) endKey() (string, error) {
	id := w.owned()
	by, key := w.someoneOf(id), ""
	if a := w.trail.accounts[id]; a != nil {
		for one := range a.keys {
			key = one
		}
	}
	return fmt.Sprintf("%s of %s by %s", key, id, by), w.keys.End(w.ctx, actOf(by), by, id, key)
}
