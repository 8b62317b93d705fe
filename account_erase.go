package keyfold

import "time"

// ErasePending takes back an address that waits for its mailbox to answer, because
// whose it is wants to be nowhere. The account may be in whatever state beside: one
// address less lets nobody in.
func (a Account) ErasePending(by Act, now time.Time) (Change, error) {
	if a.State != EmailPending {
		return Change{}, Refuse(Conflict, "account.moved_on")
	}
	return a.unpend(now).change(by, "account.pending_cancelled", "erased"), nil
}
