package finder

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// On SQLite nobody else can write while the index is written. So a transaction is
// kept short, and followed by a rest that is longer ([store.Rest]).
const (
	firstBatch, leastBatch, mostBatch = 50, 50, 500

	longWrite = 15 * time.Millisecond
)

// Run follows the trail until ctx ends.
func (s *Service) Run(ctx context.Context, log *slog.Logger, every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	batch := firstBatch
	for {
		began := s.DB.Reader().Now()
		n, took, err := s.Step(ctx, batch)
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "the index of the names cannot follow", "error", err)
		}
		wait := ticks.C
		if n > 0 && err == nil {
			batch = nextBatch(batch, took)
			// After an import there is much to do, and people wait for pages.
			wait = time.After(store.Rest(s.DB.Reader().Now().Sub(began)))
		}
		select {
		case <-ctx.Done():
			return
		case <-wait:
		}
	}
}

func nextBatch(batch int, took time.Duration) int {
	if took > longWrite {
		return max(leastBatch, batch*3/4)
	}
	return min(mostBatch, batch+batch/4)
}

// errMovedOn says that another replica has had the same events.
var errMovedOn = errors.New("finder: another one follows, too")

// Step brings some events into the index, and says how many and how long others
// had to wait for that. All that takes time and writes nothing is done before the
// transaction. What it reads may be newer than the events: then there are more of
// them, and they come.
func (s *Service) Step(ctx context.Context, limit int) (n int, took time.Duration, err error) {
	events, err := s.DB.Reader().Ahead(ctx, follower, limit)
	if err != nil || len(events) == 0 {
		return 0, 0, err
	}
	change, err := s.change(ctx, events)
	if err != nil {
		return 0, 0, err
	}
	var began time.Time
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		began = s.DB.Reader().Now()
		followed, err := tx.Follow(ctx, follower, len(events))
		if err != nil {
			return err
		}
		if len(followed) != len(events) || followed[0].Seq != events[0].Seq {
			return errMovedOn
		}
		return tx.Index(ctx, change)
	})
	took = s.DB.Reader().Now().Sub(began)
	if errors.Is(err, errMovedOn) {
		return len(events), took, nil
	}
	return len(events), took, err
}

// change is what events make of the index.
func (s *Service) change(ctx context.Context, events []store.PastEvent) (store.IndexChange, error) {
	var accounts []keyfold.CustomerID
	var users []keyfold.UserID
	for _, e := range events {
		switch {
		case e.Became.User != nil:
			users = append(users, e.User)
		case (e.Became.Account != nil || e.Became.Contact != nil) && !e.Account.IsZero():
			accounts = append(accounts, e.Account)
		}
	}
	accounts = unique(accounts, keyfold.CustomerID.String)
	users = unique(users, func(id keyfold.UserID) string { return string(id) })
	fresh, err := s.namings(ctx, accounts, users)
	if err != nil {
		return store.IndexChange{}, err
	}
	known, err := s.DB.Namings(ctx, accounts, users)
	if err != nil {
		return store.IndexChange{}, err
	}
	return s.difference(ctx, known, fresh)
}

func unique[T any](list []T, name func(T) string) []T {
	slices.SortFunc(list, func(a, b T) int { return strings.Compare(name(a), name(b)) })
	return slices.CompactFunc(list, func(a, b T) bool { return name(a) == name(b) })
}

// namings are what accounts and users are called now.
func (s *Service) namings(ctx context.Context, accounts []keyfold.CustomerID, users []keyfold.UserID) (all []store.Naming, err error) {
	called, err := s.DB.Called(ctx, accounts)
	if err != nil {
		return nil, err
	}
	named, err := s.DB.UsersCalled(ctx, users)
	if err != nil {
		return nil, err
	}
	for _, id := range accounts {
		var lines []string
		for _, c := range called[id][:min(maxNames, len(called[id]))] {
			lines = append(lines, strings.Join(words(c.Name), " "))
		}
		all = append(all, store.Naming{Account: id, Words: strings.TrimRight(strings.Join(lines, "\n"), "\n")})
	}
	for _, id := range users {
		all = append(all, store.Naming{User: id, Words: strings.Join(words(named[id]), " ")})
	}
	return all, nil
}

// difference is what has to be written for the index to say what is so now.
func (s *Service) difference(ctx context.Context, known, fresh []store.Naming) (change store.IndexChange, err error) {
	naming, word, err := s.DB.Reader().Numbers(ctx)
	if err != nil {
		return change, err
	}
	was := map[string]store.Naming{}
	for _, n := range known {
		was[n.Account.String()+"/"+string(n.User)] = n
	}
	type posting struct {
		word   string
		naming int64
	}
	var come, gone []posting
	for _, n := range fresh {
		old := was[n.Account.String()+"/"+string(n.User)]
		if n.ID = old.ID; old.Words == n.Words {
			continue
		}
		if old.IsZero() {
			naming++
			n.ID = naming
			change.Namings = append(change.Namings, n)
		} else {
			change.Changed = append(change.Changed, n)
		}
		before, now := strings.Fields(old.Words), strings.Fields(n.Words)
		for _, w := range without(now, before) {
			come = append(come, posting{w, n.ID})
		}
		for _, w := range without(before, now) {
			gone = append(gone, posting{w, n.ID})
		}
	}
	var all []string
	for _, p := range slices.Concat(come, gone) {
		all = append(all, p.word)
	}
	numbers, err := s.numbers(ctx, all)
	if err != nil {
		return change, err
	}
	for _, p := range come {
		if numbers[p.word] == 0 {
			word++
			numbers[p.word] = word
			change.Words = append(change.Words, store.Word{Text: p.word, ID: word, Near: keysOf(p.word)})
		}
		change.Postings = append(change.Postings, store.Posting{Word: numbers[p.word], Naming: p.naming})
	}
	for _, p := range gone {
		w := store.Word{Text: p.word, ID: numbers[p.word], Near: keysOf(p.word)}
		change.Gone = append(change.Gone, store.GonePosting{Word: w, Naming: p.naming})
	}
	return change, nil
}

// without are the words of a that b does not have, each once.
func without(a, b []string) (rest []string) {
	for _, w := range a {
		if !slices.Contains(b, w) && !slices.Contains(rest, w) {
			rest = append(rest, w)
		}
	}
	return rest
}

// numbers are those of words that the index has.
func (s *Service) numbers(ctx context.Context, all []string) (map[string]int64, error) {
	all = unique(all, func(w string) string { return w })
	numbers := map[string]int64{}
	for chunk := range slices.Chunk(all, store.MostWords) {
		found, err := s.DB.Words(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, w := range found {
			numbers[w.Text] = w.ID
		}
	}
	return numbers, nil
}
