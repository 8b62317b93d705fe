package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/keyfold/keyfold"
)

// OnDuty is the role of somebody of the staff, who keeps it until the transaction
// ends. Who is disabled, or has not enrolled, has none.
func (tx *Tx) OnDuty(ctx context.Context, id keyfold.StaffID) (role keyfold.StaffRole, err error) {
	err = tx.q.QueryRowContext(ctx, `select role from staff where id = $1 and not disabled and factor <> ''`+tx.dialect.share(), id).Scan(&role)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("store: on duty: %w", err)
	}
	return role, nil
}

// An Errand is one step of somebody of the staff.
type Errand struct {
	Act     keyfold.Act
	Staff   keyfold.StaffID
	What    string             // for the trail, when it is refused
	Account keyfold.CustomerID // that it is about, if one
}

// Serve runs a step of somebody of the staff with the role that they have now. A
// step that they may not do stays in the trail, and changes nothing.
func (db *DB) Serve(ctx context.Context, s Errand, do func(tx *Tx, role keyfold.StaffRole) error) error {
	refused := db.Update(ctx, func(tx *Tx) error {
		role, err := tx.OnDuty(ctx, s.Staff)
		if err != nil {
			return err
		}
		return do(tx, role)
	})
	if !denied(refused) {
		return refused
	}
	return db.Refuse(ctx, s, "", refused)
}

// Let counts what somebody of the staff wants to do: first for them, and then, if
// they may, for what it is about, so that whoever has had enough uses nothing up
// that colleagues need. What is too often stays in the trail.
func (db *DB) Let(ctx context.Context, s Errand, ofStaff, ofAccount []Try) error {
	refused := db.Allow(ctx, ofStaff...)
	if refused == nil && len(ofAccount) > 0 {
		refused = db.Allow(ctx, ofAccount...)
	}
	if keyfold.Refused(refused) == nil {
		return refused
	}
	return db.Refuse(ctx, s, "too often", refused)
}

// Refuse keeps in the trail what somebody of the staff could not do, and why, and
// gives back the refusal. Whose try could not be kept is told of that fault and of
// nothing else.
func (db *DB) Refuse(ctx context.Context, s Errand, why string, refused error) error {
	note := s.What
	if why != "" {
		note += ": " + why
	}
	err := db.Update(ctx, func(tx *Tx) error {
		return tx.Record(ctx, keyfold.Event{Act: s.Act, Kind: "care.refused", Account: s.Account, Note: note})
	})
	if err != nil {
		return err
	}
	return refused
}

func denied(err error) bool {
	for _, r := range keyfold.Refused(err) {
		if r.Kind == keyfold.Denied {
			return true
		}
	}
	return false
}
