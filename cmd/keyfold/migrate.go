package main

import (
	"context"
	"errors"
	"fmt"
)

type migrateCmd struct {
	configFlags `embed:""`
}

// Run brings the schema up to date and says which version it has.
func (c *migrateCmd) Run(ctx context.Context, env *environment) (err error) {
	cfg, err := env.load(needDatabase)
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, false, env.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	v, err := db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "The database has schema version %d, which is the newest that this program knows.\n", v.There)
	return err
}
