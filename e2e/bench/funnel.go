package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/trail"
)

// funnel measures how many events a second are counted, how long others wait for that,
// and how soon the page of the counts is there with more than a year of them.
func (b *bench) funnel() error {
	file := filepath.Join(b.folder, "counted.csv")
	if err := writeCustomers(file, b.sought); err != nil {
		return err
	}
	pg, end, err := b.postgres()
	if err != nil {
		return err
	}
	for _, at := range []place{b.sqlite("funnel"), pg} {
		if err := b.funnelAt(at, file); err != nil {
			return errors.Join(err, end())
		}
	}
	return end()
}

func (b *bench) funnelAt(at place, file string) (err error) {
	if err := b.emptied(at); err != nil {
		return err
	}
	if _, _, err := b.bring(at, file); err != nil {
		return err
	}
	db, err := store.Open(b.ctx, store.Options{URL: at.url, Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := b.counted(at, db); err != nil {
		return err
	}
	cookie, err := b.supervisor(db)
	if err != nil {
		return err
	}
	return b.funnelPage(at, cookie)
}

// counted counts the events of an import as fast as it goes.
func (b *bench) counted(at place, db *store.DB) error {
	if _, err := (&trail.Service{DB: db, Key: token.NewKey(secret)}).Seal(b.ctx); err != nil {
		return err
	}
	s := &funnel.Service{DB: db, Zone: time.UTC}
	var took []time.Duration
	began, events := time.Now(), 0
	for {
		one := time.Now()
		n, err := s.Count(b.ctx, funnel.Most)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		took, events = append(took, time.Since(one)), events+n
	}
	b.add(row{"Events counted for the funnel, " + at.name, fmt.Sprintf("%.0f /s", float64(events)/time.Since(began).Seconds()), "", "", "", true})
	p99 := percentile(took, 0.99)
	b.add(row{fmt.Sprintf("… a transaction of %d of them, p99", funnel.Most), millis(p99), "", "", "< 20 ms", p99 < 20*time.Millisecond})
	found, err := s.Check(b.ctx)
	if err != nil {
		return err
	}
	b.add(row{fmt.Sprintf("… differences between the counts and %d accounts", found.Accounts), fmt.Sprint(len(found.Differences)), "", "", "0", len(found.Differences) == 0})
	return nil
}

const funnelDays = 400

// supervisor is the cookie of one of the staff, and fills more than a year with counts.
func (b *bench) supervisor(db *store.DB) (cookie string, err error) {
	e, err := keyfold.ParseEmail("supervisor@bench.example")
	if err != nil {
		return "", err
	}
	hired := keyfold.AddStaff(keyfold.Act{By: "bench"}, keyfold.Staff{ID: "s1", Email: e, Name: "Femke", Role: keyfold.Supervisor, Language: keyfold.English})
	counts := map[store.FunnelPlace]store.FunnelCount{}
	for day := range funnelDays {
		for i := range 5 {
			for _, s := range funnel.All() {
				p := store.FunnelPlace{Day: time.Now().AddDate(0, 0, -day).UTC().Format(time.DateOnly), Entity: fmt.Sprint("E", i), Stage: string(s)}
				counts[p] = store.FunnelCount{Delta: int64(day % 9), Entered: int64(day % 11)}
			}
		}
	}
	secret := token.New()
	return secret.Reveal(), db.Update(b.ctx, func(tx *store.Tx) error {
		if err := tx.ApplyStaff(b.ctx, hired); err != nil {
			return err
		}
		s, err := tx.LockStaff(b.ctx, "s1")
		if err != nil {
			return err
		}
		enrolled, err := s.Enrol(keyfold.Act{By: "bench"}, "h", "f")
		if err != nil {
			return err
		}
		if err := tx.ApplyStaff(b.ctx, enrolled); err != nil {
			return err
		}
		if err := tx.OpenStaffSession(b.ctx, store.StaffSession{Hash: secret.Hash(), Staff: enrolled.Staff(), Expires: tx.Now().Add(time.Hour)}); err != nil {
			return err
		}
		return tx.AddFunnelDays(b.ctx, counts)
	})
}

func (b *bench) funnelPage(at place, cookie string) (err error) {
	p, err := b.serve(at.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	from := time.Now().AddDate(0, 0, 1-funnelDays).UTC().Format(time.DateOnly)
	paths := []string{"/care/funnel", "/care/funnel?from=" + from, "/care/funnel?entity=E1&from=" + from}
	client := newClient(1)
	var took []time.Duration
	_, err = rate(b.ctx, 1, b.long, func(ctx context.Context, _, n int) error {
		began := time.Now()
		code, err := get(ctx, client, p.url+paths[n%len(paths)], "none; keyfold-care="+cookie)
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("funnel: %d", code)
		}
		took = append(took, time.Since(began))
		return err
	})
	if err != nil {
		return err
	}
	p95 := percentile(took, 0.95)
	b.add(row{fmt.Sprintf("The funnel of %d accounts, %d days and 5 entities, the page, %s, p95", b.sought, funnelDays, at.name), millis(p95), "", "", "< 150 ms", p95 < 150*time.Millisecond})
	return nil
}
