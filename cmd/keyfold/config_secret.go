package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/keyfold/keyfold/internal/token"
)

// loadSecret gives c the server's key when none was configured: from the file
// beside the SQLite database, which the first start makes. Two starts at once
// end up with one key.
func (c *config) loadSecret() error {
	if !c.Secret.IsZero() {
		return nil
	}
	if !c.DatabaseURL.SQLite() {
		return errors.New("secret is missing: with PostgreSQL all servers must share one. Set KEYFOLD_SECRET or KEYFOLD_SECRET_FILE; make one with: openssl rand -base64 32")
	}
	path := c.secretPath()
	err := makeSecret(path)
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path) //nolint:gosec // G304: beside the operator's own database
	}
	if err != nil {
		return fmt.Errorf("the secret file %s: %w. Make its folder writable for this user, or set KEYFOLD_SECRET", path, bare(err))
	}
	secret, err := parseSecret(strings.TrimRight(string(text), "\r\n"))
	if err != nil {
		return fmt.Errorf("the secret file %s holds less than 32 characters. Bring it back from a backup, or delete it: a new one is made, and links that are under way stop working", path)
	}
	c.Secret = secret
	c.sources["secret"] = origin{path}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s can be read by others: chmod 600 %s", path, path))
	}
	return nil
}

// secretPath is the file beside the SQLite database.
func (c *config) secretPath() string { return c.DatabaseURL.Path() + ".secret" }

// makeSecret writes a new secret where there is none, whole or not at all, and
// never over another one: the link to the final name fails when somebody was faster.
func makeSecret(path string) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(token.New().Reveal() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the new name survive a power cut: losing the secret would
// void every link that was mailed.
func syncFolder(path string) error {
	d, err := os.Open(path) //nolint:gosec // G304: the folder of the operator's own database
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
