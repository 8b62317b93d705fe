package store

import (
	"context"

	"github.com/keyfold/keyfold"
)

const wishColumns = `w.id, w.kind, w.staff_id, w.email, w.name, w.language, w.role, w.asked_by, w.asked_at, w.expires_at, w.status, w.decided_by`

func wishFields(w *keyfold.StaffWish) []any {
	return []any{
		&w.ID, &w.Kind, orNull(&w.Staff), text(&w.Email), &w.Name, text(&w.Language), &w.Role, &w.AskedBy, at(&w.Asked), at(&w.Expires), &w.Status,
		orNull(&w.Decider),
	}
}

// LockStaffWish reads a wish and keeps others from deciding it until the
// transaction ends.
func (tx *Tx) LockStaffWish(ctx context.Context, id string) (w keyfold.StaffWish, err error) {
	err = tx.q.QueryRowContext(ctx, `select `+wishColumns+` from staff_wishes w where w.id = $1`+tx.dialect.lock(), id).Scan(wishFields(&w)...)
	if err != nil {
		return keyfold.StaffWish{}, missing(err, "staff.wish_unknown")
	}
	return w, nil
}

// A NamedWish is a wish with the name of who asks.
type NamedWish struct {
	keyfold.StaffWish

	Asker string
}

// StaffWishes are those that wait for an answer, who waits longest first.
func (r Reader) StaffWishes(ctx context.Context) (all []NamedWish, err error) {
	err = r.each(ctx, "staff wishes", func(row row) error {
		var w NamedWish
		err := row.Scan(append(wishFields(&w.StaffWish), &w.Asker)...)
		all = append(all, w)
		return err
	}, `select `+wishColumns+`, f.name from staff_wishes w join staff f on f.id = w.asked_by
		where w.status = 'waiting' and w.expires_at > $1 order by w.asked_at, w.id`, ms(r.now()))
	return all, err
}

// LateStaffWishes are those about an address that nobody answered in time.
func (tx *Tx) LateStaffWishes(ctx context.Context, email keyfold.Email) (all []keyfold.StaffWish, err error) {
	err = tx.each(ctx, "late staff wishes", func(row row) error {
		var w keyfold.StaffWish
		err := row.Scan(wishFields(&w)...)
		all = append(all, w)
		return err
	}, `select `+wishColumns+` from staff_wishes w where w.email_key = $1 and w.status = 'waiting' and w.expires_at <= $2`, email.Key(), ms(tx.Now()))
	return all, err
}

// LockWishesBy are those that wait and were asked for by somebody. Nobody decides
// them until the transaction ends.
func (tx *Tx) LockWishesBy(ctx context.Context, id keyfold.StaffID) (all []keyfold.StaffWish, err error) {
	err = tx.each(ctx, "wishes of one", func(row row) error {
		var w keyfold.StaffWish
		err := row.Scan(wishFields(&w)...)
		all = append(all, w)
		return err
	}, `select `+wishColumns+` from staff_wishes w where w.asked_by = $1 and w.status = 'waiting' order by w.id`+tx.dialect.lock(), id)
	return all, err
}

// ApplyStaffWish writes a change of a wish and its event. One at a time waits
// about an address: another one is refused.
func (tx *Tx) ApplyStaffWish(ctx context.Context, c keyfold.StaffWishChange) error {
	w := c.Wish()
	var n int64
	var err error
	if w.Status == keyfold.WishWaiting {
		n, err = tx.exec(ctx, "wish", `
			insert into staff_wishes (id, kind, staff_id, email, email_key, name, language, role, asked_by, asked_at, expires_at, status, decided_by, decided_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'waiting', null, 0)
			on conflict do nothing`,
			w.ID, string(w.Kind), null(w.Staff), w.Email.String(), w.Email.Key(), w.Name, w.Language.String(), w.Role, w.AskedBy, ms(w.Asked), ms(w.Expires))
		if err == nil && n == 0 {
			return keyfold.Refuse(keyfold.Conflict, "staff.wish_waits")
		}
	} else {
		n, err = tx.exec(ctx, "decide wish", `
			update staff_wishes set status = $2, decided_by = $3, decided_at = $4 where id = $1 and status = 'waiting'`,
			w.ID, string(w.Status), null(w.Decider), ms(tx.Now()))
		if err == nil && n == 0 {
			return keyfold.Refuse(keyfold.Conflict, "staff.wish_over")
		}
	}
	if err != nil {
		return err
	}
	return tx.Record(ctx, c.Event())
}
