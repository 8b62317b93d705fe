package keyfold_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
)

func TestTheEventsAreDocumented(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("# Events\n\nThe trail has one row for each of these. " +
		"A change of state writes exactly one, in the same transaction.\n\n" +
		"Made from the code by `go test . -update`; the test fails when it is out of date.\n\n" +
		"| kind | change of state | what it says |\n|---|---|---|\n")
	for _, k := range keyfold.EventKinds() {
		changes := "no"
		if k.Changes {
			changes = "yes"
		}
		fmt.Fprintf(&doc, "| `%s` | %s | %s |\n", k.Kind, changes, k.Meaning)
	}
	golden(t, "docs/events.md", doc.String())
}

// kinds finds the kinds in code: Kind: "…" of an event, and the last word of
// change(by, "…") and own(by, owner, "…").
var kinds = regexp.MustCompile(`(?:Kind:\s*|kind :?= |change\(by, |own\(by, owner, |endOffer\(by, |member\(by, m, )"([a-z_]+\.[a-z_]+)"`)

func TestNoEventOfTheCodeIsMissing(t *testing.T) {
	found := []string{"mail.failed", "mail.sent", "mail.void"} // made from the status of a mail
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, m := range kinds.FindAllStringSubmatch(string(code), -1) {
			found = append(found, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	var listed []string
	for _, k := range keyfold.EventKinds() {
		listed = append(listed, k.Kind)
	}
	if diff := cmp.Diff(slices.Compact(found), listed); diff != "" {
		t.Errorf("the code and EventKinds differ (-code +list):\n%s", diff)
	}
}

func TestOnlyChangesCarryKindsOfChange(t *testing.T) {
	changes := map[string]bool{}
	for _, k := range keyfold.EventKinds() {
		changes[k.Kind] = k.Changes
	}
	for _, from := range situations() {
		for _, tr := range transitions(t) {
			if c, err := tr.do(from.account); err == nil && !c.IsZero() && !changes[c.Event().Kind] {
				t.Errorf("%s from %s writes %q, which is listed as no change", tr.name, from.name, c.Event().Kind)
			}
		}
	}
}
