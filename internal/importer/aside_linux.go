package importer

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// stepAside makes the goroutine one that the servers of this machine go before:
// who waits for a page is in a hurry. The one that writes is none of these, so
// that nobody waits for a transaction which waits for a core itself.
func stepAside() {
	runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), lowest)
}

const lowest = 19
