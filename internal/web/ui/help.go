package ui

import "slices"

// Help is what the help centre has for a page. The zero Help is a page without
// any, such as one of the help itself.
type Help struct {
	Path   string                           // of the article about this page
	Answer func(id string) (HelpLink, bool) // the article about a refusal, by the ID of its text
}

// A HelpLink leads to an article.
type HelpLink struct {
	Title string
	Path  string
}

// answers are the articles about what went wrong, each once.
func (p Page) answers(f Form) (found []HelpLink) {
	if p.Help.Answer == nil {
		return nil
	}
	for _, r := range f.Refusals {
		if link, ok := p.Help.Answer(r.Text); ok && !slices.Contains(found, link) {
			found = append(found, link)
		}
	}
	return found
}
