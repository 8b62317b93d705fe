package portal_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// ownershipCommands are what stories about owners need besides the others:
// member ID EMAIL ROLES PASSWORD gives a user access, unmember ID EMAIL ends it,
// owner ID EMAIL wants that user to be the owner, in "login EMAIL PASSWORD" the
// browser logs in, and care ID wants care to look at an account.
func ownershipCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"unmember": command(2, func(s *story, a []string) error { return s.unmember(a[0], a[1]) }),
		"owner":    command(2, (*story).owner),
		"login":    command(2, func(s *story, a []string) error { return s.logIn(a[0], a[1]) }),
		"care":     command(1, (*story).care),
	}
}

func (s *story) logIn(email, pw string) error {
	if err := s.b.visit("/login"); err != nil {
		return err
	}
	for label, value := range map[string]string{"Username": email, "Password": pw} {
		if err := s.said(label, func(label string) error { return s.b.fill(label, value) }); err != nil {
			return err
		}
	}
	return s.said("Log in", s.b.press)
}

func (s *story) owner(a []string) error {
	account, err := s.account(a[0])
	if err != nil {
		return err
	}
	user, err := s.db.Reader().User(s.t.Context(), account.Owner)
	if err == nil && user.Email.String() != a[1] {
		err = fmt.Errorf("%s belongs to %s", a[0], user.Email)
	}
	return err
}

func (s *story) care(a []string) error {
	account, err := s.account(a[0])
	if err == nil && !account.NeedsCare {
		err = errors.New("care does not look at it")
	}
	return err
}

func (w *world) unmember(id, email string) error {
	return w.change(id, func(tx *store.Tx, a keyfold.Account) error {
		m, err := tx.Member(w.t.Context(), a.ID, keyfold.UserID("user-"+email))
		if err != nil {
			return err
		}
		c, err := a.Remove(keyfold.Act{By: "test"}, keyfold.RolesOf(keyfold.Owner), m)
		return errors.Join(err, tx.ApplyMember(w.t.Context(), c))
	})
}

// handOverLinks are a live link of each kind of this slice, each about an account
// of its own.
func (w *world) handOverLinks(t *testing.T) map[string]string {
	t.Helper()
	must := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	path := func(to string) string {
		link, err := w.link(to)
		must(err)
		return strings.TrimPrefix(link, w.server.URL)
	}
	b := w.browser()
	ask := func(id string) {
		must(b.visit("/passwordReset/request"), b.fill("Customer ID or email address", id), b.press("Request password reset"))
	}
	must(w.register("NL123421341", "one@veldkamp.example", "sanne@veldkamp.example", "Daisies-2026"), w.member("NL123421341", "joris@veldkamp.example", "Tulips-2026", "admin"))
	must(w.portal.Ownership.Offer(t.Context(), keyfold.Act{}, "user-sanne@veldkamp.example", mustID(t, "NL123421341"), "user-joris@veldkamp.example"))
	must(w.portal.Ownership.Accept(t.Context(), keyfold.Act{}, "user-joris@veldkamp.example", mustID(t, "NL123421341")))
	takeBack := path("sanne@veldkamp.example")
	must(w.register("NL123421342", "two@veldkamp.example", "mila@veldkamp.example", "Daisies-2026"))
	ask("NL123421342")
	askBack := path("two@veldkamp.example")
	must(w.register("NL123421343", "three@veldkamp.example", "anna@veldkamp.example", "Daisies-2026"))
	ask("NL123421343")
	must(b.visit(path("three@veldkamp.example")), b.press("Ask for the account"), b.see("The account is asked for"))
	return map[string]string{"/takeback/": takeBack, "/recover/": askBack, "/keep/": path("anna@veldkamp.example")}
}

// TestLookingAtALinkOfOwnershipChangesNothing: scanners of mails open every link.
func TestLookingAtALinkOfOwnershipChangesNothing(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		w := newWorld(t, engine)
		links := w.handOverLinks(t)
		before := w.dump(t)
		for door, link := range links {
			if !strings.HasPrefix(link, door) {
				t.Errorf("%s for the door %s", link, door)
			}
			for range 3 {
				get, head := w.call(http.MethodGet, link, nil), w.call(http.MethodHead, link, nil)
				if get.Code != http.StatusOK || head.Code != http.StatusOK || get.Header().Get("Set-Cookie") != "" {
					t.Errorf("%s: GET %d, HEAD %d", link, get.Code, head.Code)
				}
			}
		}
		if after := w.dump(t); after != before {
			t.Errorf("%s: looking changed\n%s\nto\n%s", engine, before, after)
		}
	}
}

func TestALinkOfOwnershipOpensNoOtherDoor(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		w := newWorld(t, engine)
		links := w.handOverLinks(t)
		before := w.dump(t)
		form := url.Values{"new-password": {"Daisies-2026"}, "repeat-password": {"Daisies-2026"}, "do": {"undo"}}
		for own, link := range links {
			secret := link[strings.LastIndex(link, "/")+1:]
			for _, door := range []string{"/passwordReset/", "/register/", "/notme/", "/takeback/", "/recover/", "/keep/"} {
				if door == own {
					continue
				}
				for _, path := range []string{door + secret, door + secret + "?for=NL123421341"} {
					get, post := w.call(http.MethodGet, path, nil), w.call(http.MethodPost, path, form)
					if get.Code != http.StatusNotFound || post.Code != http.StatusNotFound {
						t.Errorf("the link of %s at %s: GET %d, POST %d", own, door, get.Code, post.Code)
					}
				}
			}
		}
		if after := w.dump(t); after != before {
			t.Errorf("%s: changed\n%s\nto\n%s", engine, before, after)
		}
	}
}
