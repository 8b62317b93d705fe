package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestImportDoc runs the commands of docs/import.md with the file that it shows.
func TestImportDoc(t *testing.T) {
	page, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, m := range regexp.MustCompile("(?s)```(\\w+)\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks[m[1]] = append(blocks[m[1]], m[2])
	}
	if len(blocks["sh"]) != 3 || len(blocks["csv"]) != 1 || len(blocks["text"]) != 1 || len(blocks["json"]) != 1 {
		t.Fatalf("the page has other blocks than this test knows: %q", blocks)
	}
	file := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(file, []byte(blocks["csv"][0]), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"KEYFOLD_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "k.db")}
	var outs []string
	for _, command := range blocks["sh"] {
		args := strings.Fields(strings.Replace(command, "customers.csv", file, 1))
		code, out, errs := keyfoldIn(t, env, args[1:]...)
		if code != exitOK {
			t.Errorf("%s gives %d\n%s%s", command, code, out, errs)
		}
		outs = append(outs, out)
	}
	if !strings.HasPrefix(outs[0], blocks["text"][0]+"\nReadiness of customers.csv: 2 customers\n") {
		t.Errorf("got %s", outs[0])
	}
	seconds := regexp.MustCompile(`"seconds":[0-9.e-]+`)
	if got, want := seconds.ReplaceAllString(outs[2], ""), seconds.ReplaceAllString(blocks["json"][0], ""); got != want {
		t.Errorf("got %swant %s", got, want)
	}
	var result importJSON
	if err := json.Unmarshal([]byte(outs[2]), &result); err != nil {
		t.Error(err)
	}
	columns := string(page)
	for _, name := range []string{"customer_id", "contact_2_primary", "password_username", "totp_seed", "without_password", "left_out", "problems"} {
		if !strings.Contains(columns, "`"+name+"`") {
			t.Errorf("%s is not explained", name)
		}
	}
}
