package main

import (
	"context"
	"errors"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on, of this machine only."`
	Data   string `placeholder:"DIR" help:"Keep everything in this folder. Without it, all is forgotten at the end."`
}

// Run does the work of the command.
func (c *demoCmd) Run(_ context.Context, _ *environment) error {
	return errors.New("demo is not built yet")
}
