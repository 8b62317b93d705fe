package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// member gives a user access to an account; one who is not there is made.
func (w *world) member(id, email, pw string, roles ...string) error {
	h, err := w.gate.Hash(w.t.Context(), pw)
	if err != nil {
		return err
	}
	var m keyfold.Member
	if err := m.Roles.UnmarshalText([]byte(strings.Join(roles, ","))); err != nil {
		return err
	}
	by, ctx := keyfold.Act{By: "test"}, w.t.Context()
	return w.change(id, func(tx *store.Tx, a keyfold.Account) error {
		u, err := tx.UserByEmail(ctx, address(email))
		if keyfold.Refused(err) != nil {
			c := keyfold.NewUser(by, keyfold.UserID("user-"+email), address(email), "", keyfold.English, h)
			u, err = c.User(), tx.ApplyUser(ctx, c)
		}
		if err != nil {
			return err
		}
		m.User = u.ID
		c, err := a.Admit(by, m, "invited")
		if err != nil {
			return err
		}
		return tx.ApplyMember(ctx, c)
	})
}

// furnish puts into NL123421341 what the doors below it are about: a user, an
// invitation and a request for access.
func (w *world) furnish(t *testing.T) {
	t.Helper()
	ctx, by := t.Context(), keyfold.Act{By: "test"}
	err := w.member("NL123421341", "ellen@veldkamp.example", "Roses-2026", "finance")
	if err == nil {
		err = w.register("SG234124123", "office@bakker.example", "asker@veldkamp.example", "Roses-2026")
	}
	if err == nil {
		err = w.change("NL123421341", func(tx *store.Tx, a keyfold.Account) error {
			owner := keyfold.Member{User: a.Owner, Roles: keyfold.RolesOf(keyfold.Owner)}
			c, err := a.Invite(by, tx.Now(), owner, keyfold.Invitation{ID: "i1", Email: address("mirjam@veldkamp.example"), Roles: keyfold.RolesOf(keyfold.Finance)})
			if err != nil {
				return err
			}
			if err := tx.ApplyInvitation(ctx, c); err != nil {
				return err
			}
			return tx.PutAccessRequest(ctx, store.AccessRequest{ID: "r1", Account: a.ID, User: "user-asker@veldkamp.example"})
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// invitation is the path of a live link to an address.
func (w *world) invitation(t *testing.T, user, to string) string {
	t.Helper()
	form := url.Values{"email": {to}, "give.finance": {"1"}}
	res := w.call(http.MethodPost, "/accounts/NL123421341/users/invite", form, as(user))
	if res.Code != http.StatusSeeOther {
		t.Fatalf("invite: %d\n%s", res.Code, res.Body)
	}
	link, err := w.link(to)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(link, w.server.URL)
}

func TestLookingAtAnInvitationChangesNothing(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		path := w.invitation(t, w.loggedIn(t), "mirjam@veldkamp.example")
		before := w.dump(t)
		for range 20 {
			get, head := w.call(http.MethodGet, path, nil), w.call(http.MethodHead, path, nil)
			if get.Code != http.StatusOK || head.Code != http.StatusOK || get.Header().Get("Set-Cookie") != "" {
				t.Fatalf("GET %d, HEAD %d, cookies %q", get.Code, head.Code, get.Header()["Set-Cookie"])
			}
			if body := get.Body.String(); strings.Contains(body, "NL123421341") || strings.Contains(body, "Veldkamp Media") {
				t.Fatalf("a stranger reads\n%s", body)
			}
		}
		secret := path[strings.LastIndex(path, "/")+1:]
		for _, door := range []string{"/passwordReset/", "/register/", "/notme/"} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if res := w.call(method, door+secret, url.Values{"new-password": {"Tulips-2026"}}); res.Code != http.StatusNotFound {
					t.Errorf("%s %s: %d", method, door, res.Code)
				}
			}
		}
		if after := w.dump(t); after != before {
			t.Errorf("looking changed\n%s\nto\n%s", before, after)
		}
	})
}

