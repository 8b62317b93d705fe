package archtest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEachProofOfTheSecurityPageIsATest keeps docs/asvs.md honest: what it names
// as a proof is there.
func TestEachProofOfTheSecurityPageIsATest(t *testing.T) {
	page, err := os.ReadFile("../../docs/asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, stories := testsAndStories(t)
	named := 0
	for _, m := range regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+|[a-z0-9-]+\\.txt)`").FindAllStringSubmatch(string(page), -1) {
		named++
		if !tests[m[1]] && !stories[m[1]] {
			t.Errorf("docs/asvs.md names %s, which is not there", m[1])
		}
	}
	if named < 60 {
		t.Errorf("only %d proofs are named", named)
	}
}

func testsAndStories(t *testing.T) (tests, stories map[string]bool) {
	t.Helper()
	tests, stories = map[string]bool{}, map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(path, "_test.go"):
			code, err := os.ReadFile(path)
			for _, m := range declared.FindAllStringSubmatch(string(code), -1) {
				tests[m[1]] = true
			}
			return err
		case filepath.Ext(path) == ".txt":
			stories[d.Name()] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests, stories
}
