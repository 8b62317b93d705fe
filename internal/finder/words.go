package finder

import (
	"strings"
	"unicode"

	"github.com/keyfold/keyfold/internal/spelling"
)

// A name is cut into words by which it is compared with what somebody heard on
// the phone: without case, diacritics and apostrophes.
const (
	maxWord  = 40 // letters; the rest of a longer one does not count
	maxWords = 24 // of one name
	maxNames = 60 // of one account
)

var apostrophes = strings.NewReplacer("'", "", "’", "", "‘", "", "ʼ", "", "`", "", "´", "")

// words are those of a name. "B.V." is one word, as "BV" is; and each Chinese
// letter is, since nothing stands between the words.
func words(name string) []string {
	text := []rune(spelling.Fold(apostrophes.Replace(name)))
	var found []string
	short := -2 // where the last word ended, if it was one letter or an abbreviation
	for i := 0; i < len(text) && len(found) < maxWords; {
		if !inWord(text[i]) {
			i++
			continue
		}
		end := i + 1
		if !unicode.Is(unicode.Han, text[i]) {
			for end < len(text) && inWord(text[end]) && !unicode.Is(unicode.Han, text[end]) {
				end++
			}
		}
		word := string(text[i:min(end, i+maxWord)])
		single := end == i+1 && unicode.IsLetter(text[i])
		if single && short == i-1 && (text[i-1] == '.' || text[i-1] == '&') {
			found[len(found)-1] += word
		} else {
			found = append(found, word)
		}
		if short = -2; single {
			short = end
		}
		i = end
	}
	for i := range found {
		found[i] = strings.ReplaceAll(found[i], "ij", "y") // which the Dutch write either way
	}
	return found
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
