package e2e_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// A fate is what may become of something that was typed.
type fate int

const (
	never fate = iota // passwords, codes, tokens: it is nowhere, not even in free places of a file
	typed             // searches and names that were tried: it is on the page that answers, and nowhere else
	kept              // names, addresses and notes: it is where it belongs, and in no event, log or metric
)

// A canary is a text that is nowhere else in the world.
type canary struct {
	text, where string
	fate        fate
}

// An aviary has all canaries, and where they were let in.
type aviary struct{ all []canary }

// letters are those of canaries: what looks like one by chance is none.
const letters = "bcdfghjkmnpqrstvwxz"

func (a *aviary) draw(where string, f fate, form string) string {
	var b [14]byte
	_, _ = rand.Read(b[:])
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	text := fmt.Sprintf(form, b)
	if strings.Contains(form, "%d") {
		n := 0
		for _, c := range b[:9] {
			n = n*7 + int(c)
		}
		text = fmt.Sprintf(form, 100_000_000+n%899_999_999)
	}
	a.all = append(a.all, canary{text, where, f})
	return text
}

// A robot goes through all pages that one kind of visitor reaches, and types a
// canary into every field.
type robot struct {
	*testing.T
	*aviary

	who, base string
	jar       map[string]string
	seen      map[string]bool
	pages     map[string]string // by what was asked, without the answers to forms
	answers   map[string]string
	inputs    map[string]bool
	fixed     map[string]string // of fields that have to be right
	reader    bool              // fills no form in
	read      []string          // all that it was shown
}

func newRobot(t *testing.T, birds *aviary, who, base string) *robot {
	return &robot{
		T: t, aviary: birds, who: who, base: base, jar: map[string]string{}, seen: map[string]bool{}, pages: map[string]string{},
		answers: map[string]string{}, inputs: map[string]bool{}, fixed: map[string]string{},
	}
}

// A sheet is a page as a robot reads it.
type sheet struct {
	at    *url.URL
	code  int
	text  string
	links []string
	forms []paper
}

// A paper is a form with its fields.
type paper struct {
	action, method string
	fields         []blank
}

type blank struct{ name, kind, mode, value string }

