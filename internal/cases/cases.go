// Package cases is the queue of customer care: what only people can help on. Most
// cases are opened by the system, which follows the trail, and closed by it when
// their cause is gone. What is asked of a second person is second's business.
package cases

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service opens, works and closes cases.
type Service struct {
	DB *store.DB

	followed atomic.Int64 // number of the seal up to which all is done
}

// A Who is somebody of the staff at work. Which role they have is looked at
// again when nothing can change it any more.
type Who struct {
	keyfold.Act

	Staff keyfold.StaffID
}

// maxNote is how long a note can be, in characters.
const maxNote = 4000

// parseNote reads what somebody wrote.
func parseNote(typed string) (string, error) {
	note := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if len([]rune(note)) > maxNote {
		return "", keyfold.Refuse(keyfold.Invalid, "case.note_long").On("note").With("Count", maxNote)
	}
	return note, nil
}

func writtenNote(typed string) (string, error) {
	note, err := parseNote(typed)
	if err == nil && note == "" {
		err = keyfold.Refuse(keyfold.Invalid, "case.note_missing").On("note")
	}
	return note, err
}

// Open opens a case by hand, with a note of what it is about. Is there such a
// case already, the note goes there.
func (s *Service) Open(ctx context.Context, who Who, id keyfold.CustomerID, note string) (opened string, err error) {
	note, err = writtenNote(note)
	if err != nil {
		return "", err
	}
	err = s.DB.Serve(ctx, who.errand("open a case", id), func(tx *store.Tx, role keyfold.StaffRole) error {
		if !role.May(keyfold.WorkCases) {
			return keyfold.Refuse(keyfold.Denied, "case.not_yours")
		}
		if _, err := tx.Account(ctx, id); err != nil {
			return err
		}
		open, err := tx.OpenCases(ctx, id)
		if err != nil {
			return err
		}
		for _, c := range open {
			if c.Reason == keyfold.AgentCase {
				opened = c.ID
				return s.note(ctx, tx, who, c, note)
			}
		}
		opened, err = notice.NewID()
		if err != nil {
			return err
		}
		c := keyfold.OpenCase(who.Act, tx.Now(), keyfold.Case{ID: opened, Reason: keyfold.AgentCase, Account: id, Waiting: tx.Now()})
		if _, err := tx.ApplyCase(ctx, c); err != nil {
			return err
		}
		return s.note(ctx, tx, who, c.Case(), note)
	})
	return opened, err
}

// Take makes who asks the one who sees to a case.
func (s *Service) Take(ctx context.Context, who Who, id string) error {
	return s.work(ctx, who, id, "take a case", func(tx *store.Tx, c keyfold.Case, role keyfold.StaffRole) error {
		change, err := c.Take(who.Act, who.Staff, role)
		return apply(ctx, tx, change, err)
	})
}

// HandOver puts a case before the supervisors, with a note of why.
func (s *Service) HandOver(ctx context.Context, who Who, id, note string) error {
	note, err := writtenNote(note)
	if err != nil {
		return err
	}
	return s.work(ctx, who, id, "hand a case over", func(tx *store.Tx, c keyfold.Case, role keyfold.StaffRole) error {
		change, err := c.HandOver(who.Act, role)
		if err := apply(ctx, tx, change, err); err != nil {
			return err
		}
		return s.note(ctx, tx, who, c, note)
	})
}

// Note writes a note, which the others of the staff read.
func (s *Service) Note(ctx context.Context, who Who, id, note string) error {
	note, err := writtenNote(note)
	if err != nil {
		return err
	}
	return s.work(ctx, who, id, "write a note", func(tx *store.Tx, c keyfold.Case, role keyfold.StaffRole) error {
		if !role.May(keyfold.WorkCases) {
			return keyfold.Refuse(keyfold.Denied, "case.not_yours")
		}
		return s.note(ctx, tx, who, c, note)
	})
}

