package hooks_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web/hooks"
)

type document struct {
	*testing.T

	text string
}

func theDocument(t *testing.T) document {
	t.Helper()
	text, err := os.ReadFile("../../../docs/bounces.md")
	if err != nil {
		t.Fatal(err)
	}
	return document{t, string(text)}
}

func (d document) find(expr string) string {
	d.Helper()
	m := regexp.MustCompile(expr).FindStringSubmatch(d.text)
	if m == nil {
		d.Fatalf("the document has no %s", expr)
	}
	return m[1]
}

// TestTheExampleOfTheDocument holds what operators build their program with: the
// signature, and the commands, which are run against a server.
func TestTheExampleOfTheDocument(t *testing.T) {
	d := theDocument(t)
	body, key := d.find(`(?m)^(\{"bounces".*\})$`), d.find("secret is `([^`]+)`")
	if got, want := token.Sign([]byte(key), d.find(`(?m)^Keyfold-Timestamp: (\d+)$`), []byte(body)), d.find(`(?m)^Keyfold-Signature: ([0-9a-f]{64})$`); got != want {
		t.Errorf("the signature of the example is %s, the document has %s", got, want)
	}
	each(t, func(t *testing.T, w *world) {
		m := w.sent("sanne@veldkamp.example")
		server := httptest.NewUnstartedServer(nil)
		w.hooks.PublicURL, w.hooks.Secret = &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}, key
		server.Config.Handler = w.hooks.Handler()
		server.Start()
		t.Cleanup(server.Close)
		script := "set -eu\n" + d.find("(?s)```sh\n(.*?)```")
		command := exec.CommandContext(t.Context(), "sh", "-c", script)
		command.Env = append(os.Environ(), "SECRET="+key, "TIMESTAMP="+strconv.FormatInt(w.clock.Now().Unix(), 10), "URL="+server.URL,
			"BODY="+strings.ReplaceAll(body, "0195f3a2-7c1e-7d3a-9b52-3f6e1a2b4c5d", m.ID))
		out, err := command.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != d.find("(?s)The answer is `([^`]+)`") {
			t.Errorf("the commands of the document say %s, %v", got, err)
		}
		if w.status(m) != store.Bounced {
			t.Errorf("the mail is %s", w.status(m))
		}
	})
}

// TestTheDocumentHasEachProblemAndEachDoor, with the status that it is answered
// with.
func TestTheDocumentHasEachProblemAndEachDoor(t *testing.T) {
	d := theDocument(t)
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| (\\d{3}) \\| `(hook\\.[a-z_]+)` \\|").FindAllStringSubmatch(d.text, -1) {
		listed = append(listed, m[1]+" "+m[2])
	}
	if want := hooks.Kinds(); !slices.Equal(listed, want) {
		t.Errorf("the document has %q, want %q", listed, want)
	}
	for _, r := range (&hooks.Hooks{}).Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if r.Who() != "who signs with the secret" || method != http.MethodPost || !strings.Contains(d.text, "\n"+method+" "+path+" HTTP/1.1") {
			t.Errorf("%s for %s", r.Pattern, r.Who())
		}
	}
}
