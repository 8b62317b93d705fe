package pgtest

import (
	"context"
	"os"
	"sync"
	"testing"
)

// Variable names the environment variable with the URL of a server to use. Its
// user must be allowed to create and drop databases.
const Variable = "PGTEST_URL"

// Server is the server that all tests of this process share.
func Server(tb testing.TB) *Instance {
	tb.Helper()
	i, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return i
}

// There is one per process, as the process is what ends it.
var shared = sync.OnceValues(func() (*Instance, error) {
	if url := os.Getenv(Variable); url != "" {
		return connected(url)
	}
	return Start(Options{})
})

// Own starts a server for one test alone, which may stop and start it. What it
// has committed survives, as it would in earnest.
func Own(tb testing.TB, o Options) *Instance {
	tb.Helper()
	o.Durable = true
	i, err := Start(o)
	if err != nil {
		tb.Fatal(err)
	}
	i.owned = true
	tb.Cleanup(func() {
		if err := i.Close(); err != nil {
			tb.Error(err)
		}
	})
	return i
}

// Database is the URL of a new and empty database on the shared server.
func Database(tb testing.TB) string {
	tb.Helper()
	return Server(tb).Database(tb)
}

// Template is the URL of a new database on the shared server that holds what
// migrate has made. See [Instance.Template].
func Template(tb testing.TB, name string, migrate func(url string) error) string {
	tb.Helper()
	return Server(tb).Template(tb, name, migrate)
}

// Database is the URL of a new and empty database. It is dropped, with all its
// connections, when the test ends.
func (i *Instance) Database(tb testing.TB) string {
	tb.Helper()
	name, err := i.create(tb.Context(), "template1")
	if err != nil {
		tb.Fatal(err)
	}
	i.dropAfter(tb, name)
	return i.url(name)
}

// Template is the URL of a new database that is a copy of the template called
// name. The first who asks for that name has the template made: migrate gets
// the URL of an empty database, and must have closed its connections when it
// returns.
func (i *Instance) Template(tb testing.TB, name string, migrate func(url string) error) string {
	tb.Helper()
	template, err := i.template(tb.Context(), name, migrate)
	if err != nil {
		tb.Fatal(err)
	}
	database, err := i.create(tb.Context(), template)
	if err != nil {
		tb.Fatal(err)
	}
	i.dropAfter(tb, database)
	return i.url(database)
}

func (i *Instance) dropAfter(tb testing.TB, name string) {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	tb.Cleanup(func() {
		if i.stopped() {
			return // Own removes all of it in a moment
		}
		if err := i.drop(ctx, name); err != nil {
			tb.Error(err)
		}
	})
}

// Stop ends the server of a test that owns it.
func (i *Instance) Stop(tb testing.TB, how Mode) {
	tb.Helper()
	i.mustOwn(tb)
	if err := i.stop(how); err != nil {
		tb.Fatal(err)
	}
}

// Start starts a server again that [Instance.Stop] has ended. Its URLs stay
// what they were.
func (i *Instance) Start(tb testing.TB) {
	tb.Helper()
	i.mustOwn(tb)
	if err := i.start(); err != nil {
		tb.Fatal(err)
	}
}

// Restart is Stop and Start.
func (i *Instance) Restart(tb testing.TB, how Mode) {
	tb.Helper()
	i.Stop(tb, how)
	i.Start(tb)
}

func (i *Instance) mustOwn(tb testing.TB) {
	tb.Helper()
	if !i.owned {
		tb.Fatal("pgtest: other tests use this server too; ask for one with pgtest.Own")
	}
}
