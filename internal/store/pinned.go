package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
)

// CheckedPIN reports whether somebody of the staff was told, after a moment, that a
// number is that of a user of the account. The trail is the proof.
func (r Reader) CheckedPIN(ctx context.Context, id keyfold.CustomerID, staff keyfold.StaffID, since time.Time) (yes bool, err error) {
	err = r.each(ctx, "checked pin", func(row row) error { return row.Scan(&yes) }, `
		select true from events where customer_id = $1 and kind = 'care.pin_checked' and actor = $2 and at > $3 and note like 'yes%'
		order by seq desc limit 1`, id.String(), staff.Actor(), ms(since))
	return yes, err
}
