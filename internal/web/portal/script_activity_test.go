package portal_test

import (
	"errors"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// join gives a new user access to a registered account.
func (w *world) join(id, email, pw, roles string) error {
	h, err := w.gate.Hash(w.t.Context(), pw)
	if err != nil {
		return err
	}
	by, ctx := keyfold.Act{By: "test"}, w.t.Context()
	user := keyfold.NewUser(by, keyfold.UserID("user-"+email), address(email), "", keyfold.English, h)
	m := keyfold.Member{User: user.User().ID}
	if err := m.Roles.UnmarshalText([]byte(roles)); err != nil {
		return err
	}
	return w.change(id, func(tx *store.Tx, a keyfold.Account) error {
		c, err := a.Admit(keyfold.Act{By: "user:" + string(a.Owner), From: "192.0.2.44"}, m, "invited")
		return errors.Join(tx.ApplyUser(ctx, user), err, tx.ApplyMember(ctx, c))
	})
}

// remove ends the access of a user.
func (w *world) remove(id, email string) error {
	return w.change(id, func(tx *store.Tx, a keyfold.Account) error {
		u, err := tx.UserByEmail(w.t.Context(), address(email))
		if err != nil {
			return err
		}
		m, err := tx.Member(w.t.Context(), a.ID, u.ID)
		if err != nil {
			return err
		}
		c, err := a.Remove(keyfold.Act{By: "user:" + string(a.Owner), From: "192.0.2.44"}, keyfold.RolesOf(keyfold.Owner), m)
		return errors.Join(err, tx.ApplyMember(w.t.Context(), c))
	})
}
