package cases

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

const (
	// batch is how many events are followed at once: few, because whoever wants to
	// write waits meanwhile.
	batch = 100
	// lookEvery is how often one looks for times that are over.
	lookEvery = time.Minute
	// grace is how late something may be that happens by itself.
	grace = time.Hour
)

var system = keyfold.Act{By: "system"}

// Run opens and closes cases until ctx ends. Several replicas may do so at the
// same time.
func (s *Service) Run(ctx context.Context, log *slog.Logger, every time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var looked time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := s.DB.Reader().Now()
		more, err := s.Follow(ctx)
		rest := store.Rest(s.DB.Reader().Now().Sub(began))
		if now := s.DB.Reader().Now(); err == nil && now.Sub(looked) >= lookEvery {
			looked = now
			err = s.Look(ctx)
		}
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "cases cannot be opened", "error", err)
		}
		timer.Reset(every)
		if more && err == nil {
			timer.Reset(rest)
		}
	}
}

// Follow makes cases of the next events of the trail, and says whether there are
// more.
func (s *Service) Follow(ctx context.Context) (more bool, err error) {
	sealed, err := s.DB.Reader().LastSeal(ctx)
	if err != nil || sealed.Number == s.followed.Load() {
		return false, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		events, err := tx.Follow(ctx, "cases", batch)
		if err != nil {
			return err
		}
		more = len(events) == batch
		return follow(ctx, tx, events)
	})
	if err == nil && !more {
		s.followed.Store(sealed.Number)
	}
	return more && err == nil, err
}

// A desk is what is open of the accounts that some events are about.
type desk struct {
	tx       *store.Tx
	accounts map[keyfold.CustomerID]keyfold.Account
	open     map[keyfold.CustomerID][]keyfold.Case
}

func follow(ctx context.Context, tx *store.Tx, events []store.PastEvent) error {
	events = slices.DeleteFunc(events, func(e store.PastEvent) bool { return meaning(e.Event) == nothing })
	if len(events) == 0 {
		return nil
	}
	d := &desk{tx: tx}
	if err := d.lock(ctx, events); err != nil {
		return err
	}
	for _, e := range events {
		if err := d.follow(ctx, e); err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
	}
	return nil
}

// lock keeps others from the accounts for which there is something to do, in the
// order of their IDs.
func (d *desk) lock(ctx context.Context, events []store.PastEvent) error {
	var ids, over []keyfold.CustomerID
	for _, e := range events {
		switch {
		case e.Account.IsZero():
		case meaning(e.Event) == isOver:
			over = append(over, e.Account)
		default:
			ids = append(ids, e.Account)
		}
	}
	open, err := d.tx.CasesOpenOf(ctx, once(over))
	if err != nil {
		return err
	}
	for id := range open {
		ids = append(ids, id)
	}
	ids = once(ids)
	if d.accounts, err = d.tx.Accounts(ctx, ids); err != nil {
		return err
	}
	d.open, err = d.tx.CasesOpenOf(ctx, ids)
	return err
}

