package store

import (
	"errors"

	"golang.org/x/sys/unix"
)

const canLock = true

// lock takes a lock if nobody else has it. It belongs to the open file, so that two
// databases that one process has open are two. Where there can be none, as when
// the database is closed, there is nothing to wait for.
func (t *turn) lock(what int64) bool {
	err := t.set(what, unix.F_WRLCK)
	return !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES)
}

func (t *turn) unlock(what int64) { _ = t.set(what, unix.F_UNLCK) } // never fails: what is not locked stays so

func (t *turn) set(what int64, kind int16) error {
	return unix.FcntlFlock(t.file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: kind, Start: what, Len: 1})
}
