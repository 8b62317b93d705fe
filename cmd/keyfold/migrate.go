package main

import (
	"context"
	"errors"
)

type migrateCmd struct {
	configFlags `embed:""`
}

// Run does the work of the command.
func (c *migrateCmd) Run(_ context.Context, _ *environment) error {
	return errors.New("migrate is not built yet")
}
