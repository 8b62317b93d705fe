package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// importRows is how many customers an import is measured with.
const (
	importRows      = 1_000_000
	importRowsQuick = 100_000
)

// imports measures how near an import comes to what the database takes, and
// what it costs those who use the pages meanwhile.
func (b *bench) imports() error {
	file := filepath.Join(b.folder, "customers.csv")
	if err := writeCustomers(file, b.imported); err != nil {
		return err
	}
	pg, end, err := b.postgres()
	if err != nil {
		return err
	}
	for _, at := range []place{b.sqlite("import"), pg} {
		err := b.importAt(at, file)
		if err == nil {
			err = b.beside(at)
		}
		if err != nil {
			return errors.Join(err, end())
		}
	}
	return end()
}

func (b *bench) importAt(at place, file string) error {
	var values, limits, first, again, memory []float64
	for range min(b.rounds, 3) {
		limit, err := b.rawRows(at)
		if err != nil {
			return err
		}
		limits = append(limits, limit)
		if err := b.emptied(at); err != nil {
			return err
		}
		for _, into := range []*[]float64{&first, &again} {
			took, mib, err := b.bring(at, file)
			if err != nil {
				return err
			}
			*into = append(*into, float64(b.imported)/took.Seconds())
			memory = append(memory, mib)
		}
		values = append(values, first[len(first)-1])
	}
	b.atLeast(fmt.Sprintf("Import of %d customers, %s, against raw rows", b.imported, at.name), values, limits, 0.5)
	b.atLeast("The same once more, "+at.name+", against the first time", again, first, 2)
	b.add(row{"Memory of an import, " + at.name + ", at the most", fmt.Sprintf("%.0f MB", maximum(memory)), "", "", "< 150 MB", maximum(memory) < 150})
	return nil
}

func maximum(values []float64) (m float64) {
	for _, v := range values {
		m = max(m, v)
	}
	return m
}

// bring imports the file with the program, and says how long that took and how
// much memory.
func (b *bench) bring(at place, file string) (time.Duration, float64, error) {
	cmd := exec.CommandContext(b.ctx, b.binary, "import", "customers", file)
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + at.url, "KEYFOLD_SECRET=" + secret}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	p := &process{cmd: cmd, ended: make(chan error, 1)}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	go func() { p.ended <- cmd.Wait() }()
	most := 0.0
	for {
		select {
		case err := <-p.ended:
			if err != nil {
				err = fmt.Errorf("import: %w\n%s", err, said.String())
			}
			return time.Since(began), most, err
		case <-time.After(50 * time.Millisecond):
			if mib, err := p.memory("VmHWM"); err == nil { // not any more when it ends just now
				most = max(most, mib)
			}
		}
	}
}

// A customer is a row of the file, the same for the program and for raw rows.
type customer struct{ id, name, email, hash string }

func customerAt(i int) customer {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, i) // never fails
	n := h.Sum64()
	return customer{
		id: fmt.Sprintf("NL%09d", 100_000_000+i), name: fmt.Sprintf("Customer %d B.V.", i),
		email: fmt.Sprintf("%08x@kunde%d.example", n&0xffffffff, n>>32%50_000), hash: fmt.Sprintf("$2y$10$%022dK3kC6GZIjYjN0YPPWq7PYpXBnUoVKmC", i),
	}
}

func writeCustomers(path string, rows int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	_, _ = w.WriteString(customerHead) // Flush says it
	for i := range rows {
		writeCustomer(w, i)
	}
	return w.Flush()
}

const customerHead = "customer_id,name,contact_email,contact_name,password_hash\n"

func writeCustomer(w io.Writer, i int) {
	c := customerAt(i)
	_, _ = fmt.Fprintf(w, "%s,%s,%s,Contact %d,%s\n", c.id, c.name, c.email, i, c.hash) // who flushes says it
}

