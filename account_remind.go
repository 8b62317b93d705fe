package keyfold

import "time"

// HalfWay reports whether a customer has begun to move the account and can end
// it without help, and has not.
func (a Account) HalfWay() bool {
	return (a.State == PasswordSet || a.State == EmailPending) &&
		!a.Closed && !a.Frozen && !a.NeedsCare && !a.Contact.Email.IsZero()
}

// Remind notes that the main contact was reminded of what is left to do. after
// is how long after the beginning of a state each reminder goes out, in order.
// Those that were missed are not made up for: one takes the place of all.
func (a Account) Remind(by Act, now time.Time, after []time.Duration) (Change, error) {
	due := 0
	for _, d := range after {
		if !now.Before(a.Since.Add(d)) {
			due++
		}
	}
	if !a.HalfWay() || due <= a.Reminded {
		return Change{}, Refuse(Conflict, "account.moved_on")
	}
	a.Reminded = due
	return a.change(by, "account.reminded", ""), nil
}

// DropPending gives up an address whose mailbox has not answered for so long.
// The customer ID and its password stay. It is no new beginning of the
// customer's, so that who was reminded is not reminded all over.
func (a Account) DropPending(by Act, now time.Time, after time.Duration) (Change, error) {
	if a.State != EmailPending || a.Frozen || a.Closed || now.Before(a.Since.Add(after)) {
		return Change{}, Refuse(Conflict, "account.moved_on")
	}
	reminded := a.Reminded
	a = a.unpend(now)
	a.Reminded = reminded
	return a.change(by, "account.pending_dropped", ""), nil
}
