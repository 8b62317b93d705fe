package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/transfer"
)

type exportCmd struct {
	Customers   exportCustomersCmd   `cmd:"" help:"Accounts with their contacts, as an import reads them."`
	Users       exportUsersCmd       `cmd:"" help:"Users, but not who deleted the login."`
	Memberships exportMembershipsCmd `cmd:"" help:"Which user has which roles in which account."`
	Events      exportEventsCmd      `cmd:"" help:"The whole trail of what happened."`
}

// exportFlags are what all exports have in common.
type exportFlags struct {
	configFlags `embed:""`
	keyFlag     `embed:""`
	Format      string `enum:"csv,jsonl," default:"" placeholder:"FORMAT" help:"csv or jsonl. Without it, the ending of the file says which, and without that, csv."`
	File        string `arg:"" help:"New file. Its ending says the format (.csv, .jsonl) and how it is compressed (.gz, .zst). - is standard output."`
}

// withSecrets is the flag of exports that could have hashes of passwords.
type withSecrets struct {
	WithSecrets bool `help:"Hashes of passwords as well. Only into a file that is encrypted, with --key."`
}

type (
	exportCustomersCmd struct {
		exportFlags `embed:""`
		withSecrets `embed:""`
	}
	exportUsersCmd struct {
		exportFlags `embed:""`
		withSecrets `embed:""`
	}
	exportMembershipsCmd struct {
		exportFlags `embed:""`
	}
	exportEventsCmd struct {
		exportFlags `embed:""`
	}
)

// Run writes the customers.
func (c *exportCustomersCmd) Run(ctx context.Context, env *environment) error {
	return c.export(ctx, env, transfer.Export{List: transfer.Customers, Secrets: c.WithSecrets})
}

// Run writes the users.
func (c *exportUsersCmd) Run(ctx context.Context, env *environment) error {
	return c.export(ctx, env, transfer.Export{List: transfer.Users, Secrets: c.WithSecrets})
}

// Run writes the memberships.
func (c *exportMembershipsCmd) Run(ctx context.Context, env *environment) error {
	return c.export(ctx, env, transfer.Export{List: transfer.Memberships})
}

// Run writes the trail.
func (c *exportEventsCmd) Run(ctx context.Context, env *environment) error {
	return c.export(ctx, env, transfer.Export{List: transfer.Events})
}

func (c *exportFlags) export(ctx context.Context, env *environment, e transfer.Export) (err error) {
	if e.Secrets && c.Key == "" {
		return errors.New("--with-secrets needs --key FILE: hashes of passwords leave the database only encrypted. docs/backup.md says how to make a key")
	}
	cfg, err := env.load(needDatabase)
	if err != nil {
		return err
	}
	name, sealed := strings.CutSuffix(strings.ToLower(c.File), ".age")
	if sealed && c.Key == "" {
		return errors.New("a file with the ending .age is encrypted. Say with --key FILE for whom")
	}
	if e.JSON, err = c.json(name); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), Now: env.now, Existing: true, KeepSchema: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var rows int64
	err = env.writeFile(c.File, c.Key, func(to io.Writer) error {
		return compressing(to, name, func(to io.Writer) (err error) {
			rows, err = e.Write(ctx, db, to)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("nothing was exported: %w", err)
	}
	return env.conclude(c.File, "%s.\n", count(int(rows), "row", "rows"))
}

// json finds the format by the name.
func (c *exportFlags) json(name string) (bool, error) {
	plain := strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch {
	case c.Format != "":
		return c.Format == "jsonl", nil
	case strings.HasSuffix(plain, ".jsonl"), strings.HasSuffix(plain, ".ndjson"):
		return true, nil
	case strings.HasSuffix(plain, ".csv"), c.File == "-":
		return false, nil
	}
	return false, fmt.Errorf("the name %s does not say in which format. End it in .csv or .jsonl, or add --format", c.File)
}

// compressing compresses what is written as the name says.
func compressing(to io.Writer, name string, write func(io.Writer) error) error {
	var packed io.WriteCloser
	switch {
	case strings.HasSuffix(name, ".gz"):
		packed = gzip.NewWriter(to)
	case strings.HasSuffix(name, ".zst"):
		var err error
		if packed, err = zstd.NewWriter(to, zstd.WithEncoderConcurrency(2)); err != nil {
			return err
		}
	default:
		return write(to)
	}
	return errors.Join(write(packed), packed.Close())
}
