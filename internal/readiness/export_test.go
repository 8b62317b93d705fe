package readiness

// SetRooms makes a Tally use its files after a few customers.
func (t *Tally) SetRooms(records, bytes int) {
	t.mailboxes.room, t.domains.room, t.customers.room = records, records, bytes
}

// Share is tested on its own.
var Share = share
