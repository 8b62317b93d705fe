package desk

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// FreezeAccount keeps owner and contacts as they are, by the word of a caller. What
// the caller says is the first note of the case: the two who decide read it there.
// A second click finds the same success.
func (s *Service) FreezeAccount(ctx context.Context, who Who, id keyfold.CustomerID, reason string) error {
	reason, err := parseReason(reason)
	if err != nil {
		return err
	}
	return s.act(ctx, who, "freeze", id, keyfold.FreezeAccount, func(tx *store.Tx, a keyfold.Account) error {
		switch {
		case a.Frozen:
			return nil
		case a.Closed:
			return keyfold.Refuse(keyfold.Conflict, "account.closed")
		}
		if err := s.Freeze(ctx, tx, who.Act, a); err != nil {
			return err
		}
		return noteWhy(ctx, tx, who, id, reason)
	})
}

// noteWhy opens the case that follows from a freeze, so that the note has a place.
func noteWhy(ctx context.Context, tx *store.Tx, who Who, id keyfold.CustomerID, reason string) error {
	one, err := theCase(ctx, tx, who, id)
	if err != nil {
		return err
	}
	note, err := notice.NewID()
	if err != nil {
		return err
	}
	if _, err := tx.AddNote(ctx, store.CaseNote{ID: note, Case: one, By: who.Staff, Note: reason}); err != nil {
		return err
	}
	return tx.Record(ctx, keyfold.Event{Act: who.Act, Kind: "case.noted", Account: id})
}

func theCase(ctx context.Context, tx *store.Tx, who Who, id keyfold.CustomerID) (string, error) {
	open, err := tx.OpenCases(ctx, id)
	if err != nil {
		return "", err
	}
	for _, c := range open { // of a freeze that has just ended
		if c.Reason == keyfold.NotMeCase {
			return c.ID, nil
		}
	}
	one, err := notice.NewID()
	if err != nil {
		return "", err
	}
	c := keyfold.Case{ID: one, Reason: keyfold.NotMeCase, Account: id, Waiting: tx.Now()}
	_, err = tx.ApplyCase(ctx, keyfold.OpenCase(who.Act, tx.Now(), c))
	return one, err
}
