//go:build unix && !linux

package pgtest

import "syscall"

// endWithParent leaves it to the watcher: this system knows no such thing.
func endWithParent(*syscall.SysProcAttr) {}
