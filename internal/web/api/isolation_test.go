package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web/api"
)

// TestAKeyReadsItsOwnAccountAndNothingElse asks for everything with the keys of
// two accounts, one of whose users is in both.
func TestAKeyReadsItsOwnAccountAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill()
		w.admit(w.theirs, "mirjam", keyfold.Technical)
		ours, theirs := w.key(w.ours), w.key(w.theirs)
		routes, err := w.api.Routes()
		w.must(err)
		asked := 0
		for _, route := range routes {
			path, keyed := strings.CutPrefix(route.Pattern, "GET ")
			if !strings.HasPrefix(route.Who(), "key with scope ") {
				continue
			}
			if !keyed {
				t.Errorf("%s does more than read", route.Pattern)
			}
			asked++
			for _, query := range []string{"", "?id=DE245344254", "?account=DE245344254", "?customerId=DE245344254", "?after=a", "?before=1000000"} {
				a, b := w.ask(http.MethodGet, path+query, ours), w.ask(http.MethodGet, path+query, theirs)
				if query == "" && (a.Code != 200 || b.Code != 200) {
					t.Errorf("%s: %d and %d", path, a.Code, b.Code)
				}
				for _, alien := range []string{"DE245344254", "kuestenlicht", "joris", "Joris", "Sicherheit"} {
					if strings.Contains(a.Body.String(), alien) && !strings.Contains(path+query, alien) {
						t.Errorf("our key reads %q at %s: %s", alien, path, a.Body)
					}
				}
				for _, alien := range []string{"NL123421341", "info@veldkamp", "sanne", "ellen", "billing@"} {
					if strings.Contains(b.Body.String(), alien) {
						t.Errorf("their key reads %q at %s: %s", alien, path, b.Body)
					}
				}
			}
		}
		if asked != 4 {
			t.Errorf("%d doors need a key", asked)
		}
	})
}

func read[T any](t *testing.T, w *world, target, key string) (out T) {
	t.Helper()
	res := w.ask(http.MethodGet, target, key)
	if res.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", target, res.Code, res.Body)
	}
	w.must(json.Unmarshal(res.Body.Bytes(), &out))
	return out
}

func TestEachScopeOpensOneDoor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, scope := range keyfold.AllScopes() {
			key := w.key(w.ours, scope)
			for _, other := range keyfold.AllScopes() {
				res := w.ask(http.MethodGet, "/api/v1/"+string(other), key)
				if (res.Code == http.StatusOK) != (scope == other) {
					t.Errorf("a key for %s at %s: %d", scope, other, res.Code)
				}
				if scope == other {
					continue
				}
				if p := problem(t, res); p.ErrorCode != "key.scope" || res.Header().Get("WWW-Authenticate") != fmt.Sprintf(`Bearer error="insufficient_scope", scope=%q`, other) {
					t.Errorf("%+v, %s", p, res.Header().Get("WWW-Authenticate"))
				}
			}
		}
	})
}

func TestTheAnswersSayWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill()
		key := w.key(w.ours)
		account := read[api.Account](t, w, "/api/v1/account", key)
		if account.CustomerID != "NL123421341" || account.Name != "Veldkamp Media B.V." || account.Entity.Name != "Polder Hosting Netherlands" || account.Status != "active" || !account.Since.Equal(w.clock.Now()) {
			t.Errorf("%+v", account)
		}
		var contacts []string
		for _, c := range read[api.ContactList](t, w, "/api/v1/contacts", key).Contacts {
			contacts = append(contacts, fmt.Sprint(c.Kind, " ", c.Primary, " ", c.Email))
		}
		if got, want := strings.Join(contacts, ", "), "general true info@veldkamp.example, general false reception@veldkamp.example, billing true billing@veldkamp.example, billing false books@veldkamp.example"; got != want {
			t.Errorf("contacts: %s", got)
		}
		var users []string
		for _, u := range read[api.UserList](t, w, "/api/v1/users", key).Users {
			users = append(users, fmt.Sprint(u.ID, " ", u.Email, " ", u.Roles))
		}
		if got, want := strings.Join(users, ", "), "ellen ellen@veldkamp.example [abuse], mirjam mirjam@veldkamp.example [admin finance], sanne sanne@veldkamp.example [owner]"; got != want {
			t.Errorf("users: %s", got)
		}
	})
}

// TestTheActivityIsWhatChanged and nothing that is care's or the mail server's
// to know: no tries, no mails, no notes, no addresses of clients.
func TestTheActivityIsWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill()
		w.record(
			keyfold.Event{Act: keyfold.Act{By: "visitor", From: "203.0.113.77"}, Kind: "reset.requested", Account: w.ours, Note: "Canary-note"},
			keyfold.Event{Act: keyfold.Act{By: "system"}, Kind: "mail.sent", Account: w.ours, Note: "Canary-note"},
		)
		w.change(w.ours, func(a keyfold.Account) (keyfold.Change, error) {
			return a.NeedCare(keyfold.Act{By: "staff:agent-7", From: "203.0.113.77"}, "Canary-note"), nil
		})
		key := w.key(w.ours)
		res := w.ask(http.MethodGet, "/api/v1/activity", key)
		for _, secret := range []string{"Canary", "203.0.113", "192.0.2", "agent-7", "reset.requested", "mail.sent", "a-hash", "@"} {
			if strings.Contains(res.Body.String(), secret) {
				t.Errorf("the activity has %q: %s", secret, res.Body)
			}
		}
		var kinds []string
		for _, e := range read[api.EventList](t, w, "/api/v1/activity", key).Events {
			who := e.Actor.Class
			if e.Actor.User != nil {
				who += ":" + e.Actor.User.Name
			}
			if e.User != nil {
				who += " of " + e.User.ID
			}
			kinds = append(kinds, e.Kind+" by "+who)
		}
		if got, want := strings.Join(kinds, ", "), "key.created by user:Sanne Veldkamp, account.needs_care by care of sanne, member.added by user:Sanne Veldkamp of ellen, "+
			"member.added by user:Sanne Veldkamp of mirjam, account.registered by user:Sanne Veldkamp of sanne, account.email_pending by user:Sanne Veldkamp, account.password_set by system, account.imported by import"; got != want {
			t.Errorf("activity: %s", got)
		}
	})
}

func TestPagesHaveEachRowOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 12 {
			w.admit(w.ours, w.user(fmt.Sprintf("u%02d", i), fmt.Sprintf("u%02d@veldkamp.example", i), "").ID, keyfold.Technical)
		}
		key := w.key(w.ours)
		for _, limit := range []int{1, 4, 13, 14, 200} {
			var users, events []string
			for next := ""; ; {
				page := read[api.UserList](t, w, fmt.Sprintf("/api/v1/users?limit=%d%s", limit, next), key)
				for _, u := range page.Users {
					users = append(users, u.ID)
				}
				if next = "&after=" + page.Next; page.Next == "" {
					break
				}
			}
			for next := ""; ; {
				page := read[api.EventList](t, w, fmt.Sprintf("/api/v1/activity?limit=%d%s", limit, next), key)
				for _, e := range page.Events {
					events = append(events, fmt.Sprint(e.ID))
				}
				if next = fmt.Sprintf("&before=%d", page.Next); page.Next == 0 {
					break
				}
			}
			if len(users) != 13 || users[12] != "u11" || len(events) != 17 {
				t.Errorf("in pages of %d: %d users %v, %d events %v", limit, len(users), users, len(events), events)
			}
		}
	})
}

// TestAKeyIsTheAccounts whoever made it, and whoever owns the account since.
func TestAKeyIsTheAccounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill()
		key := w.key(w.ours)
		ctx := t.Context()
		w.change(w.ours, func(a keyfold.Account) (keyfold.Change, error) {
			return a.OfferTo(test, w.clock.Now(), keyfold.Member{Account: a.ID, User: "mirjam", Roles: keyfold.RolesOf(keyfold.Admin)}, keyfold.User{ID: "mirjam"})
		})
		w.change(w.ours, func(a keyfold.Account) (keyfold.Change, error) {
			return a.AcceptOffer(test, w.clock.Now(), keyfold.Member{Account: a.ID, User: "mirjam", Roles: keyfold.RolesOf(keyfold.Admin)}, keyfold.User{ID: "mirjam"})
		})
		w.must(w.db.Update(ctx, func(tx *store.Tx) error {
			a, err := tx.Account(ctx, w.ours)
			if err != nil {
				return err
			}
			c, err := a.Remove(test, keyfold.RolesOf(keyfold.Owner), keyfold.Member{Account: a.ID, User: "sanne", Roles: keyfold.RolesOf(keyfold.Admin)})
			if err != nil {
				return err
			}
			return tx.ApplyMember(ctx, c)
		}))
		if got := read[api.UserList](t, w, "/api/v1/users", key).Users; len(got) != 2 {
			t.Errorf("%+v", got)
		}
		keys, err := w.db.Reader().Keys(ctx, w.ours, 10)
		if err != nil || len(keys) != 1 || !keys[0].Left || keys[0].Maker.ID != "sanne" {
			t.Errorf("the list does not say that who made it has left: %+v, %v", keys, err)
		}
	})
}

func TestWhatTheStateOfAnAccountDoesToItsKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key := w.key(w.ours)
		w.change(w.ours, func(a keyfold.Account) (keyfold.Change, error) { return a.Freeze(test) })
		if got := read[api.Account](t, w, "/api/v1/account", key); got.Status != "frozen" {
			t.Errorf("frozen: %+v", got)
		}
		theirs := w.key(w.theirs)
		w.closeAccount(w.theirs)
		if p := problem(t, w.ask(http.MethodGet, "/api/v1/account", theirs)); p.ErrorCode != "account.closed" || p.Status != 403 {
			t.Errorf("closed: %+v", p)
		}
		again := w.register("SG234124123", "office@veldkamp.example", "lee", "lee@veldkamp.example", "Lee")
		key = w.key(again)
		w.change(again, func(a keyfold.Account) (keyfold.Change, error) { return a.Unlink(test, w.clock.Now()) })
		if p := problem(t, w.ask(http.MethodGet, "/api/v1/account", key)); p.ErrorCode != "key.unknown" {
			t.Errorf("off the login: %+v", p)
		}
	})
}

// TestTheUseOfAKeyIsWrittenOnceAMinute at most.
func TestTheUseOfAKeyIsWrittenOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key := w.key(w.ours)
		used := func() time.Time {
			keys, err := w.db.Reader().Keys(t.Context(), w.ours, 10)
			w.must(err)
			return keys[0].Used
		}
		if !used().IsZero() {
			t.Errorf("used before it was: %s", used())
		}
		first := w.clock.Now()
		w.ask(http.MethodGet, "/api/v1/account", key)
		w.clock.Pass(59 * time.Second)
		w.ask(http.MethodGet, "/api/v1/account", key)
		if !used().Equal(first) {
			t.Errorf("used at %s, want %s", used(), first)
		}
		w.clock.Pass(2 * time.Second)
		w.ask(http.MethodGet, "/api/v1/account", key)
		if !used().Equal(w.clock.Now()) {
			t.Errorf("used at %s, want %s", used(), w.clock.Now())
		}
	})
}
