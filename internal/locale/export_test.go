package locale

import (
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// BothWays is a text as it is made of its pieces, and as go-i18n makes it.
func BothWays(p *Printer, id string, args ...any) (short, long string, err error) {
	slow := Printer{lang: p.lang, loc: p.loc}
	if text, ok := p.plain[id]; ok {
		bundle := i18n.NewBundle(language.English)
		if err := bundle.AddMessages(language.Make(p.lang.String()), &i18n.Message{ID: id, Other: text.template()}); err != nil {
			return "", "", err
		}
		slow.loc = i18n.NewLocalizer(bundle, p.lang.String())
	}
	return p.Text(id, args...), slow.Text(id, args...), nil
}

// template is the text that was taken apart.
func (p phrase) template() string {
	var out strings.Builder
	for i, piece := range p {
		if i%2 == 1 {
			piece = "{{." + piece + "}}"
		}
		out.WriteString(piece)
	}
	return out.String()
}
