package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/person"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/trail"
)

type userCmd struct {
	Export userExportCmd `cmd:"" help:"Write what there is of a person as JSON, and nothing of anybody else."`
	Erase  userEraseCmd  `cmd:"" help:"End the login of a person, and take away every trace of them."`
}

type (
	userExportCmd struct {
		configFlags `embed:""`
		keyFlag     `embed:""`
		Email       string `arg:"" help:"Address of the person."`
		Out         string `default:"-" placeholder:"FILE" help:"New file, for its owner only. Default: standard output."`
	}
	userEraseCmd struct {
		configFlags `embed:""`
		Email       string `arg:"" help:"Address of the person."`
		DryRun      bool   `help:"Only say what would be done."`
		Yes         bool   `help:"Do not ask."`
		NoVacuum    bool   `help:"SQLite: do not write the file anew. What was deleted stays in it until its place is used for something else."`
	}
)

// Run writes the file that a person may have.
func (c *userExportCmd) Run(ctx context.Context, env *environment) error {
	return env.atPerson(ctx, c.Email, func(p *personal) error {
		if p.nothing() {
			return fmt.Errorf("there is no login with the address %s, and no account has it as a contact", p.Email)
		}
		file, err := p.people.Export(ctx, p.Found)
		if err != nil {
			return err
		}
		return env.writeFile(c.Out, c.Key, func(to io.Writer) error {
			out := json.NewEncoder(to)
			out.SetEscapeHTML(false)
			out.SetIndent("", "  ")
			return out.Encode(file)
		})
	})
}

// A personal matter is somebody's address, and what there is under it.
type personal struct {
	person.Found

	env    *environment
	db     *store.DB
	trail  *trail.Service
	people *person.Service
}

func (p *personal) nothing() bool { return p.User.ID == "" && len(p.Named)+len(p.Kinds) == 0 }

// atPerson looks an address up. It needs the secret, as what is left of an origin
// is made with it.
func (e *environment) atPerson(ctx context.Context, address string, do func(*personal) error) error {
	email, err := keyfold.ParseEmail(address)
	if err != nil {
		return spoken(err)
	}
	return e.audit(ctx, true, func(_ *config, s *trail.Service) error {
		p := &personal{env: e, db: s.DB, trail: s}
		p.people = &person.Service{DB: s.DB, Cover: s.Cover, EndLogin: (&members.Service{DB: s.DB}).EraseLogin}
		if p.Found, err = p.people.Find(ctx, email); err != nil {
			return err
		}
		return do(p)
	})
}

// Run erases a person.
func (c *userEraseCmd) Run(ctx context.Context, env *environment) error {
	return env.atPerson(ctx, c.Email, func(p *personal) error {
		if err := p.owns(); err != nil {
			return err
		}
		if err := p.plan(); err != nil {
			return err
		}
		if c.DryRun {
			return p.left("Nothing was done.\n")
		}
		if err := c.ask(p); err != nil {
			return err
		}
		done, err := p.people.Erase(ctx, keyfold.Act{By: operator()}, p.Found)
		if err != nil {
			return spoken(err)
		}
		if err := p.settle(ctx, c.NoVacuum); err != nil {
			return err
		}
		return p.told(done)
	})
}

// owns refuses somebody who owns accounts, and names them.
func (p *personal) owns() error {
	if len(p.Owned) == 0 {
		return nil
	}
	ids := make([]string, len(p.Owned))
	for i, a := range p.Owned {
		ids[i] = a.ID.String()
	}
	return fmt.Errorf("%s owns %s. An account needs an owner: each has to be handed over first (its page Owner), or taken off the login. "+
		"With another main contact of the account, customer care can take it off: docs/manual/care.md. Nothing was done", p.Email, strings.Join(ids, ", "))
}

// plan says what is about to be done.
func (p *personal) plan() error {
	if p.User.ID == "" {
		return p.env.say("There is no login with the address %s. What else there is of the address is erased.\n", p.Email)
	}
	return p.env.say("The login %s ends, with its access to all accounts. Address, name, password, sessions, mails to it, requests and "+
		"network addresses are erased. This cannot be taken back.\n", p.Email)
}

// ask wants the address typed, where somebody sits.
func (c *userEraseCmd) ask(p *personal) error {
	if c.Yes {
		return nil
	}
	if !isTerminal(p.env.stdin) {
		return errors.New("nobody can be asked here: add --yes. Nothing was done")
	}
	if err := p.env.say("Type the address to go on: "); err != nil {
		return err
	}
	typed, _ := bufio.NewReader(p.env.stdin).ReadString('\n') // what is not whole is not the address
	if again, err := keyfold.ParseEmail(typed); err != nil || !again.Same(p.Email) {
		return errors.New("that is not the address. Nothing was done")
	}
	return nil
}

// indexAtOnce is how many events the index of the names takes in one step.
const indexAtOnce = 500

// settle takes the name out of the index, as a running server would by itself, and
// what was deleted out of the file.
func (p *personal) settle(ctx context.Context, noVacuum bool) error {
	if _, err := p.trail.Seal(ctx); err != nil {
		return err
	}
	index := &finder.Service{DB: p.db}
	for {
		n, _, err := index.Step(ctx, indexAtOnce)
		if err != nil {
			return fmt.Errorf("the person is erased, but the index of the names is not: %w. A running server sees to it", err)
		}
		if n == 0 {
			break
		}
	}
	if noVacuum {
		return nil
	}
	if err := p.db.Compact(ctx); err != nil {
		return fmt.Errorf("the person is erased, but what was deleted is still in free places of the file: %w. Run the command again", err)
	}
	return nil
}

func (p *personal) told(done person.Erasure) error {
	if p.User.ID != "" {
		if err := p.env.say("The login is gone. In the trail it is %s, which names nobody any more.\n", p.User.ID); err != nil {
			return err
		}
	}
	for _, r := range done.Rows {
		if err := p.env.say("  %s: %d\n", r.What, r.Rows); err != nil {
			return err
		}
	}
	if done.Events > 0 {
		if err := p.env.say("  network addresses in events: %d\n", done.Events); err != nil {
			return err
		}
	}
	return p.left("Backups of before have it all still: let them roll off. The same is so of logs of proxies and mail servers.\n")
}

// left says what belongs to accounts, and stays.
func (p *personal) left(last string) error {
	if left := p.Left(); len(left) > 0 {
		ids := make([]string, len(left))
		for i, id := range left {
			ids[i] = id.String()
		}
		err := p.env.say("As a contact, the address stays in %s: %s. That is what you know of your customers, with the mails about them. "+
			"Change it in your customer database and import again, or remove the contact on the page Contacts; then run this again.\n",
			count(len(ids), "account", "accounts"), strings.Join(ids, ", "))
		if err != nil {
			return err
		}
	}
	return p.env.say("%s", last)
}
