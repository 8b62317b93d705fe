package second

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// atOnce is how many late approvals are looked up at once.
const atOnce = 100

var system = keyfold.Act{By: "system"}

// Run ends what nobody has answered in time, until ctx ends. Several replicas may
// do so at the same time.
func (s *Service) Run(ctx context.Context, log *slog.Logger, every time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if _, err := s.Late(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "what nobody answered cannot be ended", "error", err)
		}
		timer.Reset(every)
	}
}

// Late makes void what nobody has answered in time, and says how many there were.
// A customer waits for it, so each becomes a case for the supervisors.
func (s *Service) Late(ctx context.Context) (ended int, err error) {
	ids, err := s.DB.Reader().LateApprovals(ctx, atOnce)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, id := range ids {
		done, err := s.late(ctx, id)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", id, err))
		}
		if done {
			ended++
		}
	}
	return ended, errors.Join(failed...)
}

func (s *Service) late(ctx context.Context, id string) (done bool, err error) {
	found, err := s.DB.Reader().Approval(ctx, id)
	if err != nil {
		return false, err
	}
	caseID, err := notice.NewID()
	if err != nil {
		return false, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		done = false
		account, err := tx.Account(ctx, found.Account)
		if err != nil {
			return err
		}
		p, err := tx.LockApproval(ctx, id)
		if err != nil || p.Status != keyfold.ApprovalWaiting || !p.Late(tx.Now()) {
			return err
		}
		done = true
		if s.face(account) != p.Face { // it would not have been done any more
			return tx.ApplyApproval(ctx, p.Void(system, tx.Now(), keyfold.VoidStale))
		}
		if err := tx.ApplyApproval(ctx, p.Void(system, tx.Now(), keyfold.VoidLate)); err != nil {
			return err
		}
		_, err = tx.ApplyCase(ctx, keyfold.OpenCase(system, tx.Now(), keyfold.Case{
			ID: caseID, Reason: keyfold.OverdueCase, Account: p.Account, Waiting: p.Asked, Supervisor: true,
		}))
		return err
	})
	return done && err == nil, err
}
