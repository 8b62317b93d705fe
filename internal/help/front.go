package help

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// front is what an article says of itself before its text. A key that is not
// here is an error: it would be a typing mistake that nobody sees.
type front struct {
	Title    string   `yaml:"title"`
	Summary  string   `yaml:"summary"`
	Keywords []string `yaml:"keywords"`
	Asked    []string `yaml:"asked"`
	Steps    []int    `yaml:"steps"`
	Audience string   `yaml:"audience"`
	Related  []string `yaml:"related"`
	Pages    []string `yaml:"pages"`
	Errors   []string `yaml:"errors"`
}

// ofOperator is the audience of the operator's manual, which is no help for
// customers.
const ofOperator = "operator"

// What one file may be: more than the longest article, less than what would
// make a page that a phone cannot load.
const (
	maxFile         = 64 << 10
	maxKeywords     = 40
	maxAskedPhrases = 40
	lastStep        = 10
)

// cutFront takes the front matter off a file. What is left is the text, and the
// number of the line that it begins on.
func cutFront(file []byte) (f front, text []byte, line int, err error) {
	file = bytes.ReplaceAll(bytes.TrimPrefix(file, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	if len(file) > maxFile {
		return f, nil, 0, fmt.Errorf("it has %d KB. An article has at most %d: make two of it", len(file)>>10, maxFile>>10)
	}
	rest, ok := bytes.CutPrefix(file, []byte("---\n"))
	head, text, closed := bytes.Cut(rest, []byte("\n---\n"))
	if !ok || !closed {
		return f, nil, 0, errors.New("it has no head. Begin with a line ---, then title, summary and keywords, then a line ---")
	}
	if err := yaml.UnmarshalWithOptions(head, &f, yaml.Strict()); err != nil {
		return f, nil, 0, fmt.Errorf("its head cannot be read: %s", strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return f, text, bytes.Count(head, []byte("\n")) + 4, f.check()
}

func (f front) check() error {
	var errs []error
	for _, must := range []struct{ name, text string }{{"title", f.Title}, {"summary", f.Summary}} {
		if strings.TrimSpace(must.text) == "" {
			errs = append(errs, fmt.Errorf("its head has no %s", must.name))
		}
	}
	if !slices.Contains([]string{"", "customer", ofOperator}, f.Audience) {
		errs = append(errs, fmt.Errorf("its audience is %q. Write customer or %s", f.Audience, ofOperator))
	}
	if len(f.Keywords) > maxKeywords {
		errs = append(errs, fmt.Errorf("it has %d keywords. Keep the %d that people type", len(f.Keywords), maxKeywords))
	}
	for _, step := range f.Steps {
		if step < 1 || step > lastStep {
			errs = append(errs, fmt.Errorf("it names step %d. There are steps 1 to %d", step, lastStep))
		}
	}
	for _, word := range f.Keywords {
		if slug(word) == "" {
			errs = append(errs, fmt.Errorf("its keyword %q has no letter and no digit", word))
		}
	}
	if len(f.Asked) > maxAskedPhrases {
		errs = append(errs, fmt.Errorf("its head has %d lines in asked. Keep the %d that people type most", len(f.Asked), maxAskedPhrases))
	}
	for _, phrase := range f.Asked {
		if len(phrase) > maxQuery {
			errs = append(errs, fmt.Errorf("its line %q in asked is longer than a search can be: %d bytes", phrase, maxQuery))
		}
	}
	return errors.Join(errs...)
}
