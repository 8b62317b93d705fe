package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// TestTheLastOfManyInvitationsAndRequestsIsInReach: whoever waits longest, or was
// invited first, has a page, and something can be done about them.
func TestTheLastOfManyInvitationsAndRequestsIsInReach(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		owner := w.loggedIn(t)
		ctx, by := t.Context(), keyfold.Act{By: "test"}
		err := w.change("NL123421341", func(tx *store.Tx, a keyfold.Account) error {
			m := keyfold.Member{User: a.Owner, Roles: keyfold.RolesOf(keyfold.Owner)}
			for i := range 101 {
				name := fmt.Sprintf("n%03d", i)
				sent := tx.Now().Add(time.Duration(i) * time.Second)
				c, err := a.Invite(by, sent, m, keyfold.Invitation{ID: name, Email: address(name + "@veldkamp.example"), Roles: keyfold.RolesOf(keyfold.Finance)})
				if err != nil {
					return err
				}
				u := keyfold.NewUser(by, keyfold.UserID(name), address(name+"@asker.example"), "", keyfold.English, "hash")
				err = tx.ApplyInvitation(ctx, c)
				if err == nil {
					err = tx.ApplyUser(ctx, u)
				}
				if err == nil {
					err = tx.PutAccessRequest(ctx, store.AccessRequest{ID: name, Account: a.ID, User: u.User().ID})
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		const users = "/accounts/NL123421341/users"
		for path, want := range map[string][]string{
			users:             {"n100@veldkamp.example", "n001@veldkamp.example", "n000@asker.example", "n049@asker.example", "?page=2"},
			users + "?page=2": {"n000@veldkamp.example", "n050@asker.example", "n099@asker.example", "?page=3", `rel="prev" href="/accounts/NL123421341/users"`},
			users + "?page=3": {"n100@asker.example", "?page=2"}, users + "?page=99999999": {"?page=9999"}, users + "?page=-1": {"n100@veldkamp.example"},
			users + "/invitations/n000": {"n000@veldkamp.example"}, users + "/requests/n100": {"n100@asker.example"},
		} {
			res := w.as(owner, http.MethodGet, path)
			for _, text := range want {
				if !strings.Contains(res.Body.String(), text) {
					t.Errorf("%s (%d) does not say %s", path, res.Code, text)
				}
			}
		}
		if body := w.as(owner, http.MethodGet, users+"?page=3").Body.String(); strings.Contains(body, "?page=4") || strings.Contains(body, "n000@veldkamp.example") {
			t.Error("the last page leads on, or shows what another one does")
		}
		for path, form := range map[string]url.Values{users + "/invitations/n000": {"do": {"revoke"}}, users + "/requests/n100": {"do": {"decline"}}} {
			if res := w.call(http.MethodPost, path, form, as(owner)); res.Code != http.StatusSeeOther {
				t.Errorf("%s: %d", path, res.Code)
			}
			if res := w.as(owner, http.MethodGet, path); res.Code != http.StatusNotFound {
				t.Errorf("%s, once done: %d", path, res.Code)
			}
		}
	})
}
