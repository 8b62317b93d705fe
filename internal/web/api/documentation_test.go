package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/web/api"
)

var (
	examples    = regexp.MustCompile("(?s)```sh\n(curl [^\n]*)\n```\n\n```json\n(.*?)```\n")
	words       = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)
	correlation = regexp.MustCompile(`"correlationId": "[^"]*"`)
	codes       = regexp.MustCompile("(?s)(\\| status \\| `errorCode` \\| what it says \\|\n\\| --- \\| --- \\| --- \\|\n)((?:\\|[^\n]*\n)*)")
)

// TestTheDocumentationIsTrue runs the requests of docs/api.md and compares the
// answers. Each operation has one.
func TestTheDocumentationIsTrue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	w.fill()
	key := w.key(w.ours)
	const file = "../../../docs/api.md"
	doc, err := os.ReadFile(file)
	w.must(err)
	got := examples.ReplaceAllStringFunc(string(doc), func(example string) string {
		command := examples.FindStringSubmatch(example)[1]
		return "```sh\n" + command + "\n```\n\n```json\n" + w.curl(t, command, key) + "```\n"
	})
	got = codes.ReplaceAllStringFunc(got, func(table string) string { return codes.FindStringSubmatch(table)[1] + w.codes() })
	if *update {
		w.must(os.WriteFile(file, []byte(got), 0o644))
	}
	if diff := cmp.Diff(string(doc), got); diff != "" && !*update {
		t.Errorf("%s (-file +answers); write it anew with -update:\n%s", file, diff)
	}
	for path := range w.contract().doc.Paths.Map() {
		if !strings.Contains(got, path) {
			t.Errorf("%s says nothing of %s", file, path)
		}
	}
	if n := strings.Count(got, "```sh"); n != len(examples.FindAllString(got, -1)) || n < 6 {
		t.Errorf("%d commands, and %d are run", n, len(examples.FindAllString(got, -1)))
	}
}

// curl does what the command of that name would.
func (w *world) curl(t *testing.T, command, key string) string {
	t.Helper()
	args := words.FindAllString(command, -1)
	var target string
	var headers []func(*http.Request)
	for i := 1; i < len(args); i++ {
		arg := strings.ReplaceAll(strings.Trim(args[i], `'"`), "$KEY", key)
		if arg == "-H" {
			i++
			name, value, _ := strings.Cut(strings.ReplaceAll(strings.Trim(args[i], `'"`), "$KEY", key), ": ")
			headers = append(headers, sending(name, value))
			continue
		}
		path, ok := strings.CutPrefix(arg, site)
		if !ok {
			t.Fatalf("%s: what is %s?", command, arg)
		}
		target = path
	}
	res := w.ask(http.MethodGet, target, "", headers...)
	var out bytes.Buffer
	if err := json.Indent(&out, res.Body.Bytes(), "", "  "); err != nil {
		t.Fatalf("%s: %v: %s", command, err, res.Body)
	}
	return correlation.ReplaceAllString(strings.TrimSpace(out.String()), `"correlationId": "7KQ2M4XAB3CD"`) + "\n"
}

func (w *world) codes() string {
	w.t.Helper()
	var list api.ProblemList
	w.must(json.Unmarshal(w.ask(http.MethodGet, "/api/v1/problems", "").Body.Bytes(), &list))
	var rows strings.Builder
	for _, p := range list.Problems {
		fmt.Fprintf(&rows, "| %d | `%s` | %s |\n", p.Status, p.ErrorCode, p.Title)
	}
	return rows.String()
}
