// Command pgtest runs another command while a throw-away PostgreSQL server is
// there for the tests in it, so that they need not start one each:
//
//	go run ./internal/pgtest/cmd/pgtest -- go test ./...
//
// With PGTEST_URL set it only runs the command.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/keyfold/keyfold/internal/pgtest"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return 2, errors.New("usage: pgtest -- COMMAND [ARGUMENT...]")
	}
	env := os.Environ()
	if os.Getenv(pgtest.Variable) == "" {
		server, err := pgtest.Start(pgtest.Options{})
		if err != nil {
			return 1, err
		}
		defer server.Close() //nolint:errcheck // what counts is how the command ended
		env = append(env, pgtest.Variable+"="+server.URL())
	}
	return command(args, env)
}

// command runs the command to its end. A Ctrl-C reaches it without our help,
// and we must outlive it to clean up.
func command(args, env []string) (code int, err error) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupts)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("pgtest: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-interrupts:
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s) // only we got this one
			}
		case err := <-done:
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				return max(1, exit.ExitCode()), nil
			}
			if err != nil {
				return 1, fmt.Errorf("pgtest: %w", err)
			}
			return 0, nil
		}
	}
}
