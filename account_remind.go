package keyfold

import "time"

// HalfWay reports whether a customer has begun to move the account and has not
// ended it.
func (a Account) HalfWay() bool {
	return (a.State == PasswordSet || a.State == EmailPending) && !a.Closed && !a.Frozen && !a.Contact.Email.IsZero()
}

// Remind notes that the main contact was reminded of what is left to do.
func (a Account) Remind(by Act) (Change, error) {
	if !a.HalfWay() {
		return Change{}, Refuse(Conflict, "account.moved_on")
	}
	a.Reminded++
	return a.change(by, "account.reminded", ""), nil
}

// DropPending gives up an address whose mailbox has not answered for so long.
// The customer ID and its password stay.
func (a Account) DropPending(by Act, now time.Time, after time.Duration) (Change, error) {
	if a.State != EmailPending || a.Frozen || a.Closed || now.Before(a.Since.Add(after)) {
		return Change{}, Refuse(Conflict, "account.moved_on")
	}
	return a.unpend(now).change(by, "account.pending_dropped", ""), nil
}
