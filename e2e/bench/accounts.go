package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

const (
	few, many = 1_000, 1_000_000 // accounts in the database
	ofOne     = 5_000            // accounts of one user
)

// accounts measures what a page of an account costs beside the session check and
// its own query, whether that stays so as the database grows, and how soon who
// has very many accounts sees them.
func (b *bench) accounts() error {
	pg, end, err := b.postgres()
	if err != nil {
		return err
	}
	for _, at := range []place{b.sqlite("accounts"), pg} {
		if err := b.accountsAt(at); err != nil {
			return errors.Join(err, end())
		}
	}
	return end()
}

func (b *bench) accountsAt(at place) error {
	cookies, err := b.seed(at.url)
	if err != nil {
		return err
	}
	if err := b.grow(at.url, 0, few, ""); err != nil {
		return err
	}
	// Who is measured has two accounts, so that there is one to switch to.
	if err := b.grow(at.url, 0, 2, "user-1"); err != nil {
		return err
	}
	small, err := b.visits(at, cookies[1], true)
	if err != nil {
		return err
	}
	if err := b.grow(at.url, few, many, ""); err != nil {
		return err
	}
	large, err := b.visits(at, cookies[1], false)
	if err != nil {
		return err
	}
	for what, name := range []string{"chooser", "page of an account"} {
		ratio := median(large[what]) / median(small[what])
		b.add(row{
			fmt.Sprintf("The %s among 1,000,000 accounts, %s, against 1,000", name, at.name),
			fmt.Sprintf("%.0f µs", median(large[what])), fmt.Sprintf("%.0f µs", median(small[what])),
			fmt.Sprintf("%.2f", ratio), "≤ 1.20", ratio <= 1.2,
		})
	}
	return b.chooser(at, cookies[0])
}

