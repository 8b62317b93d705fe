package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/keyfold/keyfold"
)

const caseColumns = `k.id, k.reason, k.customer_id, k.user_id, k.code, k.opened_at, k.opened_by, k.waiting_at, k.supervisor,
	k.assignee, k.outcome, k.closed_at, k.closed_by, k.version`

func caseFields(c *keyfold.Case) []any {
	return []any{
		&c.ID, &c.Reason, text(&c.Account), orNull(&c.User), &c.Code, at(&c.Opened), &c.By, at(&c.Waiting), &c.Supervisor,
		orNull(&c.Assignee), &c.Outcome, at(&c.Closed), &c.ClosedBy, &c.Version,
	}
}

// Case reads one case.
func (r Reader) Case(ctx context.Context, id string) (keyfold.Case, error) {
	return r.caseWhere(ctx, `k.id = $1`, id)
}

// LockCase reads one case and keeps others from changing it until the
// transaction ends. Accounts are locked before.
func (tx *Tx) LockCase(ctx context.Context, id string) (keyfold.Case, error) {
	return tx.caseWhere(ctx, `k.id = $1`+tx.dialect.lock(), id)
}

// CaseByCode is the newest case about what somebody asked for under a code.
func (r Reader) CaseByCode(ctx context.Context, code string) (keyfold.Case, error) {
	return r.caseWhere(ctx, `k.code = $1 order by k.opened_at desc, k.id desc limit 1`, code)
}

func (r Reader) caseWhere(ctx context.Context, where string, args ...any) (c keyfold.Case, err error) {
	err = r.q.QueryRowContext(ctx, `select `+caseColumns+` from cases k where `+where, args...).Scan(caseFields(&c)...)
	if err != nil {
		return keyfold.Case{}, missing(err, "case.unknown")
	}
	return c, nil
}

// CasesOf are the newest cases of an account, those that are open first.
func (r Reader) CasesOf(ctx context.Context, id keyfold.CustomerID, limit int) ([]keyfold.Case, error) {
	return r.cases(ctx, "cases of account", `
		where k.customer_id = $1 order by k.status = 'open' desc, k.opened_at desc, k.id desc limit $2`, id.String(), limit)
}

// OpenCases are the open cases of an account, oldest first. A lock of the account
// keeps others from closing them.
func (r Reader) OpenCases(ctx context.Context, id keyfold.CustomerID) ([]keyfold.Case, error) {
	return r.cases(ctx, "open cases", `where k.customer_id = $1 and k.status = 'open' order by k.opened_at, k.id`, id.String())
}

// OpenCasesOfUser are the open cases about a user and no account.
func (r Reader) OpenCasesOfUser(ctx context.Context, id keyfold.UserID) ([]keyfold.Case, error) {
	return r.cases(ctx, "open cases of user", `
		where k.user_id = $1 and k.customer_id is null and k.status = 'open' order by k.opened_at, k.id`, id)
}

func (r Reader) cases(ctx context.Context, what, where string, args ...any) (all []keyfold.Case, err error) {
	err = r.each(ctx, what, func(row row) error {
		var c keyfold.Case
		err := row.Scan(caseFields(&c)...)
		all = append(all, c)
		return err
	}, `select `+caseColumns+` from cases k `+where, args...)
	return all, err
}

var openCasesOf = `select ` + caseColumns + ` from cases k
	where k.status = 'open' and k.customer_id in (` + numbered(inChunk) + `) order by k.opened_at, k.id`

// CasesOpenOf are the open cases of many accounts, oldest first.
func (tx *Tx) CasesOpenOf(ctx context.Context, ids []keyfold.CustomerID) (map[keyfold.CustomerID][]keyfold.Case, error) {
	found := map[keyfold.CustomerID][]keyfold.Case{}
	in := inChunks{"open cases of accounts", openCasesOf, inChunk, tx.dialect.fresh()}
	return found, in.ask(ctx, tx.Reader, ids, func(row row) error {
		var c keyfold.Case
		err := row.Scan(caseFields(&c)...)
		found[c.Account] = append(found[c.Account], c)
		return err
	})
}

// ApplyCase writes a change of a case and its event. Of two that open the same
// case one wins, and the other one is not there: then it was not applied.
func (tx *Tx) ApplyCase(ctx context.Context, c keyfold.CaseChange) (applied bool, err error) {
	if c.IsZero() {
		return false, errors.New("store: the zero change changes nothing")
	}
	k := c.Case()
	status := "open"
	if !k.IsOpen() {
		status = "closed"
	}
	write := tx.updateCase
	if k.Version == 0 {
		write = tx.insertCase
	}
	if applied, err = write(ctx, k, status); err != nil || !applied {
		return false, err
	}
	return true, tx.Record(ctx, c.Event())
}

