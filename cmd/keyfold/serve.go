package main

import (
	"context"
	"errors"
)

type serveCmd struct {
	configFlags `embed:""`
	NoMigrate   bool `help:"Leave the database schema as it is."`
}

// Run does the work of the command.
func (c *serveCmd) Run(_ context.Context, _ *environment) error {
	return errors.New("serve is not built yet")
}
