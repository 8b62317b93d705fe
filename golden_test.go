package keyfold_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
)

var update = flag.Bool("update", false, "write the documents that are made from the code")

// golden compares a document with the code that it is made from.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is out of date; run go test . -update (-file +code):\n%s", file, diff)
	}
}

func address(tb testing.TB, typed string) keyfold.Email {
	tb.Helper()
	e, err := keyfold.ParseEmail(typed)
	if err != nil {
		tb.Fatalf("%q: %v", typed, err)
	}
	return e
}