func (tx *Tx) insertCase(ctx context.Context, k keyfold.Case, status string) (bool, error) {
	n, err := tx.exec(ctx, "open case", `
		insert into cases (id, reason, customer_id, user_id, code, opened_at, opened_by, waiting_at, supervisor, assignee, status, outcome,
			closed_at, closed_by, version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1) on conflict do nothing`,
		k.ID, string(k.Reason), null(k.Account.String()), null(k.User), k.Code, ms(k.Opened), k.By, ms(k.Waiting), k.Supervisor,
		null(k.Assignee), status, string(k.Outcome), ms(k.Closed), k.ClosedBy)
	return n == 1, err
}

func (tx *Tx) updateCase(ctx context.Context, k keyfold.Case, status string) (bool, error) {
	n, err := tx.exec(ctx, "change case", `
		update cases set waiting_at = $2, supervisor = $3, assignee = $4, status = $5, outcome = $6, closed_at = $7, closed_by = $8,
			version = version + 1
		where id = $1 and version = $9`,
		k.ID, ms(k.Waiting), k.Supervisor, null(k.Assignee), status, string(k.Outcome), ms(k.Closed), k.ClosedBy, k.Version)
	if err == nil && n == 0 { // somebody changed it since it was read
		return false, keyfold.Refuse(keyfold.Conflict, "case.moved_on")
	}
	return n == 1, err
}

// A CaseFilter says which cases are shown. The zero one is of the open cases that
// a customer waits for.
type CaseFilter struct {
	Reason     keyfold.CaseReason // empty: of all
	Assignee   keyfold.StaffID    // empty: of all
	Supervisor bool               // only those that take one
	Idle       bool               // those that nobody waits for
	Closed     bool               // those that are closed, the newest first
	From       Place              // goes on after it
	Limit      int
}

// A QueuedCase is a case with the names of those whom it is about.
type QueuedCase struct {
	keyfold.Case

	AccountName  string
	AssigneeName string
	UserEmail    keyfold.Email // of a case about no account
}

// Queue are the cases of a filter: who waits longest comes first. The list goes
// on at the next place; without more it is over.
func (r Reader) Queue(ctx context.Context, f CaseFilter) (all []QueuedCase, next Place, more bool, err error) {
	where, order, args := f.sql()
	all, err = r.queued(ctx, where+order, args...)
	if len(all) > f.Limit {
		all, more = all[:f.Limit], true
	}
	if n := len(all); n > 0 {
		next = Place{f.at(all[n-1].Case), all[n-1].ID}
	}
	return all, next, more, err
}

// QueuedCase reads one case with the names.
func (r Reader) QueuedCase(ctx context.Context, id string) (QueuedCase, error) {
	all, err := r.queued(ctx, `where k.id = $1`, id)
	if err == nil && len(all) == 0 {
		err = keyfold.Refuse(keyfold.NotFound, "case.unknown")
	}
	if err != nil {
		return QueuedCase{}, err
	}
	return all[0], nil
}

func (r Reader) queued(ctx context.Context, where string, args ...any) (all []QueuedCase, err error) {
	err = r.each(ctx, "queue of cases", func(row row) error {
		var c QueuedCase
		err := row.Scan(append(caseFields(&c.Case), &c.AccountName, &c.AssigneeName, text(&c.UserEmail))...)
		all = append(all, c)
		return err
	}, `select `+caseColumns+`, coalesce(a.name, ''), coalesce(f.name, ''), case when k.customer_id is null then u.email end
		from cases k left join accounts a on a.customer_id = k.customer_id left join staff f on f.id = k.assignee
			left join users u on u.id = k.user_id `+where, args...)
	return all, err
}

// at is what the list is sorted by.
func (f CaseFilter) at(c keyfold.Case) time.Time {
	switch {
	case f.Closed:
		return c.Closed
	case f.Idle:
		return time.Time{}
	}
	return c.Waiting
}

