package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/keyfold/keyfold"
)

// A Mark stands for all that a source says of one account. The zero Mark is
// none.
//
// It is stored together with the version that the account had when the two were
// found to agree. So it says nothing any more once anything has changed the
// account, whoever it was.
type Mark uint64

// at is the mark as it is stored with an account of that version.
func (m Mark) at(version int64) int64 {
	if m == 0 {
		return 0
	}
	const odd = 0x9e3779b97f4a7c15                // spreads small numbers over all bits
	return int64(uint64(m) ^ uint64(version)*odd) //nolint:gosec // G115: bits, and no number
}

// A Compared is what an import has to know of an account to leave it alone.
type Compared struct {
	mark, version int64
	// Stuck says that no reset can reach its customer.
	Stuck, Closed, Registered bool
}

// With reports whether the account was found to agree with a mark, and is as it
// was then.
func (c Compared) With(m Mark) bool { return m != 0 && c.mark == m.at(c.version) }

// compareChunk is how many accounts one question is about.
const compareChunk = 200

var comparedOf = `select a.customer_id, a.import_mark, a.version, a.contact_key = '' and not a.closed and a.state <> 'registered',
	a.closed, a.state = 'registered'
	from accounts a where a.customer_id in (` + numbered(compareChunk) + `)`

// Compared finds those of many accounts that there are.
func (db *DB) Compared(ctx context.Context, ids []keyfold.CustomerID) (map[keyfold.CustomerID]Compared, error) {
	found := map[keyfold.CustomerID]Compared{}
	in := inChunks{"compared", comparedOf, compareChunk, db.dialect.fresh()}
	return found, in.ask(ctx, db.Reader(), ids, func(row row) error {
		var id keyfold.CustomerID
		var c Compared
		err := row.Scan(text(&id), &c.mark, &c.version, &c.Stuck, &c.Closed, &c.Registered)
		found[id] = c
		return err
	})
}

var accountsOf = `select ` + accountColumns + ` from accounts a where a.customer_id in (` + numbered(inChunk) + `) order by a.customer_id`

// Accounts reads those of many accounts that there are, and keeps others from
// changing them until the transaction ends.
func (tx *Tx) Accounts(ctx context.Context, ids []keyfold.CustomerID) (map[keyfold.CustomerID]keyfold.Account, error) {
	found := map[keyfold.CustomerID]keyfold.Account{}
	in := inChunks{"accounts", accountsOf + tx.dialect.lock(), inChunk, tx.dialect.fresh()}
	return found, in.ask(ctx, tx.Reader, ids, func(row row) error {
		var a keyfold.Account
		err := row.Scan(accountFields(&a)...)
		found[a.ID] = a
		tx.note(a)
		return err
	})
}

// inChunks is a question about many accounts, so many at a time.
type inChunks struct {
	what, q string
	size    int
	how     []any // arguments before those of the question
}

func (in inChunks) ask(ctx context.Context, r Reader, ids []keyfold.CustomerID, scan func(row) error) error {
	args := append(in.how, make([]any, in.size)...)
	for chunk := range slices.Chunk(ids, in.size) {
		for i := range in.size {
			args[len(in.how)+i] = chunk[min(i, len(chunk)-1)].String()
		}
		if err := r.each(ctx, in.what, scan, in.q, args...); err != nil {
			return err
		}
	}
	return nil
}

// An Imported is what an import makes of one account.
type Imported struct {
	Change   keyfold.Change // zero: the account stays as it is
	Contacts []keyfold.ContactChange
	Account  keyfold.Account // as it was before; zero when it is new
	Mark     Mark            // of what the source said
}

// entered reports whether the account was not there before.
func (i Imported) entered() bool { return !i.Change.IsZero() && i.Change.Account().Version == 0 }

// version is that of the account when all is written.
func (i Imported) version() int64 {
	if i.Change.IsZero() {
		return i.Account.Version
	}
	return i.Change.Account().Version + 1
}