var (
	rawAccount = strings.Fields(`customer_id entity name language contact_name contact_email contact_key sourced_name sourced_email
		former_email contact_changed_at coming_name coming_email coming_at state state_since reminded imported_hash password_hash
		pending_email owner offer_to offer_until return_to return_roles return_until reclaim_at former_state former_pending undo_until
		closed frozen needs_care vetoed_at sourced_contacts imported_factor version created_at updated_at import_mark`)
	rawEvent = strings.Fields(`at kind customer_id user_id actor origin note became`)
)

// rowsOf are the rows of a customer as an import leaves them.
func rowsOf(i int) (account, event []any) {
	c, contact := customerAt(i), fmt.Sprintf("Contact %d", i)
	return []any{
		c.id, "NL", c.name, "", contact, c.email, c.email, contact, c.email, "", 0, "", "", 0, "legacy", 0, 0, c.hash, "", "", nil, nil, 0,
		nil, "", 0, 0, "", "", 0, false, false, false, 0, "", "", 1, 1764043200000, 1764043200000, int64(i) * 0x1234567,
	}, []any{1764043200000, "account.imported", c.id, nil, "import:customers.csv", "", "", `{"account":{"state":"legacy","entity":"NL"}}`}
}

// rawRows is how many customers a second the database takes, without a program:
// PostgreSQL as a stream, SQLite by prepared statements, in one transaction.
func (b *bench) rawRows(at place) (float64, error) {
	if err := b.emptied(at); err != nil {
		return 0, err
	}
	began := time.Now()
	write := b.rawPostgres
	if strings.HasPrefix(at.url, "sqlite://") {
		write = b.rawSQLite
	}
	if err := write(at.url); err != nil {
		return 0, fmt.Errorf("raw rows: %w", err)
	}
	return float64(b.imported) / time.Since(began).Seconds(), nil
}

func (b *bench) rawSQLite(url string) (err error) {
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite://")+"?_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(b.ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	insert := func(table string, columns []string) (*sql.Stmt, error) {
		return tx.PrepareContext(b.ctx, "insert into "+table+" ("+strings.Join(columns, ", ")+") values (?"+strings.Repeat(", ?", len(columns)-1)+")")
	}
	accounts, err := insert("accounts", rawAccount) //nolint:sqlclosecheck // it ends with its transaction
	if err != nil {
		return err
	}
	events, err := insert("events", rawEvent) //nolint:sqlclosecheck // the same
	if err != nil {
		return err
	}
	unwatched := context.WithoutCancel(b.ctx)
	for i := range b.imported {
		account, event := rowsOf(i)
		if _, err := accounts.ExecContext(unwatched, account...); err != nil {
			return err
		}
		if _, err := events.ExecContext(unwatched, event...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (b *bench) rawPostgres(url string) (err error) {
	conn, err := pgx.Connect(b.ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(b.ctx))) }()
	tx, err := conn.Begin(b.ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(b.ctx) //nolint:errcheck // no-op after Commit
	for _, t := range []struct {
		name    string
		columns []string
		event   bool
	}{{"accounts", rawAccount, false}, {"events", rawEvent, true}} {
		n := 0
		_, err := tx.CopyFrom(b.ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
			if n == b.imported {
				return nil, nil
			}
			account, event := rowsOf(n)
			n++
			if t.event {
				return event, nil
			}
			return account, nil
		}))
		if err != nil {
			return err
		}
	}
	return tx.Commit(b.ctx)
}

// emptied makes a database as it is before the first import.
func (b *bench) emptied(at place) error {
	if path, ok := strings.CutPrefix(at.url, "sqlite://"); ok {
		for _, end := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(path + end); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	} else if conn, err := pgx.Connect(b.ctx, at.url); err != nil {
		return err
	} else {
		_, err := conn.Exec(b.ctx, "drop schema public cascade; create schema public; checkpoint")
		if err := errors.Join(err, conn.Close(b.ctx)); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(b.ctx, b.binary, "migrate")
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + at.url}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	return nil
}