// TestTheLoginThatThePageNamedAccepts: when another user logs in meanwhile, in the
// same browser, the old form gives that one nothing.
func TestTheLoginThatThePageNamedAccepts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	owner := w.loggedIn(t)
	path := w.invitation(t, owner, "mirjam@veldkamp.example")
	if err := w.register("DE245344254", "buero@bakker.example", "joris@bakker.example", "Crocus-2026"); err != nil {
		t.Fatal(err)
	}
	joris := w.cookieOf(t, "__Host-keyfold", "joris@bakker.example", "Crocus-2026")
	before := w.dump(t)
	for _, named := range []string{"", "mirjam@veldkamp.example", "sanne@veldkamp.example"} {
		form := url.Values{"do": {"as"}, "as": {named}}
		if res := w.call(http.MethodPost, path, form, as(joris)); res.Code != http.StatusOK || !strings.Contains(res.Body.String(), "joris@bakker.example") {
			t.Errorf("named %q: %d", named, res.Code)
		}
	}
	if res := w.call(http.MethodPost, path, url.Values{"do": {"as"}, "as": {"joris@bakker.example"}}); res.Code != http.StatusOK {
		t.Errorf("nobody logged in: %d", res.Code)
	}
	if after := w.dump(t); after != before {
		t.Errorf("changed\n%s\nto\n%s", before, after)
	}
}

// TestEachFormActsOnTheAccountOfItsPath: what is another account's is not there.
func TestEachFormActsOnTheAccountOfItsPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	owner := w.loggedIn(t)
	w.invitation(t, owner, "mirjam@veldkamp.example")
	for _, err := range []error{
		w.register("DE245344254", "buero@bakker.example", "joris@bakker.example", "Crocus-2026"),
		w.member("NL123421341", "ellen@veldkamp.example", "Roses-2026", "finance"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	ellen := w.cookieOf(t, "__Host-keyfold", "ellen@veldkamp.example", "Roses-2026")
	joris := w.cookieOf(t, "__Host-keyfold", "joris@bakker.example", "Crocus-2026")
	list, err := w.db.Reader().Invitations(t.Context(), mustID(t, "NL123421341"), w.clock.Now(), 10, 0)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	before := w.dump(t)
	form := url.Values{"do": {"remove"}, "give.admin": {"1"}, "email": {"x@y.example"}}
	for _, try := range []struct{ who, path string }{
		{joris, "/accounts/DE245344254/users/invitations/" + list[0].ID},
		{joris, "/accounts/NL123421341/users/invitations/" + list[0].ID},
		{joris, "/accounts/DE245344254/users/user-ellen@veldkamp.example"},
		{joris, "/accounts/NL123421341/users/user-ellen@veldkamp.example"},
		{joris, "/accounts/NL123421341/users/invite"},
		{joris, "/accounts/NL123421341/leave"},
		{joris, "/accounts/nl123421341/leave"},
		{ellen, "/accounts/NL123421341/users/invite"},
		{ellen, "/accounts/NL123421341/users/user-sanne@veldkamp.example"},
		{ellen, "/accounts/NL123421341/users/invitations/" + list[0].ID},
		{ellen, "/accounts/NL123421341/users/requests/x"},
		{owner, "/accounts/NL123421341/users/user-joris@bakker.example"},
		{owner, "/accounts/NL123421341/users/user-sanne@veldkamp.example"},
		{owner, "/accounts/NL123421341/users/requests/x"},
		{owner, "/accounts/NL123421341/leave"},
	} {
		if res := w.call(http.MethodPost, try.path, form, as(try.who)); res.Code != http.StatusNotFound {
			t.Errorf("%s: %d", try.path, res.Code)
		}
	}
	if after := w.dump(t); after != before {
		t.Errorf("changed\n%s\nto\n%s", before, after)
	}
}

func mustID(t *testing.T, s string) keyfold.CustomerID {
	t.Helper()
	id, err := keyfold.ParseCustomerID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
