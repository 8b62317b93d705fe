// Package locale holds every sentence that a person reads, in every language,
// and knows which language a person wants. What the sentences are about is not
// its business.
package locale

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/keyfold/keyfold"
)

//go:embed texts/*.yaml
var texts embed.FS

// A Catalog is all texts in all languages.
type Catalog struct {
	printers map[keyfold.Language]*Printer
	ids      map[keyfold.Language]map[string]bool
}

// A Printer writes in one language.
type Printer struct {
	lang  keyfold.Language
	loc   *i18n.Localizer   // of the other texts
	plain map[string]phrase // texts that have one form, whatever the number
}

// Load reads the texts that are built in.
func Load() (*Catalog, error) {
	bundle := i18n.NewBundle(language.English)
	formats := map[string]i18n.UnmarshalFunc{"yaml": yaml.Unmarshal}
	c := &Catalog{printers: map[keyfold.Language]*Printer{}, ids: map[keyfold.Language]map[string]bool{}}
	files, err := fs.Glob(texts, "texts/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("locale: %w", err)
	}
	for _, file := range files {
		content, err := texts.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("locale: %w", err)
		}
		parsed, err := i18n.ParseMessageFileBytes(content, path.Base(file), formats)
		if err != nil {
			return nil, fmt.Errorf("locale: %s: %w", file, err)
		}
		lang, err := keyfold.ParseLanguage(parsed.Tag.String())
		if err != nil {
			return nil, fmt.Errorf("locale: %s: %w", file, err)
		}
		if c.ids[lang] == nil {
			c.ids[lang] = map[string]bool{}
		}
		for _, m := range parsed.Messages {
			if c.ids[lang][m.ID] {
				return nil, fmt.Errorf("locale: %s: %s is there twice", file, m.ID)
			}
			c.ids[lang][m.ID] = true
			if c.printers[lang] == nil {
				c.printers[lang] = &Printer{lang: lang, loc: i18n.NewLocalizer(bundle, lang.String()), plain: map[string]phrase{}}
			}
			if text, ok := parse(m.Other); ok && m.One == "" {
				c.printers[lang].plain[m.ID] = text
				continue
			}
			if err := bundle.AddMessages(parsed.Tag, m); err != nil {
				return nil, fmt.Errorf("locale: %s: %s: %w", file, m.ID, err)
			}
		}
	}
	return c, nil
}

// Printer is the one for a language; English for none.
func (c *Catalog) Printer(lang keyfold.Language) *Printer {
	return c.printers[lang.Or(keyfold.English)]
}

// IDs are the message IDs that a language has, sorted.
func (c *Catalog) IDs(lang keyfold.Language) []string {
	return slices.Sorted(maps.Keys(c.ids[lang]))
}

// Has reports whether the text exists, in English at least.
func (c *Catalog) Has(id string) bool { return c.ids[keyfold.English][id] }

// Language is the language that p writes in.
func (p *Printer) Language() keyfold.Language { return p.lang }

// Text is the text with that ID. The args are names and values in turn;
// "Count" also chooses between singular and plural. An ID that nobody wrote a
// text for comes out as itself, in brackets, so that it is seen.
func (p *Printer) Text(id string, args ...any) string {
	if text, ok := p.plain[id]; ok {
		return text.with(args)
	}
	cfg := i18n.LocalizeConfig{MessageID: id}
	if len(args) > 0 {
		data := make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			name, _ := args[i].(string)
			data[name] = args[i+1]
			if name == "Count" {
				cfg.PluralCount = args[i+1]
			}
		}
		cfg.TemplateData = data
	}
	s, err := p.loc.Localize(&cfg)
	if err != nil && s == "" {
		return "[" + id + "]"
	}
	return strings.TrimRight(s, "\n")
}