func once(ids []keyfold.CustomerID) []keyfold.CustomerID {
	slices.SortFunc(ids, func(a, b keyfold.CustomerID) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(ids)
}

// A sense is what an event means for the queue.
type sense int

const (
	nothing sense = iota
	isNeeded
	isOver
	isAwaited
	isAsked
	isStopped // and either of the first two
)

func meaning(e keyfold.Event) sense {
	switch {
	case e.Kind == "care.asked":
		return isAsked
	case e.Kind == "reset.refused" && e.Note == keyfold.CareNoContact:
		return isAwaited
	case e.Became.Account == nil:
		return nothing
	}
	if slices.Contains(stopping, e.Kind) {
		return isStopped
	}
	if needed(e) {
		return isNeeded
	}
	if e.Kind == "account.imported" { // it is new
		return nothing
	}
	return isOver
}

// stopping are the events by which a main contact that waits to come may have been
// stopped.
var stopping = []string{"account.contact_stopped", "account.registered", "account.linked", "account.claimed"}

func needed(e keyfold.Event) bool {
	reason, _ := keyfold.CaseOf(e)
	return reason != ""
}

func (d *desk) follow(ctx context.Context, e store.PastEvent) error {
	switch meaning(e.Event) {
	case isNeeded:
		return d.need(ctx, e)
	case isOver:
		return d.end(ctx, e)
	case isAwaited:
		return d.await(ctx, e)
	case isAsked:
		return d.asked(ctx, e)
	case isStopped:
		settle := d.end
		if needed(e.Event) {
			settle = d.need
		}
		if err := settle(ctx, e); err != nil {
			return err
		}
		return d.stopped(ctx, e)
	case nothing:
	}
	return nil
}

// need opens a case, if the account still needs care and has none.
func (d *desk) need(ctx context.Context, e store.PastEvent) error {
	a := d.accounts[e.Account]
	reason, sure := keyfold.CaseOf(e.Event)
	open := d.open[e.Account]
	if !a.NeedsCare || a.Closed || !sure && len(open) > 0 || has(open, reason) {
		return nil
	}
	c := keyfold.Case{Reason: reason, Account: e.Account, Waiting: e.At}
	if reason == keyfold.NoContactCase && slices.Contains(unasked, e.Kind) {
		c.Waiting = time.Time{}
	}
	return d.put(ctx, c)
}

// unasked are the events by which the customer database leaves an account without
// a contact. Nobody has come for it yet.
var unasked = []string{"account.imported", "account.updated", "account.contact_changed", "account.reopened"}

// end closes the cases whose cause is gone. One that staff opened since then, with
// a freeze, has a cause that is still to come here.
func (d *desk) end(ctx context.Context, e store.PastEvent) error {
	var left []keyfold.Case
	for _, c := range d.open[e.Account] {
		if !c.Reason.Ends() || strings.HasPrefix(c.By, "staff:") && c.Opened.After(e.At) {
			left = append(left, c)
			continue
		}
		if _, err := d.tx.ApplyCase(ctx, c.End(system, d.tx.Now())); err != nil {
			return err
		}
	}
	if len(left) < len(d.open[e.Account]) {
		d.open[e.Account] = left
	}
	return nil
}

// await notes that a customer came for an account that no mail can reach.
func (d *desk) await(ctx context.Context, e store.PastEvent) error {
	for i, c := range d.open[e.Account] {
		change := c.Await(system, e.At)
		if c.Reason != keyfold.NoContactCase || change.IsZero() {
			continue
		}
		if _, err := d.tx.ApplyCase(ctx, change); err != nil {
			return err
		}
		c = change.Case()
		c.Version++
		d.open[e.Account][i] = c
	}
	return nil
}

// asked opens a case for who is still stuck after reading the help. The note of
// the event begins with the code.
func (d *desk) asked(ctx context.Context, e store.PastEvent) (err error) {
	open := d.open[e.Account]
	if e.Account.IsZero() {
		if open, err = d.tx.OpenCasesOfUser(ctx, e.User); err != nil {
			return err
		}
	}
	if has(open, keyfold.HelpCase) {
		return nil
	}
	code, _, _ := strings.Cut(e.Note, " ")
	return d.put(ctx, keyfold.Case{Reason: keyfold.HelpCase, Account: e.Account, User: e.User, Code: code, Waiting: e.At})
}

// stopped opens a case when somebody said no to a main contact for which two of
// the staff had asked: one side or the other is being robbed.
func (d *desk) stopped(ctx context.Context, e store.PastEvent) error {
	byCare, err := d.tx.ChangeApproved(ctx, e.Account, e.At.UnixMilli())
	if err != nil || !byCare || has(d.open[e.Account], keyfold.StoppedCase) {
		return err
	}
	return d.put(ctx, keyfold.Case{Reason: keyfold.StoppedCase, Account: e.Account, Waiting: e.At, Supervisor: true})
}

// put opens a case.
func (d *desk) put(ctx context.Context, c keyfold.Case) (err error) {
	if c.ID, err = notice.NewID(); err != nil {
		return err
	}
	change := keyfold.OpenCase(system, d.tx.Now(), c)
	opened, err := d.tx.ApplyCase(ctx, change)
	if err != nil || !opened || c.Account.IsZero() {
		return err
	}
	c = change.Case()
	c.Version = 1
	d.open[c.Account] = append(d.open[c.Account], c)
	return nil
}

func has(open []keyfold.Case, reason keyfold.CaseReason) bool {
	return slices.ContainsFunc(open, func(c keyfold.Case) bool { return c.Reason == reason })
}

// Look opens cases for what should have happened by itself, and has not.
func (s *Service) Look(ctx context.Context) error {
	ids, err := s.DB.Reader().Overdue(ctx, s.DB.Reader().Now().Add(-grace), batch)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.overdue(ctx, id); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

func (s *Service) overdue(ctx context.Context, id keyfold.CustomerID) error {
	caseID, err := notice.NewID()
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		late := tx.Now().Add(-grace)
		since := a.Reclaim
		if since.IsZero() || !a.Coming.At.IsZero() && a.Coming.At.Before(since) {
			since = a.Coming.At
		}
		if since.IsZero() || since.After(late) {
			return nil // it has happened since
		}
		_, err = tx.ApplyCase(ctx, keyfold.OpenCase(system, tx.Now(), keyfold.Case{ID: caseID, Reason: keyfold.OverdueCase, Account: id, Waiting: since}))
		return err
	})
}
