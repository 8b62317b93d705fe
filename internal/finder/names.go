package finder

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/spelling"
	"github.com/keyfold/keyfold/internal/store"
)

// What one search may cost, however many customers there are and however often a
// word is in their names.
const (
	mostTerms   = 6
	mostAlike   = 32   // words that one may be a slip for, or the beginning of
	mostMeant   = 48   // words that one may mean in all
	mostNear    = 400  // words that are looked at for that, of each thing that is left after a slip
	fewNear     = 100  // the same for a word that is one itself
	fewPostings = 500  // are all looked at one by one
	lookAt      = 6000 // postings of a frequent word that are held against another one
	cut         = 300  // of those that remain
)

// A term is a word that was typed, with the words of the index that it may mean.
type term struct {
	text  string
	last  bool // more letters may follow
	ids   []int64
	exact int64 // the one of them that it is; 0: none
	count int   // of their postings, up to lookAt
	worth map[string]int
}

// How far a word of a name is from a term. A slip is worse than letters that are
// still to come.
const (
	itself  = 0
	begun   = 1
	slipped = 2 // for each slip
	missing = 7
)

// far is how far a word is from the term.
func (t *term) far(word string) int {
	far, known := t.worth[word]
	if known {
		return far
	}
	far = missing
	switch {
	case word == t.text:
		far = itself
	case t.last && strings.HasPrefix(word, t.text):
		far = begun
	default:
		letters := []rune(t.text)
		most := spelling.Slips(len(letters))
		if d := spelling.Distance(letters, []rune(word), most); d <= most && most > 0 {
			far = slipped * d
		}
	}
	t.worth[word] = far
	return far
}

// initial reports whether the term is one letter, which need not be there: a name
// has its initials or not.
func (t *term) initial() bool { return utf8.RuneCountInString(t.text) == 1 }

// byName finds names that have all words that were typed; next, those that have
// words spelled alike, or written together or apart; and last, those that lack one.
func (s *Service) byName(ctx context.Context, typed []string) (Answer, error) {
	f := &found{rank: map[int64]ranked{}}
	terms, err := s.exact(ctx, typed)
	if err == nil && len(terms) > 0 {
		err = s.collect(ctx, f, terms)
	}
	if err == nil && len(terms) > 0 && f.whole(begun) < shown {
		err = s.collectAlike(ctx, f, terms)
	}
	if err != nil {
		return Answer{By: ByName}, err
	}
	return s.answer(ctx, f)
}

func (s *Service) collectAlike(ctx context.Context, f *found, terms []*term) error {
	if err := s.widen(ctx, terms); err != nil {
		return err
	}
	if err := s.collect(ctx, f, terms); err != nil || f.whole(missing) > 0 {
		return err
	}
	others, err := s.respelled(ctx, terms)
	if err != nil {
		return err
	}
	for _, other := range others {
		if err := s.collect(ctx, f, other); err != nil {
			return err
		}
	}
	return nil
}

// exact are the terms with the words that they are, or that the last one begins.
func (s *Service) exact(ctx context.Context, typed []string) (terms []*term, err error) {
	typed = without(typed, nil)
	typed = typed[:min(mostTerms, len(typed))]
	known, err := s.numbers(ctx, slices.Clone(typed))
	if err != nil {
		return nil, err
	}
	for i, text := range typed {
		t := &term{text: text, last: i == len(typed)-1, worth: map[string]int{}}
		if id := known[text]; id != 0 {
			t.ids, t.exact = []int64{id}, id
		}
		if t.last && (utf8.RuneCountInString(text) > 2 || len(typed) == 1) {
			begun, err := s.DB.WordsFrom(ctx, text, mostAlike)
			if err != nil {
				return nil, err
			}
			t.add(begun)
		}
		if t.count, err = s.DB.CountWith(ctx, t.ids, lookAt); err != nil {
			return nil, err
		}
		terms = append(terms, t)
	}
	return terms, nil
}

func (t *term) add(more []store.Word) {
	for _, w := range more {
		if w.ID != 0 && !slices.Contains(t.ids, w.ID) && len(t.ids) < mostMeant {
			t.ids = append(t.ids, w.ID)
		}
	}
}

