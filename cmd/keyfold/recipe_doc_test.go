package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestImportHashesDoc runs the command of docs/import-hashes.md with the files
// that it shows, and reads every recipe in it.
func TestImportHashesDoc(t *testing.T) {
	page, err := os.ReadFile("../../docs/import-hashes.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, m := range regexp.MustCompile("(?s)```(\\w+)\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks[m[1]] = append(blocks[m[1]], m[2])
	}
	if len(blocks["sh"]) != 1 || len(blocks["csv"]) != 1 || len(blocks["text"]) != 1 || len(blocks["yaml"]) < 6 {
		t.Fatalf("the page has other blocks than this test knows: %q", blocks)
	}
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	paths := strings.NewReplacer("recipe.yaml", put("recipe.yaml", blocks["yaml"][0]), "vectors.csv", put("vectors.csv", blocks["csv"][0]))
	args := strings.Fields(paths.Replace(blocks["sh"][0]))
	if code, out, errs := keyfoldIn(t, nil, args[1:]...); code != exitOK || out != blocks["text"][0] {
		t.Errorf("%s gives %d\n%s%s", blocks["sh"][0], code, out, errs)
	}
	for _, text := range blocks["yaml"] {
		if _, err := readRecipe(put("another.yaml", text)); err != nil {
			t.Errorf("%s%v", text, err)
		}
	}
}
