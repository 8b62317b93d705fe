package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/trail"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Look whether any event was changed, taken away, added or moved."`
	Query  auditQueryCmd  `cmd:"" help:"Show the newest events that fit."`
	Export auditExportCmd `cmd:"" help:"Write sealed events as JSON Lines, for a SIEM."`
	Prune  auditPruneCmd  `cmd:"" help:"Take events away whose time is over, as the server does by itself."`
}

type (
	auditVerifyCmd struct {
		configFlags `embed:""`
		Head        string `placeholder:"NUMBER:HASH" help:"Head that an earlier verify, an export or the log of the server gave: also finds a trail that was cut off or written anew."`
		JSON        bool   `help:"For programs: the result as JSON."`
	}
	auditQueryCmd struct {
		configFlags `embed:""`
		Since       string `placeholder:"TIME" help:"From this day or moment on: 2026-11-25, or 2026-11-25T09:00:00Z."`
		Until       string `placeholder:"TIME" help:"Before this day or moment."`
		Account     string `placeholder:"ID" help:"Customer ID of the account."`
		User        string `placeholder:"USER" help:"Address or ID of a user: what they did, and what was done about them."`
		Staff       string `placeholder:"STAFF" help:"Address or ID of somebody of the staff: what they did, and what was done about them."`
		Kind        string `placeholder:"KIND" help:"A kind of docs/events.md, like user.deleted, or all of a noun, like staff."`
		Limit       int    `default:"100" placeholder:"N" help:"Events at most. Default: 100."`
	}
	auditPruneCmd struct {
		configFlags `embed:""`
		DryRun      bool `help:"Only say how many would go."`
		EvenIfWrong bool `help:"Also events that are not as they were written. Keep a copy of the database before."`
	}
	auditExportCmd struct {
		configFlags `embed:""`
		keyFlag     `embed:""`
		After       int64  `placeholder:"SEQ" help:"Only events after this place: the seq of the last event of the export before."`
		Out         string `default:"-" placeholder:"FILE" help:"New file, for its owner only. Default: standard output."`
	}
)

// Run walks along the trail.
func (c *auditVerifyCmd) Run(ctx context.Context, env *environment) error {
	var kept trail.Head
	if c.Head != "" {
		var err error
		if kept, err = trail.ParseHead(c.Head); err != nil {
			return err
		}
	}
	return env.audit(ctx, true, func(_ *config, s *trail.Service) error {
		tell, wipe := env.walking()
		report, err := s.Verify(ctx, trail.Check{Kept: kept, Tell: tell})
		wipe()
		if err != nil {
			return err
		}
		if err := c.tell(env.stdout, report); err != nil {
			return err
		}
		if report.Whole() {
			return nil
		}
		return fmt.Errorf("the trail is not as it was written: %s. Keep a copy of the database now; docs/audit.md says what to do", count(int(report.Wrong), "fault", "faults"))
	})
}

// walking says on a terminal how far a walk along the trail is.
func (e *environment) walking() (tell func(done, all int64), wipe func()) {
	if !isTerminal(e.stderr) {
		return nil, func() {}
	}
	var shown time.Time
	return func(done, all int64) {
		if now := e.now(); all > 0 && now.Sub(shown) >= onTerminal {
			shown = now
			_, _ = fmt.Fprintf(e.stderr, "\r\x1b[K%d %% of %s", 100*done/all, count(int(all), "event", "events"))
		}
	}, func() { _, _ = io.WriteString(e.stderr, "\r\x1b[K") }
}

// Run takes events away whose time is over.
func (c *auditPruneCmd) Run(ctx context.Context, env *environment) error {
	return env.audit(ctx, true, func(cfg *config, s *trail.Service) error {
		n, err := s.Prune(ctx, trail.Pruning{Keep: cfg.Audit.Keep, Try: c.DryRun, Wrong: c.EvenIfWrong})
		done := "%s had had their time (audit.keep), and are gone. Their seals stay.\n"
		if c.DryRun {
			done = "%s have had their time (audit.keep), and would go. Their seals stay.\n"
		}
		return errors.Join(env.say(done, count(int(n), "event", "events")), err)
	})
}

func (c *auditVerifyCmd) tell(to io.Writer, r trail.Report) error {
	if c.JSON {
		if r.Faults == nil {
			r.Faults = []trail.Fault{}
		}
		return json.NewEncoder(to).Encode(struct {
			Whole    bool          `json:"whole"`
			Events   int64         `json:"events"`
			Seals    int64         `json:"seals"`
			Pruned   int64         `json:"pruned"`
			Unsealed int64         `json:"unsealed"`
			Head     string        `json:"head"`
			Wrong    int64         `json:"wrong"`
			Faults   []trail.Fault `json:"faults"`
		}{r.Whole(), r.Events, r.Seals, r.Pruned, r.Unsealed, r.Head.String(), r.Wrong, r.Faults})
	}
	out := bufio.NewWriter(to)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) } // kept until it is flushed
	for _, f := range r.Faults {
		say("%s.\n", f.What)
	}
	if more := r.Wrong - int64(len(r.Faults)); more > 0 {
		say("%d more are not told one by one.\n", more)
	}
	say("%d events and %d seals were looked at.\n", r.Events, r.Seals)
	if r.Pruned > 0 {
		say("%d older events had their time; their seals are there.\n", r.Pruned)
	}
	if r.Unsealed > 0 {
		say("%d of them are newest and not sealed yet: nothing can be said of those.\n", r.Unsealed)
	}
	if r.Whole() {
		say("All is as it was written.\n")
	}
	say("Keep this head somewhere else: %s\n", r.Head)
	return out.Flush()
}

// Run shows events.
func (c *auditQueryCmd) Run(ctx context.Context, env *environment) error {
	if c.Limit < 1 || c.Limit > 100_000 {
		return errors.New("--limit is between 1 and 100000. For more, use: keyfold audit export")
	}
	return env.audit(ctx, false, func(cfg *config, s *trail.Service) error {
		search, err := c.search(ctx, cfg, s.DB.Reader())
		if err != nil {
			return err
		}
		rows, err := s.DB.Reader().SearchEvents(ctx, search, c.Limit)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return env.say("No event fits.\n")
		}
		return eventTable(env.stdout, rows, cfg.TimeZone)
	})
}

func (c *auditQueryCmd) search(ctx context.Context, cfg *config, r store.Reader) (s store.EventSearch, err error) {
	var bad error
	s.Since, err = moment("since", c.Since, cfg.TimeZone)
	s.Until, bad = moment("until", c.Until, cfg.TimeZone)
	if err = errors.Join(err, bad); err != nil {
		return s, err
	}
	if c.Account != "" {
		if s.Account, err = keyfold.ParseCustomerID(c.Account); err != nil {
			return s, spoken(err)
		}
	}
	s.User, s.Staff = keyfold.UserID(c.User), keyfold.StaffID(strings.TrimPrefix(c.Staff, "staff:"))
	if strings.Contains(c.User, "@") {
		if s.User, err = userOf(ctx, r, c.User); err != nil {
			return s, err
		}
	}
	if strings.Contains(c.Staff, "@") {
		email, err := keyfold.ParseEmail(c.Staff)
		if err != nil {
			return s, spoken(err)
		}
		f, err := r.StaffByEmail(ctx, email)
		if err != nil {
			return s, spoken(err)
		}
		s.Staff = f.ID
	}
	if s.Kind = c.Kind; c.Kind != "" && !strings.Contains(c.Kind, ".") {
		s.Kind += "."
	}
	return s, nil
}

// userOf finds a user by the address.
func userOf(ctx context.Context, r store.Reader, address string) (keyfold.UserID, error) {
	email, err := keyfold.ParseEmail(address)
	if err != nil {
		return "", spoken(err)
	}
	u, err := r.UserByEmail(ctx, email)
	if err != nil {
		return "", fmt.Errorf("there is no user with the address %s", email)
	}
	return u.ID, nil
}

// moment reads a day or a moment of a flag.
func moment(flag, typed string, zone *time.Location) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, typed, zone); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, typed)
	if err != nil {
		return at, fmt.Errorf("--%s %q is no day and no moment. Write 2026-11-25, or 2026-11-25T09:00:00Z", flag, typed)
	}
	return at, nil
}

func eventTable(to io.Writer, rows []store.TrailRow, zone *time.Location) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(out, "SEQ\tTIME\tKIND\tACTOR\tACCOUNT\tUSER\tORIGIN\tNOTE") // kept until it is flushed
	for _, r := range rows {
		_, _ = fmt.Fprintf(out, "%d\t%s", r.Seq, time.UnixMilli(r.At).In(zone).Format(time.DateTime))
		for _, cell := range []string{r.Kind, r.Actor, r.Account, r.User, r.Origin, r.Note} {
			_, _ = fmt.Fprintf(out, "\t%s", tame(cell))
		}
		_, _ = fmt.Fprintln(out)
	}
	return out.Flush()
}

// tame is a text that moves no cursor and runs in no spreadsheet, whoever wrote it
// into the database.
func tame(cell string) string {
	cell = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) || r == unicode.ReplacementChar || r == '\u2028' || r == '\u2029' {
			return '?'
		}
		return r
	}, cell)
	switch {
	case cell == "":
		return "-"
	case strings.ContainsRune("=+-@", rune(cell[0])):
		return "'" + cell
	}
	return cell
}

// Run writes the trail for another program.
func (c *auditExportCmd) Run(ctx context.Context, env *environment) error {
	return env.audit(ctx, false, func(_ *config, s *trail.Service) error {
		var head trail.Head
		var events int64
		err := env.writeFile(c.Out, c.Key, func(to io.Writer) (err error) {
			out := bufio.NewWriter(to)
			head, events, err = trail.Export(ctx, s.DB, c.After, out)
			return errors.Join(err, out.Flush())
		})
		if err != nil {
			return fmt.Errorf("the export is not whole: %w", err)
		}
		env.complain(fmt.Sprintf("%s. Head: %s", count(int(events), "event", "events"), head))
		return nil
	})
}

// audit opens the trail. Who only reads it needs no secret.
func (e *environment) audit(ctx context.Context, proves bool, do func(*config, *trail.Service) error) (err error) {
	cfg, err := e.load(needDatabase)
	if err != nil {
		return err
	}
	var key token.Key
	if proves {
		if key, err = cfg.theSecret(); err != nil {
			return err
		}
	}
	db, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), Now: e.now, Existing: true, KeepSchema: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if proves {
		theirs, err := db.Reader().Meta(ctx, "secret")
		if err != nil {
			return err
		}
		if theirs != "" && theirs != key.Tag("fingerprint") {
			return errOtherSecret
		}
	}
	return do(cfg, &trail.Service{DB: db, Key: key})
}

// theSecret is the server's key, which a command that only looks makes not.
func (c *config) theSecret() (token.Key, error) {
	if c.Secret.IsZero() && c.DatabaseURL.SQLite() {
		if _, err := os.Stat(c.secretPath()); err != nil {
			return token.Key{}, fmt.Errorf("the secret of the server is needed, and its file is not there: %w", bare(err))
		}
	}
	if err := c.loadSecret(); err != nil {
		return token.Key{}, err
	}
	return token.NewKey(c.Secret.Reveal()), nil
}
