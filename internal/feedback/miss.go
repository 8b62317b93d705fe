package feedback

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
)

// A miss is what was searched for in vain, in a language.
type miss struct {
	words string
	lang  keyfold.Language
}

// What is kept of misses between two flushes.
const (
	maxMisses    = 1000
	maxOfClient  = 10
	maxClients   = 10_000
	maxWords     = 6
	maxWordBytes = 24
)

// Missed counts a search that found nothing. It is kept in memory until the next
// flush: a page that only reads does not write.
func (s *Service) Missed(by keyfold.Act, lang keyfold.Language, query string) {
	words := harmless(query)
	if words == "" {
		return
	}
	client := limit.Client(by.From)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.misses == nil {
		s.misses, s.clients = map[miss]int64{}, map[string]int{}
	}
	m := miss{words, lang}
	if s.clients[client] >= maxOfClient || s.clients[client] == 0 && len(s.clients) >= maxClients || s.misses[m] == 0 && len(s.misses) >= maxMisses {
		return
	}
	s.clients[client]++
	s.misses[m]++
}

// harmless is what was searched for in small letters, or nothing when it may be
// an address, an ID, a name with a number or a secret that got into the wrong
// field.
func harmless(query string) string {
	var kept []string
	for typed := range strings.FieldsSeq(query) {
		word := strings.TrimFunc(typed, unicode.IsPunct)
		small := strings.ToLower(word)
		strange := strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '’' && r != '\'' })
		mixed := len(word) > 1 && strings.ToUpper(word) != word && strings.ContainsFunc(word[1:], unicode.IsUpper)
		if strange || mixed || len(word) > maxWordBytes {
			return ""
		}
		if small != "" {
			kept = append(kept, small)
		}
	}
	return strings.Join(kept[:min(len(kept), maxWords)], " ")
}

// Flush writes down what was counted. What cannot be written is kept for the
// next time.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	counted := s.misses
	s.misses, s.clients = map[miss]int64{}, map[string]int{}
	s.mu.Unlock()
	if len(counted) == 0 {
		return nil
	}
	ordered := slices.SortedFunc(maps.Keys(counted), func(a, b miss) int {
		return strings.Compare(a.lang.String()+" "+a.words, b.lang.String()+" "+b.words)
	})
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		for _, m := range ordered { // all replicas in one order: none waits for another that waits for it
			if err := tx.CountHelpMiss(ctx, store.HelpMiss{Words: m.words, Language: m.lang, Times: counted[m]}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for m, n := range counted {
			if len(s.misses) < maxMisses {
				s.misses[m] += n
			}
		}
	}
	return err
}

// Run flushes now and then until ctx ends, and once more then.
func (s *Service) Run(ctx context.Context, log *slog.Logger, every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			s.flush(context.WithoutCancel(ctx), log)
			return
		case <-ticks.C:
			s.flush(ctx, log)
		}
	}
}

func (s *Service) flush(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.Flush(ctx); err != nil {
		log.ErrorContext(ctx, "what readers searched in vain cannot be written down", "error", err)
	}
}
