package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var (
	torture     = flag.Bool("torture", false, "run the long rounds; KEYFOLD_TORTURE says how many")
	screenshots = flag.String("screenshots", "", "folder for pictures of all pages; empty: none are taken")
)

// program is the path of the built program, which all tests start.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "keyfold-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "keyfold")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", program, "../cmd/keyfold")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build keyfold:", err)
		return 1
	}
	return m.Run()
}