// widen adds the words that terms may be slips for, the nearest first.
func (s *Service) widen(ctx context.Context, terms []*term) error {
	near, err := s.near(ctx, terms)
	if err != nil || len(near) == 0 {
		return err
	}
	alike := make([][]string, len(terms))
	var all []string
	for i, t := range terms {
		for _, w := range near {
			if far := t.far(w); far != itself && far != missing {
				alike[i] = append(alike[i], w)
			}
		}
		slices.SortStableFunc(alike[i], func(a, b string) int { return cmp.Compare(t.far(a), t.far(b)) })
		alike[i] = alike[i][:min(mostAlike, len(alike[i]))]
		all = append(all, alike[i]...)
	}
	numbers, err := s.numbers(ctx, all)
	for i, t := range terms {
		if err != nil || len(alike[i]) == 0 {
			continue
		}
		for _, w := range alike[i] {
			t.add([]store.Word{{Text: w, ID: numbers[w]}})
		}
		t.count, err = s.DB.CountWith(ctx, t.ids, lookAt)
	}
	return err
}

// near are the words that terms may be slips for, and many others.
func (s *Service) near(ctx context.Context, terms []*term) ([]string, error) {
	var known, unknown []string
	for _, t := range terms {
		if t.exact != 0 {
			known = append(known, keysFor(t.text)...)
		} else {
			unknown = append(unknown, keysFor(t.text)...)
		}
	}
	near, err := s.DB.WordsNear(ctx, unknown, mostNear)
	if err != nil {
		return nil, err
	}
	more, err := s.DB.WordsNear(ctx, known, fewNear)
	return unique(append(near, more...), strings.Clone), err
}

// collect looks at the names that have the rarest of the terms. When that is a
// frequent one, those of the others that are words themselves are asked for, too.
func (s *Service) collect(ctx context.Context, f *found, terms []*term) error {
	var rarest *term
	for _, t := range terms {
		if t.count > 0 && (rarest == nil || rarest.initial() && !t.initial() || t.count < rarest.count && rarest.initial() == t.initial()) {
			rarest = t
		}
	}
	if rarest == nil {
		return nil
	}
	var also [2]int64
	look, limit := fewPostings, fewPostings
	if rarest.count > fewPostings {
		look, limit = lookAt, cut
		n := 0
		for _, t := range terms {
			if t != rarest && t.exact != 0 && !t.initial() && n < len(also) {
				also[n] = t.exact
				n++
			}
		}
	}
	f.cut = f.cut || rarest.count >= lookAt
	namings, err := s.DB.NamingsWith(ctx, rarest.ids, also, look, limit)
	for _, n := range namings {
		f.add(n, terms)
	}
	f.cut = f.cut || len(namings) == limit
	return err
}

// respelled are the terms with two of them written together, or one apart, where
// the index has such words.
func (s *Service) respelled(ctx context.Context, terms []*term) (all [][]*term, err error) {
	var texts []string
	for _, t := range terms {
		texts = append(texts, t.text)
	}
	var tries [][]string
	for i := range texts {
		if i+1 < len(texts) {
			tries = append(tries, slices.Concat(texts[:i], []string{texts[i] + texts[i+1]}, texts[i+2:]))
		}
		letters := []rune(texts[i])
		for at := 3; at+3 <= len(letters) && terms[i].exact == 0; at++ {
			tries = append(tries, slices.Concat(texts[:i], []string{string(letters[:at]), string(letters[at:])}, texts[i+1:]))
		}
	}
	known, err := s.numbers(ctx, slices.Concat(tries...))
	for _, try := range tries {
		if err != nil || len(all) == 2 {
			break
		}
		if slices.ContainsFunc(try, func(w string) bool { return known[w] == 0 }) {
			continue
		}
		var other []*term
		if other, err = s.exact(ctx, try); err == nil {
			all = append(all, other)
		}
	}
	return all, err
}

// answer is the best of what was found.
func (s *Service) answer(ctx context.Context, f *found) (Answer, error) {
	a := Answer{By: ByName, More: f.cut}
	for _, r := range f.sorted() {
		accounts := []keyfold.CustomerID{r.naming.Account}
		if r.naming.User != "" {
			var err error
			if accounts, err = s.DB.Reader().AccountsUsed(ctx, r.naming.User, shown+1); err != nil {
				return a, err
			}
		}
		if !take(&a, r, accounts) {
			break
		}
	}
	return a, s.told(ctx, &a)
}
