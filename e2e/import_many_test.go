package e2e_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestMillionsOfRowsGoThrough imports more customers than an import keeps in
// memory; with -torture, ten million of them.
func TestMillionsOfRowsGoThrough(t *testing.T) {
	rows := 20_000
	if *torture {
		rows = 10_000_000
	}
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			database := storetest.URL(t, engine)
			from, to := io.Pipe()
			go func() { to.CloseWithError(writeRows(to, rows)) }()
			cmd := importing(t.Context(), database, "", "--json")
			cmd.Stdin = from
			out, err := output(cmd)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var result struct{ Rows, New int }
			if err := json.Unmarshal([]byte(out), &result); err != nil || result.Rows != rows || result.New != rows {
				t.Errorf("%v: %s", err, out)
			}
			if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); !ok || used.Maxrss > 150<<10 {
				t.Errorf("it took %d MB of memory at the most", used.Maxrss>>10)
			} else {
				t.Logf("%d rows, %d MB of memory at the most, %s", rows, used.Maxrss>>10, out)
			}
		})
	}
}

func writeRows(to io.Writer, rows int) error {
	out := bufio.NewWriter(to)
	if _, err := out.WriteString(importHead); err != nil {
		return err
	}
	for i := range rows {
		if _, err := out.WriteString(importRow(i, 0)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// output is what a command says on standard output; what else it says is kept
// apart.
func output(cmd *exec.Cmd) (string, error) {
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil {
		return errs.String(), err
	}
	return out.String(), nil
}
