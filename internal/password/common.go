package password

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lists stay in the program file, sorted by byte, one entry a line: a
// look-up touches a few of its pages and makes no copy. Where they come from is
// in data/common.LICENSE.
var (
	//go:embed data/common.txt
	commonList string
	//go:embed data/base.txt
	baseList string
)

// ourBaseList is what lists from other countries miss: what our customers put in
// front of a year and an exclamation mark. Sorted by byte.
var ourBaseList = strings.Join(slices.Sorted(strings.FieldsSeq(fold(`
	welkom welkomthuis wachtwoord geheim hallo lente zomer herfst winter
	januari februari maart april juni juli augustus september oktober november december
	maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
	nederland holland belgie belgië amsterdam rotterdam utrecht eindhoven ajax feyenoord
	bedrijf klant inloggen wijzigen beheer beheerder voetbal poes hond schatje liefde
	willkommen passwort kennwort geheimnis frühling fruehling sommer herbst
	januar februar märz maerz juni juli august oktober dezember
	montag dienstag mittwoch donnerstag freitag samstag sonntag sonnabend
	deutschland berlin hamburg münchen muenchen köln koeln bayern schalke dortmund
	firma kunde anmelden ändern aendern verwaltung fussball fußball schatz liebe
	welcome password passphrase secret hello spring summer autumn fall
	january february march may june july october december
	monday tuesday wednesday thursday friday saturday sunday
	company customer login logon signin changeme change letmein support service helpdesk
	admin administrator root user guest default test testing temp temporary
	hosting webhosting domain domein domäne server website webmail email internet
	qwerty qwertz azerty asdf asdfgh yxcv zxcv qaz qazwsx wasd
`))), "\n") + "\n"

// maxDecoration is how many digits and signs around a common word an attacker
// tries: a year and two signs, or six digits.
const maxDecoration = 6

// isCommon reports whether pw is one that attackers try first: it is on the
// list, or a word that begins so many, in any case or spelling, dressed up with
// a few digits and signs; or it is one thing over and over, or a straight run.
func isCommon(pw string) bool {
	whole := fold(pw)
	part := unit(whole)
	if part != whole && utf8.RuneCountInString(part) <= minWord || run(whole) {
		return true
	}
	for _, folded := range []string{whole, part} {
		if listed(commonList, folded) || dressed(folded, folded) {
			return true
		}
		for _, l := range leet {
			if read := l.Replace(folded); listed(commonList, read) || dressed(folded, read) {
				return true
			}
		}
	}
	return false
}

// unit is what s repeats, or s.
func unit(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && s[n:] == s[:len(s)-n] {
			return s[:n]
		}
	}
	return s
}

// run reports whether all of s is one step after the other, up or down, as on
// a keypad or in the alphabet.
func run(s string) bool {
	rs := []rune(s)
	if len(rs) < minWord {
		return false
	}
	step := rs[1] - rs[0]
	if step < -1 || step > 1 {
		return false
	}
	for i := 2; i < len(rs); i++ {
		d := rs[i] - rs[i-1]
		wraps := step == 1 && rs[i-1] == '9' && rs[i] == '0' || step == -1 && rs[i-1] == '0' && rs[i] == '9'
		if d != step && !wraps {
			return false
		}
	}
	return true
}

// dressed reports whether a common base word remains when a few digits and
// signs are taken from both ends of pw. The word is looked for in read, which
// is pw as an attacker reads it.
func dressed(pw, read string) bool {
	typed, seen := []rune(pw), []rune(read)
	if len(typed) != len(seen) {
		return false
	}
	for front := 0; front <= maxDecoration && front < len(typed) && (front == 0 || bare(typed[front-1])); front++ {
		for end := len(typed); end > front && len(typed)-end+front <= maxDecoration; end-- {
			if end < len(typed) && !bare(typed[end]) {
				break
			}
			word := string(seen[front:end])
			if utf8.RuneCountInString(word) >= minWord && !letterless(string(typed[front:end])) && base(word) {
				return true
			}
		}
	}
	return false
}

func bare(r rune) bool { return !unicode.IsLetter(r) }

// base reports whether word is one that many passwords are made from.
func base(word string) bool {
	word = unit(word)
	return listed(baseList, word) || listed(ourBaseList, word)
}

// listed reports whether a sorted list has the line.
func listed(list, line string) bool {
	if line == "" || strings.ContainsRune(line, '\n') {
		return false
	}
	low, high := 0, len(list) // starts of lines, both
	for low < high {
		start := strings.LastIndexByte(list[low:(low+high)/2], '\n') + 1 + low
		length := strings.IndexByte(list[start:], '\n')
		switch at := list[start : start+length]; {
		case at == line:
			return true
		case at < line:
			low = start + length + 1
		default:
			high = start
		}
	}
	return false
}
