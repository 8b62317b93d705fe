package main

import (
	"context"
	"io"
	"strings"
)

type configCheckCmd struct {
	configFlags `embed:""`
}

// Run says whether a server could start.
func (c *configCheckCmd) Run(_ context.Context, env *environment) error {
	cfg, err := env.load(needAll)
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, w := range cfg.Warnings {
		out.WriteString("warning: " + w + "\n")
	}
	out.WriteString("configuration is complete\n")
	_, err = io.WriteString(env.stdout, out.String())
	return err
}

type configPrintCmd struct {
	configFlags `embed:""`
}

// Run shows the configuration in force. What is missing does not stop it.
func (c *configPrintCmd) Run(_ context.Context, env *environment) error {
	cfg, err := env.load(needNothing)
	if err != nil {
		return err
	}
	return cfg.print(env.stdout)
}