// visits are the costs of the chooser and of the page of an account, in
// microseconds of the machine.
func (b *bench) visits(at place, cookie string, report bool) (costs [2][]float64, err error) {
	p, err := b.serve(at.url)
	if err != nil {
		return costs, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	db, err := store.Open(b.ctx, store.Options{URL: at.url, Now: time.Now})
	if err != nil {
		return costs, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	client := newClient(checkers)
	cost := func(do func(ctx context.Context, who, n int) error) (float64, error) {
		persec, err := rate(b.ctx, checkers, b.long/2, do)
		return 1e6 / max(persec, 1e-9), err
	}
	page := func(path string) func(context.Context, int, int) error {
		return func(ctx context.Context, _, _ int) error {
			code, err := get(ctx, client, p.url+path, cookie)
			if err == nil && code != http.StatusOK {
				err = fmt.Errorf("%s: %d", path, code)
			}
			return err
		}
	}
	const id = "NL100000001"
	var took [8][]float64
	for range b.rounds {
		for i, do := range []func(context.Context, int, int) error{
			page("/accounts"), page("/accounts/" + id), page("/accounts/" + id + "/activity"), page("/session"),
			session(db, cookie), visit(db, cookie, id), overview(db, id), activity(db, id),
		} {
			micros, err := cost(do)
			if err != nil {
				return costs, err
			}
			took[i] = append(took[i], micros)
		}
	}
	if report {
		b.addPage("Overview of an account, "+at.name, took[1], took[3:7])
		b.addPage("Activity of an account, "+at.name, took[2], append(slices.Clone(took[3:6]), took[7]))
	}
	return [2][]float64{took[0], took[1]}, nil
}

// addPage compares what a page asks the database with the session check and what
// it reads for itself; and, to be seen, the whole page with the whole check, both
// over HTTP. The costs are those of the check over HTTP, then of the queries: the
// session's, the door's, the page's own.
func (b *bench) addPage(what string, page []float64, costs [][]float64) {
	var asked, checks, ratios, drawn []float64
	for i := range page {
		check, session, visit, own := costs[0][i], costs[1][i], costs[2][i], costs[3][i]
		asked, checks = append(asked, visit+own), append(checks, session+own)
		ratios, drawn = append(ratios, (visit+own)/(session+own)), append(drawn, page[i]/(check+own))
	}
	b.add(row{
		what + ": its queries, against session check and own query", fmt.Sprintf("%.0f µs", median(asked)), fmt.Sprintf("%.0f µs", median(checks)),
		fmt.Sprintf("%.2f", median(ratios)), "≤ 1.50", median(ratios) <= 1.5,
	})
	b.add(row{
		"… with the drawing, over HTTP, against the check over HTTP and own query", fmt.Sprintf("%.0f µs", median(page)), "",
		fmt.Sprintf("%.2f", median(drawn)), "", true,
	})
}

// session is what the check of a session asks, and visit what the door of an
// account does.
func session(db *store.DB, cookie string) func(context.Context, int, int) error {
	return func(ctx context.Context, _, _ int) error {
		_, err := db.Reader().Session(ctx, token.Parse(cookie))
		return err
	}
}

func visit(db *store.DB, cookie, name string) func(context.Context, int, int) error {
	return func(ctx context.Context, _, _ int) error {
		id, err := keyfold.ParseCustomerID(name)
		if err != nil {
			return err
		}
		_, _, err = db.Reader().Visit(ctx, token.Parse(cookie), id)
		return err
	}
}

// activity is what the page of that name reads for itself.
func activity(db *store.DB, name string) func(context.Context, int, int) error {
	filter := store.ActivityFilter{Limit: 25}
	for _, kind := range keyfold.EventKinds() {
		filter.Kinds = append(filter.Kinds, kind.Kind)
	}
	return func(ctx context.Context, _, _ int) (err error) {
		asked := filter
		if asked.Account, err = keyfold.ParseCustomerID(name); err != nil {
			return err
		}
		_, err = db.Reader().Activity(ctx, asked)
		return err
	}
}

// overview is what the page of that name reads for itself: the account with its
// owner, whether there is more to link, and what happened lately.
func overview(db *store.DB, name string) func(context.Context, int, int) error {
	return func(ctx context.Context, _, _ int) error {
		id, err := keyfold.ParseCustomerID(name)
		if err != nil {
			return err
		}
		email, err := keyfold.ParseEmail(address(1))
		if err != nil {
			return err
		}
		if _, err := db.Reader().Overview(ctx, id, email); err != nil {
			return err
		}
		_, err = db.Reader().Changes(ctx, id)
		return err
	}
}

// chooser measures the chooser of who has very many accounts.
func (b *bench) chooser(at place, cookie string) (err error) {
	if err := b.grow(at.url, 0, ofOne, "user-0"); err != nil {
		return err
	}
	p, err := b.serve(at.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	client := newClient(2)
	paths := []string{"/accounts", "/accounts?page=100", "/accounts?q=customer+77", "/accounts?q=DE10000"}
	var mu sync.Mutex
	var took []float64
	_, err = rate(b.ctx, 2, b.long, func(ctx context.Context, who, n int) error {
		path := paths[(who+n)%len(paths)]
		began := time.Now()
		code, err := get(ctx, client, p.url+path, cookie)
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("%s: %d", path, code)
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	b.add(row{fmt.Sprintf("Chooser of %d accounts, %s, p95", ofOne, at.name), fmt.Sprintf("%.0f ms", p95), "", "", "< 150 ms", p95 < 150})
	return nil
}

// grow enters accounts, each with an event, straight into the tables: a million
// by the front door would take the whole run. With an owner they are registered.
func (b *bench) grow(database string, from, to int, owner string) (err error) {
	driver, dsn := "pgx", database
	if path, ok := strings.CutPrefix(database, "sqlite://"); ok {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(b.ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	for _, statement := range growing(from, to, owner) {
		if _, err := tx.ExecContext(b.ctx, statement); err != nil {
			return fmt.Errorf("grow: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if driver == "pgx" { // as its autovacuum would, a little later
		_, err = db.ExecContext(b.ctx, "analyze")
	}
	return err
}

// growing is the SQL of [bench.grow]. Names and numbers in it are the bench's own.
func growing(from, to int, owner string) []string {
	prefix, state, owned := "US", "legacy", "null"
	switch owner {
	case "":
	case "user-0":
		prefix, state, owned = "DE", "registered", "'"+owner+"'"
	default:
		prefix, state, owned = "NL", "registered", "'"+owner+"'"
	}
	series := fmt.Sprintf("with recursive n(i) as (select %d union all select i + 1 from n where i < %d) ", from+1, to)
	id := "'" + prefix + "' || cast(100000000 + i as text)"
	contact := "'mailbox' || cast(i as text) || '@bench.example'"
	statements := []string{
		"insert into accounts (customer_id, entity, name, language, contact_name, contact_email, contact_key, sourced_name, sourced_email, former_email, " +
			"contact_changed_at, coming_name, coming_email, coming_at, state, state_since, reminded, imported_hash, password_hash, pending_email, owner, " +
			"offer_until, return_roles, return_until, reclaim_at, vetoed_at, former_state, former_pending, undo_until, closed, frozen, needs_care, version, created_at, updated_at) " +
			series + "select " + id + ", '" + prefix + "', 'Customer ' || cast(i as text), 'en', '', " + contact + ", " + contact + ", '', " + contact + ", '', " +
			"0, '', '', 0, '" + state + "', 1, 0, '', '', '', " + owned + ", 0, '', 0, 0, 0, '', '', 0, false, false, false, 1, 1, 1 from n",
		"insert into events (at, kind, customer_id, user_id, actor, origin, note, became) " +
			series + "select 1, 'account.imported', " + id + ", null, 'bench', '', '', '' from n",
	}
	if owner != "" {
		statements = append(statements, "insert into memberships (customer_id, user_id, roles, since, used_at) "+
			series+"select "+id+", '"+owner+"', 'owner', 1, 1 from n")
	}
	return statements
}
