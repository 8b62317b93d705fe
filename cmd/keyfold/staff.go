package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

type staffCmd struct {
	Add     staffAddCmd     `cmd:"" help:"Let somebody in: makes a login and its enrolment link."`
	List    staffListCmd    `cmd:"" help:"Show who is staff."`
	Role    staffRoleCmd    `cmd:"" help:"Give somebody another role."`
	Disable staffDisableCmd `cmd:"" help:"End a login, at once and everywhere."`
	Enable  staffEnableCmd  `cmd:"" help:"Give a login back that was ended, with a new enrolment link."`
	Reset   staffResetCmd   `cmd:"" help:"Void password and app of a login, and make a new enrolment link."`
}

type (
	staffAddCmd struct {
		configFlags `embed:""`
		Role        string `required:"" enum:"agent,supervisor,auditor,administrator" placeholder:"ROLE" help:"agent, supervisor, auditor or administrator. docs/staff-roles.md says what each may do."`
		Name        string `required:"" placeholder:"NAME" help:"Name, as colleagues see it."`
		Language    string `enum:"en,nl,de" default:"en" placeholder:"TAG" help:"Language of the care desk for them: en, nl or de. Default: en."`
		Email       string `arg:"" help:"Their address. It is the name of the login."`
	}
	staffListCmd struct {
		configFlags `embed:""`
		JSON        bool `help:"For programs: one line of JSON for each."`
	}
	staffRoleCmd struct {
		configFlags `embed:""`
		Email       string `arg:"" help:"Address of the login."`
		Role        string `arg:"" enum:"agent,supervisor,auditor,administrator" help:"agent, supervisor, auditor or administrator."`
	}
	staffDisableCmd struct {
		configFlags `embed:""`
		Email       string `arg:"" help:"Address of the login."`
	}
	staffEnableCmd struct {
		configFlags `embed:""`
		Email       string `arg:"" help:"Address of the login."`
	}
	staffResetCmd struct {
		configFlags `embed:""`
		Email       string `arg:"" help:"Address of the login."`
	}
)

// Run makes a login. Who has its link becomes that person.
func (c *staffAddCmd) Run(ctx context.Context, env *environment) error {
	email, err := keyfold.ParseEmail(c.Email)
	if err != nil {
		return spoken(err)
	}
	name, err := keyfold.ParseName(c.Name)
	if err == nil && name == "" {
		err = errors.New("--name is empty: colleagues have to know who it is")
	}
	if err != nil {
		return spoken(err)
	}
	role, err := keyfold.ParseStaffRole(c.Role)
	if err != nil {
		return spoken(err)
	}
	language, err := keyfold.ParseLanguage(c.Language)
	if err != nil {
		return spoken(err)
	}
	return env.atDesk(ctx, func(d *deskOffice) error {
		in, err := d.Add(ctx, d.by, staff.Newcomer{Email: email, Name: name, Role: role, Language: language})
		return d.handOver(in, err, "%s is one of the staff, in the role of %s.\n")
	})
}

// Run voids both proofs of a login.
func (c *staffResetCmd) Run(ctx context.Context, env *environment) error {
	return env.atDeskOf(ctx, c.Email, func(d *deskOffice, id keyfold.StaffID) error {
		in, err := d.Reset(ctx, d.by, id)
		return d.handOver(in, err, "Password and app of %s (%s) are void, and every session has ended.\n")
	})
}

// Run gives a login back.
func (c *staffEnableCmd) Run(ctx context.Context, env *environment) error {
	return env.atDeskOf(ctx, c.Email, func(d *deskOffice, id keyfold.StaffID) error {
		in, err := d.Enable(ctx, d.by, id)
		return d.handOver(in, err, "%s may log in again, in the role of %s, with another password and app than before.\n")
	})
}

// Run ends a login.
func (c *staffDisableCmd) Run(ctx context.Context, env *environment) error {
	return env.atDeskOf(ctx, c.Email, func(d *deskOffice, id keyfold.StaffID) error {
		if err := d.Disable(ctx, d.by, id); err != nil {
			return spoken(err)
		}
		return env.say("The login of %s has ended, in every browser.\n", c.Email)
	})
}

// Run gives another role.
func (c *staffRoleCmd) Run(ctx context.Context, env *environment) error {
	role, err := keyfold.ParseStaffRole(c.Role)
	if err != nil {
		return spoken(err)
	}
	return env.atDeskOf(ctx, c.Email, func(d *deskOffice, id keyfold.StaffID) error {
		if err := d.ChangeRole(ctx, d.by, id, role); err != nil {
			return spoken(err)
		}
		return env.say("%s has the role of %s from now on, and logs in once more.\n", c.Email, role)
	})
}