// send asks for a page, and follows where it leads.
func (r *robot) send(method, address string, form url.Values) sheet {
	r.Helper()
	for range 5 {
		req, err := http.NewRequestWithContext(r.Context(), method, address, strings.NewReader(form.Encode()))
		if err != nil {
			r.Fatal(err)
		}
		if method == http.MethodPost {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		req.Header.Set("User-Agent", r.fixed["User-Agent"])
		for name, value := range r.jar {
			req.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			r.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			r.Fatal(err)
		}
		for _, c := range res.Cookies() {
			if c.MaxAge < 0 {
				delete(r.jar, c.Name)
				continue
			}
			r.jar[c.Name] = c.Value
			if len(c.Value) > 30 {
				r.all = append(r.all, canary{c.Value, "cookie " + c.Name + " of " + r.who, never})
			}
		}
		if res.StatusCode >= 500 {
			r.Errorf("%s: %s %s: %d\n%s", r.who, method, address, res.StatusCode, body)
		}
		to := res.Header.Get("Location")
		if to == "" {
			s := read(r.T, req.URL, res.StatusCode, body)
			r.read = append(r.read, s.text)
			if method == http.MethodGet && form == nil {
				r.pages[address] = s.text
			}
			return s
		}
		method, form = http.MethodGet, nil
		next, err := req.URL.Parse(to)
		if err != nil {
			r.Fatal(err)
		}
		address = next.String()
	}
	r.Fatalf("%s: %s leads in a circle", r.who, address)
	return sheet{}
}

func (r *robot) get(path string) sheet { r.Helper(); return r.send(http.MethodGet, r.base+path, nil) }

// read finds links and forms.
func read(t *testing.T, at *url.URL, code int, body []byte) sheet {
	t.Helper()
	s := sheet{at: at, code: code, text: string(body)}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	s.walk(root, -1)
	return s
}

func (s *sheet) walk(n *html.Node, in int) {
	value := func(name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	switch {
	case n.Type != html.ElementNode:
	case n.Data == "a":
		s.links = append(s.links, value("href"))
	case n.Data == "form":
		in = len(s.forms)
		s.forms = append(s.forms, paper{action: value("action"), method: strings.ToUpper(value("method"))})
	case in >= 0 && slices.Contains([]string{"input", "textarea", "select", "button"}, n.Data) && value("name") != "":
		kind := value("type")
		if n.Data != "input" && n.Data != "button" {
			kind = n.Data
		}
		if n.Data == "button" {
			kind = "submit"
		}
		s.forms[in].fields = append(s.forms[in].fields, blank{value("name"), kind, value("inputmode"), value("value")})
	case in >= 0 && n.Data == "option" && len(s.forms[in].fields) > 0:
		if last := &s.forms[in].fields[len(s.forms[in].fields)-1]; last.kind == "select" && last.value == "" {
			last.value = value("value")
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.walk(c, in)
	}
}

// Fields in which people are named or write something that is kept.
var keptFields = []string{
	"name", "email", "contact-name", "contact-email", "note", "reason", "look", "why", "closing", "new-contact", "new-name", "invite-email", "key-name", "freeze-said",
}

// canaryFor is what is typed into a field: of the form that it wants.
func (r *robot) canaryFor(where string, b blank) string {
	if value, ok := r.fixed[b.name]; ok {
		return value
	}
	f := typed
	if slices.Contains(keptFields, b.name) || b.name == "q" && strings.HasPrefix(where, "GET /help") {
		f = kept
	}
	where = r.who + ": " + where + " " + b.name
	r.inputs[where] = true
	switch {
	case b.kind == "password":
		return r.draw(where, never, "Cnry-%s-1")
	case b.name == "code" || b.name == "pin":
		return r.draw(where, never, "%d")
	case b.kind == "email" || b.mode == "email" || strings.Contains(b.name, "contact") && !strings.Contains(b.name, "name"):
		return r.draw(where, f, "cnry%s@canary.example")
	case b.kind == "date":
		return "2026-11-01"
	}
	return r.draw(where, f, "Cnry%s")
}

var (
	names  = regexp.MustCompile(`[A-Z]{2,3}[0-9]{6,}|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9_-]{20,}|[0-9]+`)
	ending = regexp.MustCompile(`/(logout|unlink|leave|delete|end)$`)
)

// explore goes through all that can be reached from some pages, form by form. What
// would end the visit comes last.
func (r *robot) explore(paths ...string) {
	r.Helper()
	var last []string
	for len(paths)+len(last) > 0 {
		if len(paths) == 0 {
			paths, last = last[:1], last[1:]
		}
		path := paths[0]
		paths = paths[1:]
		if key := "GET " + names.ReplaceAllString(path, "#"); r.seen[key] || len(r.pages) > 600 {
			continue
		} else { //nolint:revive // the key is of no use outside
			r.seen[key] = true
		}
		s := r.get(path)
		for _, link := range s.links {
			if next, err := s.at.Parse(link); err == nil && "http://"+next.Host == r.base && !strings.HasPrefix(next.Path, "/static/") && !next.Query().Has("lang") {
				if next.Fragment = ""; ending.MatchString(next.Path) {
					last = append(last, next.RequestURI())
				} else {
					paths = append(paths, next.RequestURI())
				}
			}
		}
		for _, form := range s.forms {
			if !r.reader {
				r.hand(s, form)
			}
		}
	}
}

// hand fills a form in and sends it, once with each of its buttons.
func (r *robot) hand(s sheet, form paper) {
	r.Helper()
	action, err := s.at.Parse(form.action)
	if err != nil {
		r.Fatal(err)
	}
	if form.method == "" {
		form.method = http.MethodGet
	}
	buttons := []blank{{}}
	for _, b := range form.fields {
		if b.kind == "submit" {
			buttons = append(buttons, b)
		}
	}
	if len(buttons) > 1 {
		buttons = buttons[1:]
	}
	for _, button := range buttons {
		where := form.method + " " + action.Path
		key := names.ReplaceAllString(where, "#")
		for _, b := range form.fields {
			key += " " + b.name
		}
		if key += "=" + button.value; r.seen[key] || ending.MatchString(action.Path) && strings.HasSuffix(action.Path, "logout") {
			continue
		}
		r.seen[key] = true
		values := url.Values{}
		for _, b := range form.fields {
			switch b.kind {
			case "submit":
			case "hidden", "checkbox", "radio", "select":
				values.Set(b.name, b.value)
			default:
				values.Set(b.name, r.canaryFor(where, b))
			}
		}
		if button.name != "" {
			values.Set(button.name, button.value)
		}
		if form.method == http.MethodGet {
			action.RawQuery = values.Encode()
			r.answers[where+key] = r.send(http.MethodGet, action.String(), url.Values{}).text
			continue
		}
		r.answers[where+key] = r.send(form.method, action.String(), values).text
	}
}

// does fills in the form that goes to a path, with what has to be right.
func (r *robot) does(s sheet, action string, right map[string]string) {
	r.Helper()
	for _, form := range s.forms {
		to, err := s.at.Parse(form.action)
		if err != nil || to.Path != action && action != "" || form.method != http.MethodPost {
			continue
		}
		values := url.Values{}
		for _, b := range form.fields {
			values.Set(b.name, b.value)
		}
		for name, value := range right {
			if !values.Has(name) {
				r.Fatalf("%s: the form of %s has no field %s, but %v", r.who, s.at, name, values)
			}
			values.Set(name, value)
		}
		r.send(http.MethodPost, to.String(), values)
		return
	}
	r.Fatalf("%s: no form at %s goes to %s:\n%s", r.who, s.at, action, s.text)
}
