package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/keyfold/keyfold/internal/transfer"
)

// keyFlag is the flag of every command that writes or reads a file that may be
// encrypted.
type keyFlag struct {
	Key string `placeholder:"FILE" help:"File with keys of age: encrypt for the public ones (age1…), open with the secret ones (AGE-SECRET-KEY-…). docs/backup.md explains it."`
}

// writeFile writes a new file, for its owner only, whole or not at all, and never
// over another one. - is standard output.
func (e *environment) writeFile(path, key string, write func(io.Writer) error) (err error) {
	if path == "-" {
		return sealing(e.stdout, key, write)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("there is a file %s already, and it stays as it is. Give another name", path), err)
	}
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, ".keyfold-*.part") // mode 0600
	if err != nil {
		return fmt.Errorf("the file cannot be written: %w", err)
	}
	defer func() {
		if gone := os.Remove(f.Name()); err == nil && gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = gone
		}
	}()
	err = sealing(f, key, write)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := putInPlace(f.Name(), path); err != nil {
		return fmt.Errorf("the file cannot be written: %w", err)
	}
	return syncFolder(folder)
}

// putInPlace gives a file its name, unless somebody was faster. Some file systems
// know no links.
func putInPlace(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, there := os.Lstat(to); !errors.Is(there, fs.ErrNotExist) {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

// sealing encrypts what is written, if there is a key.
func sealing(to io.Writer, key string, write func(io.Writer) error) error {
	if key == "" {
		return write(to)
	}
	sealed, err := transfer.Seal(to, key)
	if err != nil {
		return err
	}
	if err := write(sealed); err != nil {
		return err // not closed: what has no end cannot be taken for whole
	}
	return sealed.Close()
}

// readFile opens a file that may be encrypted. - is standard input.
func (e *environment) readFile(path, key string) (in io.Reader, done func(), err error) {
	if path == "-" {
		in, err = transfer.Unseal(e.stdin, key)
		return in, func() {}, err
	}
	f, err := os.Open(path) //nolint:gosec // G304: the operator names it
	if err != nil {
		return nil, nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	done = func() { _ = f.Close() } // it was only read
	if in, err = transfer.Unseal(f, key); err != nil {
		done()
	}
	return in, done, err
}
