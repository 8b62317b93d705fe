package second

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// allow counts who asks. Whoever asks for another main contact learns whether a
// mailbox is the one there is, so it counts as asking that, in the same counters.
func (s *Service) allow(ctx context.Context, who Who, id keyfold.CustomerID, kind keyfold.ApprovalKind) error {
	tag := s.Teller.Key.Tag("desk", string(who.Staff))
	ofStaff, ofAccount := []store.Try{{Rule: s.Limits.Desk.AskStaff, Tag: tag}}, []store.Try(nil)
	if kind == keyfold.ChangeContact {
		ofStaff = append(ofStaff, store.Try{Rule: s.Limits.Desk.ConfirmStaff, Tag: tag})
		ofAccount = []store.Try{{Rule: s.Limits.Desk.ConfirmAccount, Tag: s.Teller.Key.Tag("desk", id.String())}}
	}
	return s.DB.Let(ctx, who.errand("ask for "+string(kind), id), ofStaff, ofAccount)
}

// learned keeps in the trail that who asked knows the main contact now.
func (s *Service) learned(ctx context.Context, who Who, id keyfold.CustomerID) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		return tx.Record(ctx, keyfold.Event{Act: who.Act, Kind: "care.contact_asked", Account: id, Note: "yes"})
	})
}

// waits refuses what is asked for already, before anything is compared.
func waits(ctx context.Context, tx *store.Tx, id keyfold.CustomerID, kind keyfold.ApprovalKind) error {
	waiting, err := tx.WaitingOf(ctx, id)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		if p.Kind == kind {
			return keyfold.Refuse(keyfold.Conflict, "approval.waits")
		}
	}
	return nil
}