// Run shows who is staff.
func (c *staffListCmd) Run(ctx context.Context, env *environment) (err error) {
	cfg, err := env.load(needDatabase)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), Now: env.now, Existing: true, KeepSchema: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	all, err := db.Reader().Colleagues(ctx)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return listJSON(env.stdout, all)
	case len(all) == 0:
		return env.say("Nobody is staff yet. Let the first one in: keyfold staff add EMAIL --role administrator --name NAME\n")
	}
	return listText(env.stdout, all, cfg.TimeZone)
}

// A listedColleague is one line of the list for programs.
type listedColleague struct {
	ID       keyfold.StaffID   `json:"id"`
	Email    string            `json:"email"`
	Name     string            `json:"name"`
	Language string            `json:"language"`
	Role     keyfold.StaffRole `json:"role"`
	State    string            `json:"state"` // enrolled, waiting or disabled
	Added    time.Time         `json:"added"`
	Seen     *time.Time        `json:"seen,omitempty"`
}

func listJSON(to io.Writer, all []store.Colleague) error {
	out := json.NewEncoder(to)
	for _, c := range all {
		line := listedColleague{c.ID, c.Email.String(), c.Name, c.Language.String(), c.Role, stateOf(c.Staff), c.Added, nil}
		if !c.Seen.IsZero() {
			line.Seen = &c.Seen
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func listText(to io.Writer, all []store.Colleague, zone *time.Location) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(out, "NAME\tEMAIL\tROLE\tSTATE\tADDED\tLOGGED IN, LAST SEEN") // kept until it is flushed
	for _, c := range all {
		seen := "-"
		if !c.Seen.IsZero() {
			seen = c.Seen.In(zone).Format("2006-01-02 15:04")
		}
		_, _ = fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Name, c.Email, c.Role, stateOf(c.Staff), c.Added.In(zone).Format(time.DateOnly), seen)
	}
	return out.Flush()
}

func stateOf(s keyfold.Staff) string {
	switch {
	case s.Disabled:
		return "disabled"
	case !s.Enrolled():
		return "waiting"
	}
	return "enrolled"
}

// A deskOffice is where an operator changes who is staff.
type deskOffice struct {
	*staff.Service

	env  *environment
	by   keyfold.Act
	base url.URL // of links
	zone *time.Location
}

// atDesk opens the office for one act.
func (e *environment) atDesk(ctx context.Context, do func(*deskOffice) error) (err error) {
	cfg, err := e.load(needDatabase)
	if err != nil {
		return err
	}
	if cfg.deskURL().Host == "" {
		return errors.New("public_url is missing: enrolment links start with it, like https://login.example.com. Set KEYFOLD_PUBLIC_URL, or KEYFOLD_CARE_URL where the staff have an address of their own")
	}
	if err := cfg.loadSecret(); err != nil {
		return err
	}
	key := token.NewKey(cfg.Secret.Reveal())
	db, err := openStore(ctx, cfg, false, e.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := checkSecret(ctx, db, key); err != nil {
		return err
	}
	return do(&deskOffice{
		Service: &staff.Service{DB: db, Teller: notice.Teller{Key: key}},
		env:     e, by: keyfold.Act{By: operator()}, base: cfg.deskURL(), zone: cfg.TimeZone,
	})
}

// atDeskOf is atDesk about somebody who is staff.
func (e *environment) atDeskOf(ctx context.Context, address string, do func(*deskOffice, keyfold.StaffID) error) error {
	email, err := keyfold.ParseEmail(address)
	if err != nil {
		return spoken(err)
	}
	return e.atDesk(ctx, func(d *deskOffice) error {
		f, err := d.DB.Reader().StaffByEmail(ctx, email)
		if err != nil {
			return spoken(err)
		}
		return do(d, f.ID)
	})
}

// operator is who types a command, as the trail names it.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "operator:" + u.Username
	}
	return "operator"
}

// handOver prints what was done and the link, which alone is on a line.
func (d *deskOffice) handOver(in staff.Invited, err error, done string) error {
	if err != nil {
		return spoken(err)
	}
	link := d.base.JoinPath("care", "enrol", in.Link.Reveal())
	return d.env.say(done+`
Give this link to nobody but them: whoever opens it chooses the password and the
app of this login. It works once, until %s.

%s
`, in.Staff.Name, in.Staff.Role, in.Until.In(d.zone).Format("2006-01-02 15:04 MST"), link)
}

func (e *environment) say(format string, args ...any) error {
	_, err := fmt.Fprintf(e.stdout, format, args...)
	return err
}

// spoken is a refusal in words, and any other error as it is.
func spoken(err error) error {
	reasons := keyfold.Refused(err)
	if len(reasons) == 0 {
		return err
	}
	texts, fault := locale.Load()
	if fault != nil {
		return fault
	}
	said := make([]string, 0, len(reasons))
	for _, r := range reasons {
		said = append(said, texts.Printer(keyfold.English).Text(r.Text, r.Args...))
	}
	return errors.New(strings.Join(said, ". "))
}
