package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/help/articles"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web/portal"
)

type helpCheckCmd struct {
	configFlags `embed:""`
}

// Run names all faults of the articles, and things that may be meant as they are.
func (c *helpCheckCmd) Run(_ context.Context, env *environment) error {
	cfg, err := env.load(needNothing)
	if err != nil {
		return err
	}
	texts, err := locale.Load()
	if err != nil {
		return err
	}
	library := help.LoadFolder(helpOptions(cfg), articles.FS, cfg.HelpDir)
	faults, notes := 0, 0
	var out strings.Builder
	for _, f := range library.Check(helpWorld(texts)) {
		out.WriteString(f.String() + "\n")
		if f.Kind == help.Note {
			notes++
		} else {
			faults++
		}
	}
	fmt.Fprintf(&out, "%s, %s.\n", count(faults, "fault", "faults"), count(notes, "note", "notes"))
	if _, err := io.WriteString(env.stdout, out.String()); err != nil {
		return err
	}
	if faults > 0 {
		return fmt.Errorf("the articles have %s, named above. Mend them, and check again", count(faults, "fault", "faults"))
	}
	return nil
}

// helpWorld is what articles may name: the pages and texts of this program.
func helpWorld(texts *locale.Catalog) help.World {
	mux := http.NewServeMux()
	w := help.World{
		Text: func(id string) bool { return texts.Has(id) || texts.Has(id+".title") },
		Leads: func(path string) bool {
			_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
			return pattern != ""
		},
	}
	for _, r := range (&portal.Portal{}).Routes() {
		w.Routes = append(w.Routes, r.Pattern)
		mux.Handle(r.Pattern, http.NotFoundHandler())
	}
	return w
}

type helpMissesCmd struct {
	configFlags `embed:""`
	Days        int  `default:"30" placeholder:"N" help:"How many days to look back, at most 90. Default: 30."`
	All         bool `help:"Also what was searched for once. It may be a slip of the fingers, or a name."`
}

// missesShown is more than anybody reads.
const missesShown = 200

// Run shows what was searched for in vain, most often first.
func (c *helpMissesCmd) Run(ctx context.Context, env *environment) error {
	return env.readStore(ctx, func(r store.Reader) error {
		least := int64(2)
		if c.All {
			least = 1
		}
		misses, err := r.HelpMisses(ctx, env.daysAgo(c.Days), least, missesShown)
		if err != nil {
			return err
		}
		var out strings.Builder
		for _, m := range misses {
			fmt.Fprintf(&out, "%6d  %s  %s\n", m.Times, m.Language, m.Words)
		}
		if len(misses) == 0 {
			out.WriteString("Nothing was searched for in vain.\n")
		}
		_, err = io.WriteString(env.stdout, out.String())
		return err
	})
}

type helpVotesCmd struct {
	configFlags `embed:""`
	Days        int `default:"30" placeholder:"N" help:"How many days to look back. Default: 30."`
}

// Run shows the votes, the most disappointing article first.
func (c *helpVotesCmd) Run(ctx context.Context, env *environment) error {
	return env.readStore(ctx, func(r store.Reader) error {
		votes, err := r.HelpVotes(ctx, env.daysAgo(c.Days))
		if err != nil {
			return err
		}
		var out strings.Builder
		for _, v := range votes {
			fmt.Fprintf(&out, "%6d no  %6d yes  %s  %s\n", v.No, v.Yes, v.Language, v.Slug)
		}
		if len(votes) == 0 {
			out.WriteString("Nobody has voted.\n")
		}
		_, err = io.WriteString(env.stdout, out.String())
		return err
	})
}

func (e *environment) daysAgo(n int) time.Time { return e.now().AddDate(0, 0, -max(n, 1)) }

// readStore opens the database for a command that only reads.
func (e *environment) readStore(ctx context.Context, do func(store.Reader) error) (err error) {
	cfg, err := e.load(needDatabase)
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, true, e.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(db.Reader())
}
