package main

import (
	"context"
	"errors"
)

type importCustomersCmd struct {
	configFlags `embed:""`
	NoMigrate   bool   `help:"Leave the database schema as it is."`
	File        string `arg:"" help:"CSV file with a head line: customer_id, name, contact_email, contact_name, and if you like password_hash, locale, status. - is standard input."`
}

// Run does the work of the command.
func (c *importCustomersCmd) Run(_ context.Context, _ *environment) error {
	return errors.New("import is not built yet")
}