func (i Imported) id() keyfold.CustomerID {
	if i.Change.IsZero() {
		return i.Account.ID
	}
	return i.Change.Account().ID
}

// Import writes many changes at once: accounts, their contacts and the events.
// Those of accounts that are there already need their lock, by [Tx.Accounts].
// It refuses as [Tx.Apply] does, and then nothing may be kept of the
// transaction, which has to be one of [DB.Bulk].
func (tx *Tx) Import(ctx context.Context, all []Imported) error {
	// They are large, and most imports have of one kind only.
	entered, others := all, []Imported(nil)
	if n := slices.IndexFunc(all, func(i Imported) bool { return !i.entered() }); n >= 0 {
		entered = slices.Clone(all[:n])
		for _, i := range all[n:] {
			if i.entered() {
				entered = append(entered, i)
			} else {
				others = append(others, i)
			}
		}
	}
	if err := tx.enter(ctx, entered); err != nil {
		return err
	}
	for _, i := range others {
		if !i.Change.IsZero() {
			if err := tx.Apply(ctx, i.Change); err != nil {
				return err
			}
		}
		for _, c := range i.Contacts {
			if err := tx.ApplyContact(ctx, c); err != nil {
				return err
			}
		}
	}
	return tx.mark(ctx, others)
}

// enter writes accounts that are new.
func (tx *Tx) enter(ctx context.Context, all []Imported) error {
	for _, t := range tx.tablesOf(all) {
		write := tx.insertAll
		if tx.dialect == onPostgres {
			write = tx.copyAll
		}
		if err := write(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// A table is rows to write into a table. Each is made when it is wanted: while the
// database takes the ones before it.
type table struct {
	name    string
	columns []string
	n       int
	row     func(i int) ([]any, error)
	once    string // column that must be new
}

// made is a table of rows that are there.
func made(name string, columns []string, rows [][]any) table {
	return table{name, columns, len(rows), func(i int) ([]any, error) { return rows[i], nil }, ""}
}

var (
	enteredColumns = strings.Fields(`customer_id entity name language contact_name contact_email contact_key sourced_name sourced_email
		former_email contact_changed_at coming_name coming_email coming_at state state_since reminded imported_hash password_hash
		pending_email owner offer_to offer_until return_to return_roles return_until reclaim_at former_state former_pending undo_until
		closed frozen needs_care vetoed_at sourced_contacts imported_factor version created_at updated_at import_mark`)
	contactColumns  = strings.Fields(`id customer_id kind is_primary name email email_key created_at updated_at`)
	newEventColumns = strings.Fields(`at kind customer_id user_id actor origin note became`)
)

// tablesOf are the rows of new accounts, their contacts and their events.
func (tx *Tx) tablesOf(all []Imported) []table {
	now := ms(tx.Now())
	var events []keyfold.Event
	var contacts [][]any
	for n := range all {
		if i := &all[n]; len(i.Contacts) > 0 && events == nil {
			events = make([]keyfold.Event, 0, 2*len(all))
			for before := range all[:n] {
				events = append(events, all[before].Change.Event())
			}
		}
		if events == nil { // most imports have no further contacts
			continue
		}
		events = append(events, all[n].Change.Event())
		for _, change := range all[n].Contacts {
			c := change.Contact()
			contacts = append(contacts, []any{
				c.ID, c.Account.String(), string(c.Kind), c.Primary, c.Name, c.Email.String(), c.Email.Key(), now, now,
			})
			events = append(events, change.Event())
		}
	}
	count, event := len(all), func(i int) keyfold.Event { return all[i].Change.Event() }
	if events != nil {
		count, event = len(events), func(i int) keyfold.Event { return events[i] }
	}
	became := writtenOnce()
	return slices.DeleteFunc([]table{
		{"accounts", enteredColumns, len(all), func(i int) ([]any, error) {
			return append(accountValues(all[i].Change.Account()), int64(1), now, now, all[i].Mark.at(1)), nil
		}, "customer_id"},
		made("contacts", contactColumns, contacts),
		{"events", newEventColumns, count, func(i int) ([]any, error) {
			e := event(i)
			text, err := became(e.Became)
			return []any{now, e.Kind, null(e.Account.String()), null(e.User), e.By, e.From, e.Note, text}, err
		}, ""},
	}, func(t table) bool { return t.n == 0 })
}

// writtenOnce is [written] for events of which most say the same.
func writtenOnce() func(keyfold.Became) (string, error) {
	var last keyfold.AccountState
	var lastText string
	return func(b keyfold.Became) (text string, err error) {
		if b.Account != nil && lastText != "" && *b.Account == last {
			return lastText, nil
		}
		if text, err = written(b); err == nil && b.Account != nil {
			last, lastText = *b.Account, text
		}
		return text, err
	}
}

// insertAll writes rows one by one, with one statement that is understood once.
// Its values have no numbers, which SQLite would look up for each.
func (tx *Tx) insertAll(ctx context.Context, t table) error {
	q := "insert into " + t.name + " (" + strings.Join(t.columns, ", ") + ") values (?" + strings.Repeat(", ?", len(t.columns)-1) + ")"
	if t.once != "" {
		q += " on conflict (" + t.once + ") do nothing"
	}
	stmt, done, err := tx.tx.bulk(ctx, q) //nolint:sqlclosecheck // done closes it
	if err != nil {
		return fmt.Errorf("store: enter %s: %w", t.name, err)
	}
	defer done()
	// To watch for the end of ctx while a row is written would take as long as to write it.
	unwatched := context.WithoutCancel(ctx)
	for i := range t.n {
		row, err := t.row(i)
		if err := errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("store: enter %s: %w", t.name, err)
		}
		res, err := stmt.ExecContext(unwatched, row...)
		if err != nil {
			return fmt.Errorf("store: enter %s: %w", t.name, err)
		}
		if n, err := res.RowsAffected(); t.once != "" && (err != nil || n == 0) {
			return errors.Join(err, keyfold.Refuse(keyfold.Conflict, "account.moved_on"))
		}
	}
	return nil
}

// copyAll writes rows as a stream.
func (tx *Tx) copyAll(ctx context.Context, t table) error {
	next := 0
	err := tx.raw(func(conn *pgx.Conn) error {
		_, err := conn.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromFunc(func() ([]any, error) {
			if next == t.n {
				return nil, nil
			}
			next++
			return t.row(next - 1)
		}))
		return err
	})
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "23505" && t.once != "" {
		return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	if err != nil {
		return fmt.Errorf("store: enter %s: %w", t.name, err)
	}
	return nil
}

// mark notes what accounts were found to agree with.
func (tx *Tx) mark(ctx context.Context, all []Imported) error {
	for _, i := range all {
		if i.Mark == 0 {
			continue
		}
		_, err := tx.exec(ctx, "import mark", `update accounts set import_mark = $2 where customer_id = $1 and version = $3`,
			i.id().String(), i.Mark.at(i.version()), i.version())
		if err != nil {
			return err
		}
	}
	return nil
}

// OpenAccounts are accounts that are not closed, after an ID, in the order of
// IDs. Of each, only the ID and the entity are read.
func (r Reader) OpenAccounts(ctx context.Context, after keyfold.CustomerID, limit int) (open []keyfold.Account, err error) {
	err = r.each(ctx, "open accounts", func(row row) error {
		var a keyfold.Account
		err := row.Scan(text(&a.ID), &a.Entity)
		open = append(open, a)
		return err
	}, `select customer_id, entity from accounts where customer_id > $1 and not closed order by customer_id limit $2`, after.String(), limit)
	return open, err
}

// Marked reports whether anything is remembered of what a source said.
func (c Compared) Marked() bool { return c.mark != 0 }
