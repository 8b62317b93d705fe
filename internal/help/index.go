package help

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/spelling"
)

// An index answers what is asked in one language.
type index struct {
	language keyfold.Language
	articles []*Article
	entities keyfold.Entities
	terms    []term     // sorted by their word
	phrases  [][]string // title, keywords and what people ask of each article, with a space at both ends
	unknown  float64    // how rare a word is that is nowhere
}

// A term is a word with the articles that it is in.
type term struct {
	word string
	mask uint64 // which letters are in it
	rare float64
	in   []posting
}

type posting struct {
	article int
	weight  float64
}

// How much a word counts by where it stands.
const (
	inTitle   = 8
	inKeyword = 6
	inSummary = 3
	inHeading = 3
	inText    = 1
)

func newIndex(lang keyfold.Language, articles []*Article, entities keyfold.Entities) *index {
	x := &index{language: lang, articles: articles, entities: entities, unknown: rarity(len(articles), 1)}
	found := map[string][]posting{}
	for i, a := range articles {
		weights := map[string]float64{}
		count := func(weight float64, texts ...string) {
			for _, text := range texts {
				times := map[string]int{}
				for _, w := range x.words(text) {
					times[w.key]++
				}
				for key, n := range times {
					weights[key] += weight * (1 + math.Log(float64(n)))
				}
			}
		}
		count(inTitle, a.Title)
		count(inSummary, a.Summary)
		count(inHeading, a.headings...)
		count(inText, a.text)
		said := []string{" " + joined(x.words(a.Title)) + " "}
		for _, k := range a.Keywords {
			count(inKeyword, k.Word)
			said = append(said, " "+joined(x.words(k.Word))+" ")
		}
		// The words of what people ask say little one by one: "where is my".
		for _, phrase := range a.Asked {
			count(inText, phrase)
			said = append(said, " "+joined(x.words(phrase))+" ")
		}
		x.phrases = append(x.phrases, said)
		for key, w := range weights {
			found[key] = append(found[key], posting{i, w})
		}
	}
	for key, in := range found {
		x.terms = append(x.terms, term{key, mask(key), rarity(len(articles), len(in)), in})
	}
	slices.SortFunc(x.terms, func(a, b term) int { return strings.Compare(a.word, b.word) })
	return x
}

// rarity is how much a word says that so many articles of all have.
func rarity(all, have int) float64 {
	return math.Log(1 + (float64(all-have)+0.5)/(float64(have)+0.5))
}

// words are those of a text. A text that is a customer ID as a whole is one word.
func (x *index) words(text string) []word {
	if len(text) <= maxWord && strings.ContainsAny(text, "0123456789") { // a form of IDs may fit words, too
		squeezed := strings.NewReplacer(" ", "", "-", "", ".", "").Replace(spelling.Fold(text))
		if _, err := x.entities.CustomerID(text); err == nil || idShaped.MatchString(squeezed) {
			return []word{{0, len(text), customerID}}
		}
	}
	return words(text)
}

// A match is a term that a word of the question may mean.
type match struct {
	*term

	sure float64 // 1: it is the word itself
}

// matches are the terms that a word may mean: itself, what begins with it, and
// only without these what it may be a slip for.
func (x *index) matches(key string) []match {
	var found []match
	at, _ := slices.BinarySearchFunc(x.terms, key, func(t term, key string) int { return strings.Compare(t.word, key) })
	for i := at; i < len(x.terms) && strings.HasPrefix(x.terms[i].word, key); i++ {
		t := &x.terms[i]
		switch {
		case t.word == key:
			found = append(found, match{t, 1})
		case len(key) > 2:
			found = append(found, match{t, 0.7 * float64(len(key)) / float64(len(t.word))})
		}
	}
	if len(found) == 0 && key != customerID {
		return x.slips(key)
	}
	if len(found) > maxMatches {
		slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(b.sure, a.sure) })
		found = found[:maxMatches]
	}
	return found
}

// maxMatches is how many words one word of a question may mean: the shortest of
// those that begin with it.
const maxMatches = 200

// slips are the terms at a distance of one, or of two for long words.
func (x *index) slips(key string) []match {
	most := spelling.Slips(len([]rune(key)))
	if most == 0 {
		return nil
	}
	var found []match
	m, asked := mask(key), []rune(key)
	for i := range x.terms {
		t := &x.terms[i]
		// A letter that is added, dropped or changed is at most two bits.
		if d := len(t.word) - len(key); d > 2*most || d < -2*most || bits.OnesCount64(m^t.mask) > 2*most {
			continue
		}
		if d := spelling.Distance(asked, []rune(t.word), most); d <= most {
			found = append(found, match{t, 0.6 / float64(1+d)})
		}
	}
	return found
}

// mask has a bit for each letter and digit of a word.
func mask(word string) (m uint64) {
	for _, r := range word {
		m |= 1 << (uint(r) % 64) //nolint:gosec // G115: letters are no negative numbers
	}
	return m
}
