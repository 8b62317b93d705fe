package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/keyfold/keyfold"
)

const approvalColumns = `p.id, p.kind, p.customer_id, p.case_id, p.asked_by, p.asked_at, p.expires_at, p.reason, p.data, p.seen, p.status,
	p.decided_by, p.decided_at`

// approvalData is what is asked for besides the columns.
type approvalData struct {
	Name     string             `json:"name,omitempty"`
	Email    string             `json:"email,omitempty"`
	Was      string             `json:"was,omitempty"`
	For      keyfold.Side       `json:"for,omitempty"`
	Evidence []keyfold.Evidence `json:"evidence,omitempty"`
	Role     keyfold.StaffRole  `json:"role"`
	Face     string             `json:"face"`
}

func scanApproval(row row, more ...any) (p keyfold.Approval, err error) {
	var stored string
	err = row.Scan(append([]any{
		&p.ID, &p.Kind, text(&p.Account), orNull(&p.Case), &p.AskedBy, at(&p.Asked), at(&p.Expires), &p.Reason, &stored, &p.Seen, &p.Status,
		orNull(&p.Decider), at(&p.Decided),
	}, more...)...)
	if err != nil {
		return keyfold.Approval{}, err
	}
	var d approvalData
	if err := json.Unmarshal([]byte(stored), &d); err != nil {
		return keyfold.Approval{}, fmt.Errorf("approval %s: %w", p.ID, err)
	}
	p.Contact.Name, p.Was, p.For, p.Evidence, p.Role, p.Face = d.Name, d.Was, d.For, d.Evidence, d.Role, d.Face
	if err := p.Contact.Email.UnmarshalText([]byte(d.Email)); err != nil {
		return keyfold.Approval{}, fmt.Errorf("approval %s: %w", p.ID, err)
	}
	return p, nil
}

// Approval reads what was asked of a second person.
func (r Reader) Approval(ctx context.Context, id string) (keyfold.Approval, error) {
	return r.approval(ctx, id, "")
}

// LockApproval is Approval, and keeps others from deciding it until the
// transaction ends. Its account is locked before.
func (tx *Tx) LockApproval(ctx context.Context, id string) (keyfold.Approval, error) {
	return tx.approval(ctx, id, tx.dialect.lock())
}

func (r Reader) approval(ctx context.Context, id, lock string) (keyfold.Approval, error) {
	p, err := scanApproval(r.q.QueryRowContext(ctx, `select `+approvalColumns+` from approvals p where p.id = $1`+lock, id))
	if err != nil {
		return p, missing(err, "approval.unknown")
	}
	return p, nil
}

// ApplyApproval writes a change of what was asked, and its event. One of the same
// kind may wait for the account already: then it is refused.
func (tx *Tx) ApplyApproval(ctx context.Context, c keyfold.ApprovalChange) error {
	p := c.Approval()
	data, err := json.Marshal(approvalData{
		Name: p.Contact.Name, Email: p.Contact.Email.String(), Was: p.Was, For: p.For, Evidence: p.Evidence, Role: p.Role, Face: p.Face,
	})
	if err != nil {
		return fmt.Errorf("store: approval: %w", err)
	}
	var n int64
	if p.Status == keyfold.ApprovalWaiting {
		n, err = tx.exec(ctx, "ask a second person", `
			insert into approvals (id, kind, customer_id, case_id, asked_by, asked_at, expires_at, reason, data, seen, status, decided_by, decided_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', null, 0)
			on conflict do nothing`,
			p.ID, string(p.Kind), null(p.Account.String()), null(p.Case), p.AskedBy, ms(p.Asked), ms(p.Expires), p.Reason, string(data), p.Seen)
		if err == nil && n == 0 {
			return keyfold.Refuse(keyfold.Conflict, "approval.waits")
		}
	} else {
		n, err = tx.exec(ctx, "decide", `
			update approvals set status = $2, decided_by = $3, decided_at = $4, data = $5 where id = $1 and status = 'waiting'`,
			p.ID, string(p.Status), null(p.Decider), ms(p.Decided), string(data))
		if err == nil && n == 0 {
			return keyfold.Refuse(keyfold.Conflict, "approval.over")
		}
	}
	if err != nil {
		return err
	}
	return tx.Record(ctx, c.Event())
}

