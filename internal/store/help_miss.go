package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
)

// A HelpMiss is what was searched for in the help, and not found.
type HelpMiss struct {
	Words    string
	Language keyfold.Language
	Times    int64
}

// maxHelpMisses is how many different misses of one day are kept, so that nobody
// fills the database with words.
const maxHelpMisses = 2000

// CountHelpMiss adds to a miss of today. When there are too many already, new
// ones are let go.
func (tx *Tx) CountHelpMiss(ctx context.Context, m HelpMiss) error {
	_, err := tx.exec(ctx, "count help miss", `
		insert into help_misses (day, language, words, times)
		select cast($1 as text), cast($2 as text), cast($3 as text), cast($4 as bigint)
		where (select count(*) from help_misses where day = $1) < $5
			or exists (select 1 from help_misses where day = $1 and language = $2 and words = $3)
		on conflict (day, language, words) do update set times = help_misses.times + excluded.times`,
		day(tx.Now()), m.Language.String(), m.Words, m.Times, maxHelpMisses)
	return err
}

// HelpMisses are what was searched for in vain since a day, and so often at
// least, most often first.
func (r Reader) HelpMisses(ctx context.Context, since time.Time, least int64, limit int) (list []HelpMiss, err error) {
	err = r.each(ctx, "help misses", func(row row) error {
		var m HelpMiss
		err := row.Scan(&m.Words, text(&m.Language), &m.Times)
		list = append(list, m)
		return err
	}, `select words, language, cast(sum(times) as bigint) from help_misses
		where day >= $1 group by words, language having sum(times) >= $2
		order by sum(times) desc, words, language limit $3`, day(since), least, limit)
	return list, err
}

func (tx *Tx) sweepHelpMisses(ctx context.Context, before time.Time) (int64, error) {
	return tx.exec(ctx, "sweep help misses", `delete from help_misses where day < $1`, day(before))
}
