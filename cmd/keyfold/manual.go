package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/keyfold/keyfold/docs"
	"github.com/keyfold/keyfold/internal/help"
)

type manualCmd struct {
	Page []string `arg:"" optional:"" help:"Name of a page, or words to look for. Without: all pages."`
}

// Run shows the operator's manual of this very version.
func (c *manualCmd) Run(_ context.Context, env *environment) error {
	manual := help.LoadManual(docs.FS)
	if len(c.Page) == 0 {
		return listPages(env.stdout, manual.Pages())
	}
	if page, ok := manual.Page(c.Page[0]); ok && len(c.Page) == 1 {
		_, err := fmt.Fprintf(env.stdout, "# %s\n\n%s\n", page.Title, manual.Text(page.Slug))
		return err
	}
	words := strings.Join(c.Page, " ")
	hits := manual.Search(words)
	if len(hits) == 0 {
		return fmt.Errorf("no page of the manual says anything of %q. 'keyfold manual' lists all pages", words)
	}
	var out strings.Builder
	for _, h := range hits {
		fmt.Fprintf(&out, "keyfold manual %s\n    %s\n    %s\n", h.Slug, h.Title, oneLine(h.Snippet))
	}
	_, err := io.WriteString(env.stdout, out.String())
	return err
}

func listPages(to io.Writer, pages []*help.Article) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, a := range pages {
		if _, err := fmt.Fprintf(out, "%s\t%s\n", a.Slug, a.Summary); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(to, "\nRead one with: keyfold manual PAGE. Look for words with: keyfold manual WORDS\n")
	return err
}

func oneLine(snippet []help.Span) string {
	var out strings.Builder
	for _, s := range snippet {
		out.WriteString(s.Text)
	}
	return out.String()
}
