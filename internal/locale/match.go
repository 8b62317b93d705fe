package locale

import (
	"golang.org/x/text/language"

	"github.com/keyfold/keyfold"
)

// maxAccept bounds the work that a header can ask for.
const maxAccept = 256

// Match is the language that the Accept-Language header of a browser asks for,
// among ours. A header that asks for none of ours, or that cannot be read,
// gives the fallback.
func Match(accept string, fallback keyfold.Language) keyfold.Language {
	if len(accept) > maxAccept {
		accept = accept[:maxAccept]
	}
	tags, weights, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return fallback
	}
	for i, tag := range tags {
		if weights[i] <= 0 {
			continue
		}
		base, _ := tag.Base()
		if lang, err := keyfold.ParseLanguage(base.String()); err == nil && lang != (keyfold.Language{}) {
			return lang
		}
	}
	return fallback
}