// A Question is what was asked of a second person, with the names of both.
type Question struct {
	keyfold.Approval

	Asker, DeciderName, AccountName string
}

// ApprovalFilter says which approvals are shown.
type ApprovalFilter struct {
	Not     keyfold.StaffID    // asked by somebody else
	By      keyfold.StaffID    // asked by
	Account keyfold.CustomerID // zero: of all
	Decided bool               // those that wait for nothing any more, the newest first
	Limit   int
	Offset  int
}

// Questions are what was asked: what waits longest comes first.
func (r Reader) Questions(ctx context.Context, f ApprovalFilter) (all []Question, err error) {
	where, order := `p.status = 'waiting'`, `p.expires_at, p.id`
	if f.Decided {
		where, order = `p.status <> 'waiting'`, `p.decided_at desc, p.id desc`
	}
	args := []any{f.Limit, f.Offset}
	add := func(what, value string) {
		if value != "" {
			args = append(args, value)
			where += fmt.Sprintf(" and "+what, len(args))
		}
	}
	add(`p.asked_by <> $%d`, string(f.Not))
	add(`p.asked_by = $%d`, string(f.By))
	add(`p.customer_id = $%d`, f.Account.String())
	return r.questions(ctx, where+` order by `+order+` limit $1 offset $2`, args...)
}

// Question reads what was asked, with the names.
func (r Reader) Question(ctx context.Context, id string) (Question, error) {
	all, err := r.questions(ctx, `p.id = $1`, id)
	if err == nil && len(all) == 0 {
		err = keyfold.Refuse(keyfold.NotFound, "approval.unknown")
	}
	if err != nil {
		return Question{}, err
	}
	return all[0], nil
}

func (r Reader) questions(ctx context.Context, where string, args ...any) (all []Question, err error) {
	err = r.each(ctx, "questions", func(row row) (err error) {
		var q Question
		q.Approval, err = scanApproval(row, &q.Asker, &q.DeciderName, &q.AccountName)
		all = append(all, q)
		return err
	}, `select `+approvalColumns+`, f.name, coalesce(d.name, ''), coalesce(a.name, '') from approvals p join staff f on f.id = p.asked_by
		left join staff d on d.id = p.decided_by left join accounts a on a.customer_id = p.customer_id where `+where, args...)
	return all, err
}

// WaitingOf are the approvals that wait for an account. A lock of the account keeps
// others from deciding them.
func (r Reader) WaitingOf(ctx context.Context, id keyfold.CustomerID) (all []keyfold.Approval, err error) {
	err = r.each(ctx, "approvals of account", func(row row) error {
		p, err := scanApproval(row)
		all = append(all, p)
		return err
	}, `select `+approvalColumns+` from approvals p where p.customer_id = $1 and p.status = 'waiting' order by p.id`, id.String())
	return all, err
}

// LockAskedBy are those that wait and were asked for by somebody. Nobody decides
// them until the transaction ends.
func (tx *Tx) LockAskedBy(ctx context.Context, id keyfold.StaffID) (all []keyfold.Approval, err error) {
	err = tx.each(ctx, "approvals asked by", func(row row) error {
		p, err := scanApproval(row)
		all = append(all, p)
		return err
	}, `select `+approvalColumns+` from approvals p where p.asked_by = $1 and p.status = 'waiting' order by p.id`+tx.dialect.lock(), id)
	return all, err
}

// LateApprovals are those whose time is over, at most limit.
func (r Reader) LateApprovals(ctx context.Context, limit int) (ids []string, err error) {
	err = r.each(ctx, "late approvals", func(row row) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, `select id from approvals where status = 'waiting' and expires_at <= $1 order by expires_at, id limit $2`, ms(r.now()), limit)
	return ids, err
}

// ChangeApproved reports whether two of the staff asked for another main contact
// of an account within the time in which it can be stopped.
func (r Reader) ChangeApproved(ctx context.Context, id keyfold.CustomerID, at int64) (bool, error) {
	n, err := r.count(ctx, "change approved", `
		select count(*) from approvals where customer_id = $1 and kind = 'change_contact' and status = 'approved'
			and decided_at <= $2 and decided_at >= $2 - 86400000`, id.String(), at)
	return n > 0, err
}
