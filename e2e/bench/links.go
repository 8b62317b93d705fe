package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/store"
)

// linked is how many accounts of one mailbox are linked in one go.
const linked = 1000

// links measures linking in one go, on SQLite as it is in earnest.
func (b *bench) links() error {
	var took []float64
	for round := range b.rounds {
		d, err := b.linkAll(b.sqlite(fmt.Sprintf("links-%d", round)).url)
		if err != nil {
			return err
		}
		took = append(took, float64(d.Milliseconds()))
	}
	b.add(row{fmt.Sprintf("%d accounts linked in one go, SQLite", linked), fmt.Sprintf("%.0f ms", median(took)), "", "", "< 2000 ms", median(took) < 2000})
	return nil
}

func (b *bench) linkAll(database string) (took time.Duration, err error) {
	db, err := store.Open(b.ctx, store.Options{URL: database, Now: time.Now})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	email, err := keyfold.ParseEmail("mailbox@bench.example")
	if err != nil {
		return 0, err
	}
	by := keyfold.Act{By: "bench"}
	err = db.Update(b.ctx, func(tx *store.Tx) error {
		if err := tx.ApplyUser(b.ctx, keyfold.NewUser(by, "owner", email, "", keyfold.English, "hash")); err != nil {
			return err
		}
		for i := range linked {
			id, err := keyfold.ParseCustomerID(fmt.Sprintf("NL%07d", i))
			if err != nil {
				return err
			}
			d := keyfold.Details{ID: id, Entity: "NL", Name: "Customer", Contact: keyfold.Contact{Email: email}}
			if err := tx.Apply(b.ctx, keyfold.Import(by, d)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	n, err := (&linking.Service{DB: db}).Claim(b.ctx, by, "owner", "", func(keyfold.CustomerID) bool { return false })
	if err == nil && n != linked {
		err = fmt.Errorf("%d of %d accounts were linked", n, linked)
	}
	return time.Since(began), err
}
