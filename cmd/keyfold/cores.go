package main

import (
	"math"
	"runtime"
	"runtime/debug"
)

// cores is how many hashes can run at once without getting in each other's way.
func cores() int { return max(1, runtime.GOMAXPROCS(0)/threadsPerCore) }

// threadsPerCore leaves a thread for pages beside each that hashes.
const threadsPerCore = 2

// roomForPages lets pages run while all cores hash. A hash takes its thread for
// tens of milliseconds; with a thread for each core, an answer that needs a
// hundredth of that would wait for the end of one. With two, the kernel shares
// the cores, and who has waited goes first. GOMAXPROCS, when the operator sets
// it, is twice the number of hashes at once.
func roomForPages(set string) {
	if set == "" {
		runtime.GOMAXPROCS(threadsPerCore * runtime.GOMAXPROCS(0))
	}
}

// roomForGarbage lets more of it lie about than the runtime would: what lives is
// a few MiB, so it would collect after every few requests. boundMemory says where
// it ends.
func roomForGarbage(set string) {
	if set == "" {
		debug.SetGCPercent(400)
	}
}

// besides is what all but the hashes may take: connections, pages, caches.
const besides = 256 << 20

// boundMemory has garbage collected before a machine of 512 MiB is full of it.
// Who lets hashes take more allows for more in all. GOMEMLIMIT, when the
// operator sets it, counts instead.
func boundMemory(hashes byteSize) {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(int64(hashes) + besides)
	}
}
