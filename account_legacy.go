package keyfold

import "time"

// A LegacyLogin is what the password of the old system is good for, at one
// entity.
type LegacyLogin string

// The policies. The empty one is ResetRequired.
const (
	ResetRequired LegacyLogin = "reset_required" // only for the new one to be different from
	Accept        LegacyLogin = "accept"         // it counts as step 3, once
)

// A Verdict is what an old system says of a customer ID and a password.
type Verdict string

// The verdicts. Whoever tries to log in is told the same of all but the first.
const (
	VerdictRight   Verdict = "right"
	VerdictWrong   Verdict = "wrong"
	VerdictUnknown Verdict = "unknown" // there is no such customer, or it has no password
	VerdictLocked  Verdict = "locked"  // the old system does not let this customer in
)

// Verdicts are all verdicts.
func Verdicts() []Verdict {
	return []Verdict{VerdictRight, VerdictWrong, VerdictUnknown, VerdictLocked}
}

// Untouched reports whether nobody has come for the account since it was
// imported. One that somebody has set a password for, or has owned, does not
// take its legacy password any more, wherever it has gone back to: who has lost
// the account may know that password still.
func (a Account) Untouched() bool { return a.State == Legacy && a.Since.IsZero() }

// AcceptLegacy is step 3 for who logs in with the password of the old system:
// that same password becomes the one of the customer ID, as a hash of ours. The
// main contact has to be told, so there must be one.
func (a Account) AcceptLegacy(by Act, now time.Time, h Hash) (Change, error) {
	if err := a.from(Legacy); err != nil {
		return Change{}, err
	}
	if !a.Untouched() {
		return Change{}, Refuse(Conflict, "account.moved_on")
	}
	if a.Contact.Email.IsZero() {
		return Change{}, Refuse(Denied, "legacy.no_contact")
	}
	a = a.enter(PasswordSet, now)
	a.Password = h
	return a.change(by, "account.legacy_accepted", ""), nil
}
