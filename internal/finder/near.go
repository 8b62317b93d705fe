package finder

import (
	"strings"
	"unicode"

	"github.com/keyfold/keyfold/internal/spelling"
)

// Words that are spelled alike are found by what is left of both after a slip,
// as a database finds only what is the same.
//
// In a short word, one slip is forgiven: two such words become the same when the
// right letter is dropped from each. In a long one, two are: of three parts of
// it, they leave one as it is, though it may stand one or two letters further on.
const (
	shortest = 3 // letters of a word that one of four is a slip away from
	longest  = 8 // letters of a word that one of seven is
	parted   = 6 // letters of the shortest word that two slips may have made longer
)

// keysOf are what is left of a word of the index after a slip.
func keysOf(word string) []string {
	letters := []rune(word)
	if !strings.ContainsFunc(word, unicode.IsLetter) {
		return nil // of another number, nobody says that it is nearly the same
	}
	var keys []string
	if len(letters) >= shortest && len(letters) <= longest {
		keys = dropped(letters)
	}
	if len(letters) >= parted {
		for part, at := range parts(len(letters)) {
			keys = append(keys, partKey(len(letters), part, letters[at[0]:at[1]]))
		}
	}
	return keys
}

// keysFor are those of keysOf that a word has to which a typed one is near.
func keysFor(typed string) []string {
	letters := []rune(typed)
	switch spelling.Slips(len(letters)) {
	case 0:
		return nil
	case 1:
		return dropped(letters)
	}
	const most = 2
	var keys []string
	if len(letters) <= longest+1 {
		keys = dropped(letters) // one slip in a word of so few letters is found by them alone
	}
	for length := max(parted, len(letters)-most); length <= len(letters)+most; length++ {
		longer := len(letters) - length // than the other one
		for part, at := range parts(length) {
			for move := -((most - longer) / 2); move <= (most+longer)/2; move++ {
				from, to := at[0]+move, at[1]+move
				if from >= 0 && to <= len(letters) {
					keys = append(keys, partKey(length, part, letters[from:to]))
				}
			}
		}
	}
	return keys
}

// dropped is a word, and what it is without one of its letters.
func dropped(letters []rune) []string {
	keys := []string{"-" + string(letters)}
	for i := range letters {
		if i > 0 && letters[i] == letters[i-1] {
			continue // the same as without the one before
		}
		keys = append(keys, "-"+string(letters[:i])+string(letters[i+1:]))
	}
	return keys
}

// parts are where the three parts of a word begin and end.
func parts(length int) [3][2]int {
	one, two := length/3, (2*length)/3
	return [3][2]int{{0, one}, {one, two}, {two, length}}
}

func partKey(length, part int, letters []rune) string {
	return string(rune('A'+min(length, maxWord))) + string(rune('0'+part)) + string(letters) //nolint:gosec // G115: no word is longer
}
