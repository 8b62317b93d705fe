package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestAuditDoc runs the commands of docs/audit.md.
func TestAuditDoc(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	_, environ := audited(t, "sqlite")
	blocks := regexp.MustCompile("(?s)```sh\n(keyfold .*?)\n```").FindAllStringSubmatch(string(page), -1)
	for _, block := range blocks {
		if code, out, errs := keyfoldIn(t, environ, strings.Fields(block[1])[1:]...); code != exitOK || out == "" {
			t.Errorf("%s: %d %s %s", block[1], code, out, errs)
		}
	}
	if len(blocks) != 4 {
		t.Errorf("%d commands were run, and this test knows 4", len(blocks))
	}
}
