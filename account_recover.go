package keyfold

import "time"

const (
	// reclaimAfter is how long the main contact waits to get an account back:
	// the time in which its owner can say no.
	reclaimAfter = 72 * time.Hour
	// vetoFor is how long a no keeps the main contact from asking again. Who
	// insists asks customer care.
	vetoFor = 14 * 24 * time.Hour
)

// Reclaimable refuses an account that its main contact cannot ask back, with
// the reason.
func (a Account) Reclaimable(now time.Time) error {
	if err := a.registered(); err != nil {
		return err
	}
	switch {
	case a.Contact.Email.IsZero():
		return Refuse(NotFound, "account.unknown")
	case a.contactIsNew(now):
		return Refuse(Denied, "recovery.contact_changed").With("Until", a.ContactSettles())
	case !a.Reclaim.IsZero():
		return Refuse(Conflict, "recovery.asked_already")
	case a.vetoed(now):
		return Refuse(Denied, "recovery.vetoed").With("When", a.Vetoed)
	}
	return nil
}

// vetoed reports whether the owner said no a short time ago.
func (a Account) vetoed(now time.Time) bool {
	return !a.Vetoed.IsZero() && now.Before(a.Vetoed.Add(vetoFor))
}

// AskBack is the wish of the main contact to have the account back, because its
// owner has left or lost the mailbox. The owner has 72 hours to say no.
func (a Account) AskBack(by Act, now time.Time) (Change, error) {
	if err := a.Reclaimable(now); err != nil {
		return Change{}, err
	}
	a.Reclaim = now.Add(reclaimAfter)
	return a.change(by, "account.recovery_asked", ""), nil
}

// Insist brings a no of the owner before customer care: two who both say that an
// account is theirs are not for a program to judge. The zero Change says that
// care knows already.
func (a Account) Insist(by Act, now time.Time) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if !a.vetoed(now) {
		return Change{}, Refuse(Conflict, "recovery.not_vetoed")
	}
	return a.NeedCare(by, CareInsisted), nil
}

// Veto is the no of the owner.
func (a Account) Veto(by Act, now time.Time) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if a.Reclaim.IsZero() {
		return Change{}, Refuse(Gone, "recovery.not_asked")
	}
	a.Reclaim, a.Vetoed = time.Time{}, now
	return a.change(by, "account.recovery_vetoed", ""), nil
}

// Recover gives the account back to its main contact when the time for a veto
// is over: it begins anew, by a reset with its customer ID. Nothing else of its
// owner is touched.
func (a Account) Recover(by Act, now time.Time) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if a.Reclaim.IsZero() || now.Before(a.Reclaim) {
		return Change{}, Refuse(Conflict, "recovery.not_due")
	}
	owner := a.Owner
	return a.forget().disown(now).change(by, "account.recovered", "").handing(owner, Roles{}), nil
}
