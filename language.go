package keyfold

import "strings"

// A Language is one that pages and mails are written in. The zero Language is
// none: whoever holds it asks the next in line (the user, the account, the
// entity, the browser).
type Language struct{ tag string }

// The languages that we ship.
var (
	English = Language{"en"}
	Dutch   = Language{"nl"}
	German  = Language{"de"}
)

// Languages are all languages, in the order in which pages offer them.
func Languages() []Language { return []Language{English, Dutch, German} }

// ParseLanguage reads a language tag by its first part: "nl-BE" is Dutch. The
// empty text is no language.
func ParseLanguage(tag string) (Language, error) {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(tag)), "_", "-"), "-")
	if base == "" {
		return Language{}, nil
	}
	for _, l := range Languages() {
		if l.tag == base {
			return l, nil
		}
	}
	return Language{}, Refuse(Invalid, "language.unknown").With("Language", tag)
}

// String is the tag, like "nl"; empty for no language.
func (l Language) String() string { return l.tag }

// Or is l, or the other when l is none.
func (l Language) Or(other Language) Language {
	if l == (Language{}) {
		return other
	}
	return l
}

// UnmarshalText reads a stored tag through the same rules.
func (l *Language) UnmarshalText(b []byte) (err error) {
	*l, err = ParseLanguage(string(b))
	return err
}
