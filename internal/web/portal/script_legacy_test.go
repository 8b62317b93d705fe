package portal_test

import (
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/legacycheck"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/token"
)

// legacyCommands are what stories about old systems need besides the others:
// accepts ENTITY: its legacy passwords count; oldsystem ENTITY ID PASSWORD: they
// are asked about at its old system, which knows that one; down and up.
func legacyCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"accepts":   command(1, (*story).accepts),
		"oldsystem": command(3, (*story).runOldSystem),
		"down":      command(0, func(s *story, _ []string) error { return s.old.turn(true) }),
		"up":        command(0, func(s *story, _ []string) error { return s.old.turn(false) }),
	}
}

func (s *story) accepts(a []string) error {
	i := slices.IndexFunc(s.entities, func(e keyfold.Entity) bool { return e.Code == a[0] })
	if i < 0 {
		return fmt.Errorf("no entity %s", a[0])
	}
	s.entities[i].Legacy = keyfold.Accept // the services share the list
	return nil
}

const hookSecret = "a secret of the hook that is long enough"

// An oldSystem answers as docs/legacy-login.md asks for.
type oldSystem struct {
	mu        sync.Mutex
	passwords map[string]string
	down      bool
}

func (o *oldSystem) turn(down bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.down = down
	return nil
}

func (s *story) runOldSystem(a []string) error {
	if err := s.accepts(a); err != nil {
		return err
	}
	s.old = &oldSystem{passwords: map[string]string{a[1]: a[2]}}
	server := httptest.NewServer(s.old)
	s.t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		return err
	}
	hook := legacycheck.NewHook(legacycheck.HookConfig{URL: *u, Secret: hookSecret, Connect: time.Second})
	s.t.Cleanup(func() { _ = hook.Close() })
	guard := legacycheck.New(hook, legacycheck.Config{Entity: a[0], Now: s.clock.Now, Log: slog.New(slog.NewTextHandler(s.log, nil))})
	s.portal.Registration.Legacy = map[string]registration.LegacySystem{a[0]: guard}
	return nil
}

func (o *oldSystem) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	signature := token.Sign([]byte(hookSecret), r.Header.Get(token.HeaderTimestamp), body)
	var q struct {
		ID       string `json:"customer_id"`
		Password string
	}
	switch {
	case err != nil || o.down:
		w.WriteHeader(http.StatusBadGateway)
		return
	case !hmac.Equal([]byte(signature), []byte(r.Header.Get(token.HeaderSignature))) || json.Unmarshal(body, &q) != nil:
		w.WriteHeader(http.StatusForbidden)
		return
	}
	result := "wrong"
	if pw, known := o.passwords[q.ID]; !known {
		result = "unknown"
	} else if pw == q.Password {
		result = "right"
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.Copy(w, strings.NewReader(`{"result":"`+result+`"}`))
}
