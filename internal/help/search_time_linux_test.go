package help_test

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/keyfold/keyfold"
)

// The time of the processor is measured, since others use the machine too.
func TestASearchTakesLessThanTwentyMilliseconds(t *testing.T) {
	t.Parallel()
	l := thousand(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, query := range worst() {
		const times = 20
		began := spent(t)
		for range times {
			l.Search(keyfold.Dutch, query)
		}
		if took := (spent(t) - began) / times; took > 20*time.Millisecond {
			t.Errorf("%q takes %s among 1,000 articles", query, took)
		}
	}
}

// spent is what this thread has taken of the processor.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
