package store

import (
	"context"

	"github.com/keyfold/keyfold"
)

// A LegacyLogin is what a login is compared with where the password of the old
// system counts.
type LegacyLogin struct {
	Password keyfold.Hash // of ours; empty when there is none
	Takes    bool         // nobody has come for the account: it takes its legacy password
	Imported keyfold.Hash // of the account, if it takes it
	// Decoy is to be compared with in vain when there is nothing else: the hash
	// of a neighbour. Those of one old system take all the same time, and often
	// more than ours.
	Decoy keyfold.Hash
}

// near is how many accounts on either side are looked at for a hash.
const near = 16

// LegacyLogin reads the account of a customer ID with its neighbours. The same
// number of rows is read whether there is such an account or not.
func (r Reader) LegacyLogin(ctx context.Context, id keyfold.CustomerID, entity string) (l LegacyLogin, err error) {
	distance := 0 // to the neighbour of the decoy; 0: none yet
	err = r.each(ctx, "legacy login", func(row row) error {
		var a keyfold.Account
		var n int
		if err := row.Scan(text(&a.ID), &a.Entity, &a.Password, &a.Imported, &a.State, at(&a.Since), &n); err != nil {
			return err
		}
		if a.ID == id {
			l.Password = a.Password
		}
		switch {
		case a.Entity != entity:
		case a.ID == id && a.Untouched():
			l.Takes, l.Imported = true, a.Imported
		case a.Imported != "" && (distance == 0 || n < distance):
			l.Decoy, distance = a.Imported, n
		}
		return nil
	}, nearest, id.String(), near)
	return l, err
}

// nearest numbers the neighbours by their distance.
const nearest = `
	select x.*, row_number() over (order by x.customer_id) from (
		select customer_id, entity, password_hash, imported_hash, state, state_since
		from accounts where customer_id >= $1 order by customer_id limit $2) x
	union all
	select p.*, row_number() over (order by p.customer_id desc) from (
		select customer_id, entity, password_hash, imported_hash, state, state_since
		from accounts where customer_id < $1 order by customer_id desc limit $2) p`
