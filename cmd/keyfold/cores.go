package main

import (
	"math"
	"runtime"
	"runtime/debug"

	"github.com/keyfold/keyfold/internal/password"
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

// roomForHashes says how the gate looks after memory. While there are hashes,
// it says when to collect, and boundMemory says where it ends; at rest, the
// runtime's own setting does. GOGC, when the operator sets it, always counts.
func roomForHashes() password.Memory {
	const usual = 100
	set := debug.SetGCPercent(usual)
	debug.SetGCPercent(set) // there is no other way to read it
	m := password.Memory{Begin: func() {}, Collect: func() {}, Rest: debug.FreeOSMemory}
	if set == usual {
		m.Begin = func() { debug.SetGCPercent(-1) }
		m.Collect = runtime.GC
		m.Rest = func() {
			debug.SetGCPercent(usual)
			debug.FreeOSMemory()
		}
	}
	return m
}

// besides is what all but the hashes may take: connections, pages, caches, and
// the garbage of hashes that are over.
const besides = 256 << 20

// boundMemory has garbage collected before a machine of 512 MiB is full of it.
// Who lets hashes take more allows for more in all. GOMEMLIMIT, when the
// operator sets it, counts instead.
func boundMemory(hashes byteSize) {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(int64(hashes) + besides)
	}
}
