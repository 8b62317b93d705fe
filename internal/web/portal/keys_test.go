package portal_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

var onceOnPage = regexp.MustCompile(`name="once" value="([^"]{43})"`)

// keyForm is the form of the page of an account, filled in.
func (w *world) keyForm(t *testing.T, id, cookie string) url.Values {
	t.Helper()
	page := w.call(http.MethodGet, "/accounts/"+id+"/keys", nil, as(cookie))
	once := onceOnPage.FindStringSubmatch(page.Body.String())
	if once == nil {
		t.Fatalf("%d\n%s", page.Code, page.Body)
	}
	return url.Values{"once": {once[1]}, "key-name": {"Monitoring"}, "scope-account": {"1"}, "scope-users": {"1"}}
}

func as(cookie string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Cookie", "__Host-keyfold="+cookie) }
}

// withKey gives an account a key of that ID, which nobody has the secret of.
func (w *world) withKey(t *testing.T, id, key string) {
	t.Helper()
	err := w.change(id, func(tx *store.Tx, a keyfold.Account) error {
		c, err := a.NewKey(keyfold.Act{By: "test"}, tx.Now(), keyfold.APIKey{
			ID: key, Name: "Monitoring", Hash: key, Scopes: keyfold.ScopesOf(keyfold.UsersScope), Maker: a.Owner,
		}, 0)
		if err != nil {
			return err
		}
		return tx.ApplyKey(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheSecretOfAKeyIsOnOnePageAndNowhereElse: not in an address, the log, a
// mail, or the database.
func TestTheSecretOfAKeyIsOnOnePageAndNowhereElse(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		user := w.loggedIn(t)
		form := w.keyForm(t, "NL123421341", user)
		made := w.call(http.MethodPost, "/accounts/NL123421341/keys", form, as(user))
		secret := keyOnPage.FindString(made.Body.String())
		if made.Code != http.StatusOK || secret == "" || made.Header().Get("Cache-Control") != "no-store" || made.Header().Get("Location") != "" || made.Header().Get("Set-Cookie") != "" {
			t.Fatalf("%d %v", made.Code, made.Header())
		}
		if res := w.call(http.MethodGet, "/api/v1/account", nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }); res.Code != http.StatusOK {
			t.Errorf("the key opens nothing: %d %s", res.Code, res.Body)
		}
		list := w.call(http.MethodGet, "/accounts/NL123421341/keys", nil, as(user))
		if err := w.deliver(); err != nil {
			t.Fatal(err)
		}
		traces := map[string]string{"log": w.log.String(), "database": w.dump(t), "list": list.Body.String()}
		mails := w.sink.Mails()
		for _, m := range mails {
			traces["mail"] += m.Subject + m.Text + m.HTML
		}
		if len(mails) != 1 || !strings.Contains(traces["database"], "Monitoring") || !strings.Contains(traces["log"], "/accounts/{id}/keys") {
			t.Errorf("nothing was looked at: %d mails\n%s\n%s", len(mails), traces["log"], traces["database"])
		}
		for where, trace := range traces {
			for _, part := range []string{secret, strings.TrimPrefix(secret, "kf_live_"), form.Get("once")} {
				if strings.Contains(trace, part) {
					t.Errorf("the %s has %s", where, part)
				}
			}
		}
	})
}

// TestAnOpenBrowserAloneMakesAndEndsNoKey asks with every way of not knowing
// the password.
func TestAnOpenBrowserAloneMakesAndEndsNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	user := w.loggedIn(t)
	form := w.keyForm(t, "NL123421341", user)
	if res := w.call(http.MethodPost, "/accounts/NL123421341/keys", form, as(user)); res.Code != http.StatusOK {
		t.Fatalf("%d", res.Code)
	}
	key := w.keysOf(t, "NL123421341")[0].ID
	w.clock.Pass(6 * time.Minute)
	for _, pw := range []string{"", "Tulips-2026"} {
		form := w.keyForm(t, "NL123421341", user)
		form.Set("login-password", pw)
		for _, path := range []string{"/accounts/NL123421341/keys", "/accounts/NL123421341/keys/" + key + "/end"} {
			if res := w.call(http.MethodPost, path, form, as(user)); res.Code < 400 || keyOnPage.MatchString(res.Body.String()) {
				t.Errorf("%s with the password %q: %d", path, pw, res.Code)
			}
		}
	}
	if keys := w.keysOf(t, "NL123421341"); len(keys) != 1 || !keys[0].Ended.IsZero() {
		t.Errorf("%+v", keys)
	}
}

func (w *world) keysOf(t *testing.T, id string) []store.ListedKey {
	t.Helper()
	customer, err := keyfold.ParseCustomerID(id)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := w.db.Reader().Keys(t.Context(), customer, 100)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestKeysOfOthersAreNotThere: neither by the address of their account nor by
// way of one's own, nor for a role that may not.
func TestKeysOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	user := w.loggedIn(t)
	if err := w.register("DE245344254", "buero@bakker.example", "joris@bakker.example", "Crocus-2026"); err != nil {
		t.Fatal(err)
	}
	joris := w.cookieOf(t, "__Host-keyfold", "joris@bakker.example", "Crocus-2026")
	if res := w.call(http.MethodPost, "/accounts/DE245344254/keys", w.keyForm(t, "DE245344254", joris), as(joris)); res.Code != http.StatusOK {
		t.Fatalf("%d", res.Code)
	}
	theirs := w.keysOf(t, "DE245344254")[0].ID
	form := w.keyForm(t, "NL123421341", user)
	ask := func(cookie string, paths ...string) {
		t.Helper()
		for _, path := range paths {
			for _, res := range []*httptest.ResponseRecorder{w.call(http.MethodGet, path, nil, as(cookie)), w.call(http.MethodPost, path, form, as(cookie))} {
				if res.Code != http.StatusNotFound && res.Code != http.StatusMethodNotAllowed || strings.Contains(res.Body.String(), "Monitoring") {
					t.Errorf("%s: %d\n%s", path, res.Code, res.Body)
				}
			}
		}
	}
	ask(user, "/accounts/DE245344254/keys", "/accounts/DE245344254/keys/"+theirs+"/end", "/accounts/NL123421341/keys/"+theirs+"/end", "/accounts/NL123421341/keys/1/end")
	err := w.change("DE245344254", func(tx *store.Tx, a keyfold.Account) error {
		c, err := a.Admit(keyfold.Act{By: "test"}, keyfold.Member{User: "user-sanne@veldkamp.example", Roles: keyfold.RolesOf(keyfold.Technical, keyfold.Finance, keyfold.Abuse)}, "invited")
		if err != nil {
			return err
		}
		return tx.ApplyMember(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
	ask(user, "/accounts/DE245344254/keys", "/accounts/DE245344254/keys/"+theirs+"/end")
	if page := w.call(http.MethodGet, "/accounts/DE245344254", nil, as(user)); page.Code != http.StatusOK || strings.Contains(page.Body.String(), "/keys") {
		t.Errorf("%d: a tab that leads nowhere", page.Code)
	}
	if keys := w.keysOf(t, "DE245344254"); len(keys) != 1 || !keys[0].Ended.IsZero() {
		t.Errorf("%+v", keys)
	}
}
