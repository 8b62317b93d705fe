// Package ui draws what all pages share: the frame, the parts that pages are
// built from, their style and their small script. Which pages there are is not
// its business.
package ui

import (
	"net/url"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
)

// A Page is what the frame of every page needs to know. The surface fills in
// what comes from the request and the configuration; the page itself sets its
// title.
type Page struct {
	Lang       *locale.Printer
	Languages  []keyfold.Language // none: all that we ship
	Title      string             // in the language of the page; set by the page
	Error      bool               // the title says so first; set by the page
	NoReferrer bool               // on pages whose address is a secret; set by the page
	Brand      Brand
	Assets     *Assets
	Path       string // path and query of this page, for the links to other languages
	Canonical  string // the one address of what the page shows; empty: not said
	Help       Help

	HelpURL      string // empty: no such link
	PrivacyURL   string
	SupportEmail string // whom to ask; empty: pages say "customer care" and no more

	Now  time.Time
	Zone *time.Location // nil: UTC

	Person string // who is logged in, as far as the page has asked
	Cookie bool   // the browser has one of a login; whether it is over, nobody has asked
	Demo   *Demo  // nil: not a demo
}

// Demo says that nothing here is real, on a strip above each page.
type Demo struct {
	Mails int // in the built-in mailbox
}

// loggedIn reports whether to offer the way out: from each page, also those that
// do not ask whose session it is.
func (p Page) loggedIn() bool { return p.Person != "" || p.Cookie }

// Text is a text in the language of the page. Spans of time and moments among
// the args come out as words, moments in the zone of the page.
func (p Page) Text(id string, args ...any) string {
	said := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case time.Duration:
			said[i] = p.Lang.Span(v)
		case time.Time:
			said[i] = p.Moment(v)
		default:
			said[i] = arg
		}
	}
	return p.Lang.Text(id, said...)
}

// Moment is a day and time in words, as seen from now.
func (p Page) Moment(t time.Time) string { return p.Lang.Moment(t.In(p.zone()), p.Now) }

// Clock is the time of day.
func (p Page) Clock(t time.Time) string { return p.Lang.Clock(t.In(p.zone())) }

// Date is a day in full.
func (p Page) Date(t time.Time) string { return p.Lang.Date(t.In(p.zone())) }

// Stamp is a time for machines, for the datetime attribute.
func (p Page) Stamp(t time.Time) string { return t.In(p.zone()).Format(time.RFC3339) }

func (p Page) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// Titled is the page with its title, a message ID.
func (p Page) Titled(id string, args ...any) Page {
	p.Title = p.Text(id, args...)
	return p
}

// Private is the page with an address that other sites must not see.
func (p Page) Private() Page {
	p.NoReferrer = true
	return p
}

// Failed is the page as one that says what went wrong, if there is anything.
func (p Page) Failed(f Form) Page {
	p.Error = len(f.Refusals) > 0
	return p
}

// headline is the text of the title element: what went wrong comes first, and
// whose page it is last.
func (p Page) headline() string {
	title := p.Title + " · " + p.Brand.Name
	if p.Error {
		return p.Text("page.error_title", "Title", title)
	}
	return title
}

func (p Page) languages() []keyfold.Language {
	if len(p.Languages) == 0 {
		return keyfold.Languages()
	}
	return p.Languages
}

// in is this page in another language. An address that is not a plain path of
// ours is not followed.
func (p Page) in(lang keyfold.Language) string {
	u, err := url.Parse(p.Path)
	if err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") {
		u = &url.URL{}
	}
	q := u.Query()
	q.Set("lang", lang.String())
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).String()
}

// LanguageName is how the speakers of a language call it.
func LanguageName(lang keyfold.Language) string {
	switch lang {
	case keyfold.Dutch:
		return "Nederlands"
	case keyfold.German:
		return "Deutsch"
	default:
		return "English"
	}
}

// ZoneName is what the zone of the page is called: "Europe/Amsterdam".
func (p Page) ZoneName() string { return p.zone().String() }
