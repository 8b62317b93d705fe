package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/locale"
)

type funnelCmd struct {
	configFlags `embed:""`
	From        string `placeholder:"DAY" help:"First day, like 2026-03-01. Without it: 30 days to the last one."`
	To          string `placeholder:"DAY" help:"Last day. Without it: today."`
	Entity      string `placeholder:"CODE" help:"Only accounts of this entity."`
	CSV         bool   `xor:"form" help:"Every day and entity, as a table for spreadsheets."`
	JSON        bool   `xor:"form" help:"Every day, for programs."`
	Check       bool   `xor:"form" help:"Compare what was counted with the accounts, one by one."`
}

// Run shows what was counted.
func (c *funnelCmd) Run(ctx context.Context, env *environment) (err error) {
	cfg, err := env.load(needDatabase)
	if err != nil {
		return err
	}
	texts, err := locale.Load()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, true, env.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := &funnel.Service{DB: db, Zone: cfg.TimeZone}
	q := funnel.Query{From: c.From, To: c.To, Entity: c.Entity}
	english := texts.Printer(keyfold.English)
	switch {
	case c.Check:
		err = checkFunnel(ctx, env.stdout, s, english)
	case c.CSV:
		err = writeParts(ctx, env.stdout, s, q)
	default:
		err = c.report(ctx, env, s, q, english)
	}
	return spoken(err)
}

func (c *funnelCmd) report(ctx context.Context, env *environment, s *funnel.Service, q funnel.Query, english *locale.Printer) error {
	r, err := s.Read(ctx, q)
	if err != nil {
		return err
	}
	if c.JSON {
		to := json.NewEncoder(env.stdout)
		to.SetIndent("", "  ")
		return to.Encode(struct {
			funnel.Report

			AsOf   string `json:"as_of"`
			Behind int64  `json:"behind"`
		}{r, r.At.AsOf.UTC().Format("2006-01-02T15:04:05Z"), r.At.Behind})
	}
	out := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...string) { _, _ = fmt.Fprint(out, strings.Join(cells, "\t")+"\t\n") } // Flush says it
	after, number := r.After(), english.Number
	row("accounts", "change", "came to it", "", cmp.Or(r.Entity, "all entities")+", "+r.From+" to "+r.To)
	for _, stage := range funnel.All() {
		row(number(after[stage]), number(after[stage]-r.Before[stage]), number(r.Entered[stage]), "", english.Text("care.funnel_stage_"+string(stage)))
	}
	row("", "", "", "", "")
	row("of those who came", "", "", "", "")
	for _, stage := range funnel.Reaching() {
		row(number(r.Reached[stage]), english.Share(r.Reached[stage], r.Reached[funnel.Asked]), "", "", english.Text("care.funnel_reached_"+string(stage)))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	said := "Everything is counted."
	if r.At.Behind > 0 {
		said = fmt.Sprintf("What happened after %s is not counted yet, at most %s events. A running server counts it.", r.At.AsOf.In(s.Zone).Format("2006-01-02 15:04"), number(r.At.Behind))
	}
	_, err = fmt.Fprintf(env.stdout, "\n%s\n", said)
	return err
}

func writeParts(ctx context.Context, to io.Writer, s *funnel.Service, q funnel.Query) error {
	for part, err := range s.File(ctx, q, funnel.PlainNames()) {
		if err != nil {
			return err
		}
		if _, err := to.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// errMiscounted ends the check with a code that a timer can see.
var errMiscounted = errors.New("what was counted is not what there is: keep the database, and report this as a fault of the product")

func checkFunnel(ctx context.Context, to io.Writer, s *funnel.Service, english *locale.Printer) error {
	found, err := s.Check(ctx)
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, d := range found.Differences {
		fmt.Fprintf(&out, "%s, %s: %s counted, %s present\n", d.Entity, english.Text("care.funnel_stage_"+string(d.Stage)), english.Number(d.Counted), english.Number(d.Present))
	}
	if len(found.Differences) == 0 {
		fmt.Fprintf(&out, "%s accounts are where they were counted, to the unit.\n", english.Number(found.Accounts))
	}
	if _, err := io.WriteString(to, out.String()); err != nil {
		return err
	}
	if len(found.Differences) > 0 {
		return errMiscounted
	}
	return nil
}
