package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
)

// HelpVotes are what readers said of an article.
type HelpVotes struct {
	Slug     string
	Language keyfold.Language
	Yes, No  int64
}

// CountHelpVote notes that an article helped a reader, or did not.
func (tx *Tx) CountHelpVote(ctx context.Context, lang keyfold.Language, slug string, yes bool) error {
	v := HelpVotes{Yes: 1}
	if !yes {
		v = HelpVotes{No: 1}
	}
	_, err := tx.exec(ctx, "count help vote", `
		insert into help_votes (day, language, slug, yes, no) values ($1, $2, $3, $4, $5)
		on conflict (day, language, slug) do update set yes = help_votes.yes + excluded.yes, no = help_votes.no + excluded.no`,
		day(tx.Now()), lang.String(), slug, v.Yes, v.No)
	return err
}

// HelpVotes are the votes since a day, most disappointing first.
func (r Reader) HelpVotes(ctx context.Context, since time.Time) (list []HelpVotes, err error) {
	err = r.each(ctx, "help votes", func(row row) error {
		var v HelpVotes
		err := row.Scan(&v.Slug, text(&v.Language), &v.Yes, &v.No)
		list = append(list, v)
		return err
	}, `select slug, language, cast(sum(yes) as bigint), cast(sum(no) as bigint) from help_votes
		where day >= $1 group by slug, language order by sum(no) desc, slug, language`, day(since))
	return list, err
}

// day is the day of a moment, in UTC.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
