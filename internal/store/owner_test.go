package store_test

import (
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestTheDatabaseKeepsExactlyOneOwner goes behind the back of the code: whoever
// writes SQL by hand cannot take the owner away, or make a second one.
func TestTheDatabaseKeepsExactlyOneOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		for _, u := range []keyfold.UserID{"u1", "u2"} {
			email, _ := keyfold.ParseEmail(string(u) + "@veldkamp.example")
			c := keyfold.NewUser(visitor, u, email, "", keyfold.English, "h")
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), c) }); err != nil {
				t.Fatal(err)
			}
		}
		own(t, db, id)
		for _, hostile := range []string{
			`delete from memberships where customer_id = 'NL123421341'`,
			`update memberships set roles = 'admin' where customer_id = 'NL123421341'`,
			`update memberships set roles = 'owner,admin' where customer_id = 'NL123421341'`,
			`update memberships set user_id = 'u2' where customer_id = 'NL123421341'`,
			`insert into memberships (customer_id, user_id, roles, since, used_at) values ('NL123421341', 'u2', 'owner', 0, 0)`,
			`update accounts set owner = 'u2' where customer_id = 'NL123421341'`,
			`update accounts set owner = null where customer_id = 'NL123421341'`,
			`delete from users where id = 'u1'`,
		} {
			if err := store.Exec(t.Context(), db, hostile); err == nil {
				t.Errorf("allowed: %s", hostile)
			}
		}
		m, err := db.Reader().Member(t.Context(), id, "u1")
		if err != nil || !m.Roles.Has(keyfold.Owner) {
			t.Errorf("u1 has the roles %q: %v", m.Roles, err)
		}
	})
}