func (f CaseFilter) sql() (where, order string, args []any) {
	args = []any{ms(f.From.at), f.From.id, f.Limit + 1}
	switch {
	case f.Closed:
		if f.From.id == "" {
			args[0] = int64(math.MaxInt64)
		}
		where = `where k.status = 'closed' and (k.closed_at < $1 or k.closed_at = $1 and k.id < $2)`
		order = ` order by k.closed_at desc, k.id desc limit $3`
	case f.Idle:
		where = `where k.status = 'open' and k.waiting_at = 0 and $1 = 0 and k.id > $2`
		order = ` order by k.id limit $3`
	default:
		where = `where k.status = 'open' and k.waiting_at > 0 and k.waiting_at >= $1 and (k.waiting_at > $1 or k.id > $2)`
		order = ` order by k.waiting_at, k.id limit $3`
	}
	add := func(what string, v any) {
		args = append(args, v)
		where += fmt.Sprintf(what, len(args))
	}
	if f.Reason != "" {
		add(` and k.reason = $%d`, string(f.Reason))
	}
	if f.Assignee != "" {
		add(` and k.assignee = $%d`, f.Assignee)
	}
	if f.Supervisor {
		where += ` and k.supervisor`
	}
	return where, order, args
}

// CaseCounts are how many cases are open.
type CaseCounts struct {
	Waiting    map[keyfold.CaseReason]int64 // by reason, of those that a customer waits for
	Idle       int64                        // those that nobody waits for
	Mine       int64
	Supervisor int64
}

// Total is how many cases a customer waits for.
func (c CaseCounts) Total() (n int64) {
	for _, one := range c.Waiting {
		n += one
	}
	return n
}

// CaseCounts counts the open cases. Those that nobody waits for are counted up to
// a hundred thousand: more is as many as nobody works off.
func (r Reader) CaseCounts(ctx context.Context, me keyfold.StaffID) (c CaseCounts, err error) {
	c.Waiting = map[keyfold.CaseReason]int64{}
	err = r.each(ctx, "case counts", func(row row) error {
		var reason keyfold.CaseReason
		var n, mine, supervisor int64
		err := row.Scan(&reason, &n, &mine, &supervisor)
		c.Waiting[reason], c.Mine, c.Supervisor = n, c.Mine+mine, c.Supervisor+supervisor
		return err
	}, `select reason, count(*), sum(case when assignee = $1 then 1 else 0 end), sum(case when supervisor then 1 else 0 end)
		from cases where status = 'open' and waiting_at > 0 group by reason`, me)
	if err == nil {
		c.Idle, err = r.count(ctx, "idle cases", `
			select count(*) from (select 1 from cases where status = 'open' and waiting_at = 0 limit 100000) x`)
	}
	return c, err
}

// A CaseNote is what one of the staff wrote for the others.
type CaseNote struct {
	ID, Case string
	By       keyfold.StaffID
	Name     string // of who wrote it
	At       time.Time
	Note     string
}

// AddNote writes a note. The same one once more is not written again.
func (tx *Tx) AddNote(ctx context.Context, n CaseNote) (isNew bool, err error) {
	done, err := tx.exec(ctx, "add note", `
		insert into case_notes (id, case_id, staff_id, at, note)
		select $1, $2, $3, $4, $5
		where not exists (select 1 from case_notes where case_id = $2 and staff_id = $3 and note = $5)`,
		n.ID, n.Case, n.By, ms(tx.Now()), n.Note)
	return done == 1, err
}

// Notes are the notes of a case, oldest first.
func (r Reader) Notes(ctx context.Context, id string) (all []CaseNote, err error) {
	err = r.each(ctx, "notes", func(row row) error {
		n := CaseNote{Case: id}
		err := row.Scan(&n.ID, &n.By, &n.Name, at(&n.At), &n.Note)
		all = append(all, n)
		return err
	}, `select n.id, n.staff_id, f.name, n.at, n.note from case_notes n join staff f on f.id = n.staff_id
		where n.case_id = $1 order by n.at, n.id`, id)
	return all, err
}

// Overdue are open accounts for which something was to happen by itself before a
// moment, and has not: they are sorted by ID and at most limit.
func (r Reader) Overdue(ctx context.Context, before time.Time, limit int) (ids []keyfold.CustomerID, err error) {
	err = r.each(ctx, "overdue", func(row row) error {
		var id keyfold.CustomerID
		err := row.Scan(text(&id))
		ids = append(ids, id)
		return err
	}, `select a.customer_id from accounts a
		where (a.coming_at > 0 and a.coming_at <= $1 or a.reclaim_at > 0 and a.reclaim_at <= $1)
			and not exists (select 1 from cases k where k.customer_id = a.customer_id and k.reason = 'waited_too_long' and k.status = 'open')
		order by a.customer_id limit $2`, ms(before), limit)
	return ids, err
}
