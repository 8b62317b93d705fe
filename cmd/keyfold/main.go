// Keyfold moves customers from customer-ID logins to email logins.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // time zones, where the machine brings none
)

func main() {
	roomForPages(os.Getenv("GOMAXPROCS"))
	roomForGarbage(os.Getenv("GOGC"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
	stop()
	os.Exit(code)
}

// run is main without the process around it: tests call it. It gives the exit
// code: 0 done, 1 a problem that was printed, 2 a command line that makes no
// sense, 3 an import that left some rows out.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	return dispatch(ctx, args, &environment{
		stdin: stdin, stdout: stdout, stderr: stderr, environ: environ, now: time.Now,
	})
}