// Close ends a case. The last one of an account that needs care says that it
// needs none any more; where that cannot be, because nobody could get in, the case
// stays open. A second click finds the same success.
func (s *Service) Close(ctx context.Context, who Who, id string, o keyfold.CaseOutcome, note string) error {
	note, err := parseNote(note)
	if err != nil {
		return err
	}
	return s.work(ctx, who, id, "close a case", func(tx *store.Tx, c keyfold.Case, role keyfold.StaffRole) error {
		if c.Outcome == o && c.ClosedBy == who.By && role.May(keyfold.WorkCases) {
			return nil
		}
		change, err := c.Close(who.Act, tx.Now(), role, o)
		if err != nil {
			return err
		}
		if err := s.settle(ctx, tx, who, c); err != nil {
			return err
		}
		if note != "" {
			if err := s.note(ctx, tx, who, c, note); err != nil {
				return err
			}
		}
		_, err = tx.ApplyCase(ctx, change)
		return err
	})
}

// settle looks whether anybody would still wait for what a case is about.
func (s *Service) settle(ctx context.Context, tx *store.Tx, who Who, c keyfold.Case) error {
	if c.Account.IsZero() {
		return nil
	}
	asked, err := tx.WaitingOf(ctx, c.Account)
	if err != nil {
		return err
	}
	for _, p := range asked {
		if p.Case == c.ID {
			return keyfold.Refuse(keyfold.Conflict, "case.approval_waits")
		}
	}
	open, err := tx.OpenCases(ctx, c.Account)
	if err != nil || len(open) > 1 {
		return err
	}
	account, err := tx.Account(ctx, c.Account)
	if err != nil {
		return err
	}
	change, err := account.CareDone(who.Act)
	if err != nil || change.IsZero() {
		return err
	}
	return tx.Apply(ctx, change)
}

// work runs a step on a case, whose account is locked first.
func (s *Service) work(
	ctx context.Context, who Who, id, what string, do func(tx *store.Tx, c keyfold.Case, role keyfold.StaffRole) error,
) error {
	found, err := s.DB.Reader().Case(ctx, id)
	if err != nil {
		return err
	}
	return s.DB.Serve(ctx, who.errand(what, found.Account), func(tx *store.Tx, role keyfold.StaffRole) error {
		if !found.Account.IsZero() {
			if _, err := tx.Account(ctx, found.Account); err != nil {
				return err
			}
		}
		c, err := tx.LockCase(ctx, id)
		if err != nil {
			return err
		}
		return do(tx, c, role)
	})
}

func (s *Service) note(ctx context.Context, tx *store.Tx, who Who, c keyfold.Case, note string) error {
	id, err := notice.NewID()
	if err != nil {
		return err
	}
	isNew, err := tx.AddNote(ctx, store.CaseNote{ID: id, Case: c.ID, By: who.Staff, Note: note})
	if err != nil || !isNew {
		return err
	}
	return tx.Record(ctx, keyfold.Event{Act: who.Act, Kind: "case.noted", Account: c.Account, User: c.User})
}

func apply(ctx context.Context, tx *store.Tx, c keyfold.CaseChange, err error) error {
	if err != nil || c.IsZero() {
		return err
	}
	_, err = tx.ApplyCase(ctx, c)
	return err
}

func (w Who) errand(what string, id keyfold.CustomerID) store.Errand {
	return store.Errand{Act: w.Act, Staff: w.Staff, What: what, Account: id}
}

// Called finds the case about what a caller asked for in the help, by the code
// that they read out.
func (s *Service) Called(ctx context.Context, typed string) (string, error) {
	code := codeOf(typed)
	read := s.DB.Reader()
	c, err := read.CaseByCode(ctx, code)
	if err == nil {
		return c.ID, nil
	} else if keyfold.Refused(err) == nil {
		return "", err
	}
	asked, err := read.CareRequest(ctx, code)
	if err != nil {
		return "", err
	}
	open, err := read.OpenCases(ctx, asked.Account)
	if asked.Account.IsZero() {
		open, err = read.OpenCasesOfUser(ctx, asked.User)
	}
	if err != nil {
		return "", err
	}
	for _, c := range open { // asked for twice, and one case for both
		if c.Reason == keyfold.HelpCase {
			return c.ID, nil
		}
	}
	return "", keyfold.Refuse(keyfold.NotFound, "case.unknown")
}

// codeOf is a code as it is stored, however it was typed.
func codeOf(typed string) string {
	code := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
	if len(code) == 8 {
		code = code[:4] + "-" + code[4:]
	}
	return code
}
