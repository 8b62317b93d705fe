package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// finds measures how soon an agent finds a customer among very many, and how long
// the index takes that finds their names.
func (b *bench) finds() error {
	file := filepath.Join(b.folder, "named.csv")
	some, err := writeNamed(file, b.sought)
	if err != nil {
		return err
	}
	pg, end, err := b.postgres()
	if err != nil {
		return err
	}
	for _, at := range []place{b.sqlite("find"), pg} {
		if err := b.findsAt(at, file, some); err != nil {
			return errors.Join(err, end())
		}
	}
	return end()
}

// searches is how many of each kind are measured.
const searches = 300

// writeNamed writes a file of customers, and gives some of them.
func writeNamed(path string, count int) (some []named, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	_, _ = w.WriteString("customer_id,name,contact_email,contact_name\n") // Flush says it
	n := newNames()
	for i := range count {
		c := n.next(i)
		c.write(w)
		if i%max(1, count/searches) == 0 {
			some = append(some, c)
		}
	}
	return some, w.Flush()
}

func (b *bench) findsAt(at place, file string, some []named) (err error) {
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
	if err := b.indexed(at, db); err != nil {
		return err
	}
	var entities keyfold.Entities
	pattern, err := keyfold.CompilePattern("NL[0-9]{9}")
	if err != nil {
		return err
	}
	entities = append(entities, keyfold.Entity{Code: "NL", Pattern: pattern, Example: "NL123421341"})
	s := &finder.Service{DB: db, Key: token.NewKey(secret), Entities: entities, Limits: limit.Make(limit.Default())}
	for _, kind := range kindsOfSearches() {
		if err := b.searched(at, s, kind, some); err != nil {
			return err
		}
	}
	return nil
}

// indexed has a server bring the names into the index, and says how long that
// takes and how long others wait meanwhile who want to write.
func (b *bench) indexed(at place, db *store.DB) error {
	p, err := b.serve(at.url)
	if err != nil {
		return err
	}
	began := time.Now()
	var waited []time.Duration
	for behind := int64(1); behind > 0; {
		writes := time.Now()
		if err := db.Update(b.ctx, func(tx *store.Tx) error { return tx.Hold(b.ctx, "bench") }); err != nil {
			return errors.Join(err, p.stop())
		}
		waited = append(waited, time.Since(writes))
		pause(b.ctx, 25*time.Millisecond)
		if len(waited)%40 == 0 {
			if behind, err = db.Reader().Behind(b.ctx, "finder"); err != nil {
				return errors.Join(err, p.stop())
			}
		}
		if b.ctx.Err() != nil {
			return errors.Join(b.ctx.Err(), p.stop())
		}
	}
	took := time.Since(began)
	b.add(row{fmt.Sprintf("Names of %d customers brought into the index, %s", b.sought, at.name), took.Round(time.Second).String(), "", "", "", true})
	p99 := percentile(waited, 0.99)
	b.add(row{"… meanwhile, who wants to write something small, p99", millis(p99), "", "", "< 50 ms", p99 < 50*time.Millisecond})
	return p.stop()
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// A search is what an agent types of a customer.
type search struct {
	name   string
	typed  func(*names, named) string
	expect bool // the customer is in the answer, or one of the very same name: there may be more than it shows
}

func kindsOfSearches() []search {
	first := func(s string) string { return strings.Fields(s)[0] }
	last := func(s string) string { return s[strings.LastIndex(s, " ")+1:] }
	return []search{
		{"its customer ID", func(_ *names, c named) string { return strings.ToLower(c.id[:2] + " " + c.id[2:5] + " " + c.id[5:]) }, true},
		{"its address", func(_ *names, c named) string { return strings.ToUpper(c.email) }, true},
		{"the name of the company", func(_ *names, c named) string { return c.company }, true},
		{"its first word", func(_ *names, c named) string { return first(c.company) }, false},
		{"the name of the contact", func(_ *names, c named) string { return c.contact }, false},
		{"the name of the company with a slip", func(n *names, c named) string { return n.slip(first(c.company)) + c.company[len(first(c.company)):] }, true},
		{"two words, each with a slip", func(n *names, c named) string { return n.slip(first(c.company)) + " " + n.slip(last(c.contact)) }, false},
		{"a word that nobody has", func(n *names, _ named) string { return n.made(4) }, false},
		{"a frequent word", func(n *names, _ named) string { return frequent[n.word.Uint64()] }, false},
		{"two frequent words", func(n *names, _ named) string { return frequent[n.word.Uint64()] + " " + suffixes[n.r.IntN(8)] }, false},
		{"three frequent words of a name", func(n *names, _ named) string {
			return n.persons[n.given.Uint64()] + " van der " + n.persons[n.common.Uint64()]
		}, false},
		{"the beginning of a word", func(_ *names, c named) string { return string([]rune(c.company)[:3]) }, false},
	}
}

// searched measures searches of a kind. Each is by somebody else, as nobody may
// search so often.
func (b *bench) searched(at place, s *finder.Service, kind search, some []named) error {
	var took []time.Duration
	found := 0
	n := newNames()
	for i, c := range some {
		by := keyfold.Act{By: keyfold.StaffID(fmt.Sprint(kind.name, i)).Actor()}
		typed := kind.typed(n, c)
		began := time.Now()
		a, err := s.Find(b.ctx, by, typed)
		if err != nil {
			return fmt.Errorf("find %q: %w", typed, err)
		}
		took = append(took, time.Since(began))
		if slices.ContainsFunc(a.Hits, func(h finder.Hit) bool { return h.Account.ID.String() == c.id || strings.EqualFold(h.Said, c.company) }) {
			found++
		}
	}
	p95 := percentile(took, 0.95)
	r := row{
		what:  fmt.Sprintf("A customer among %d found by %s, %s, p95", b.sought, kind.name, at.name),
		value: millis(p95), limit: "", target: "< 100 ms", ok: p95 < 100*time.Millisecond,
	}
	if share := float64(found) / float64(len(some)); kind.expect {
		r.ratio, r.ok = fmt.Sprintf("%.0f %%", 100*share), r.ok && share > 0.95
	}
	b.add(r)
	return context.Cause(b.ctx)
}
