package portal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// A browser shows one page at a time and does what a person can do with it.
// It has no script, and keeps cookies by the clock of its world.
type browser struct {
	world    *world
	language string
	client   *http.Client
	jar      *jar

	at     *url.URL
	method string // that was answered
	status int
	header http.Header
	raw    []byte // the page as it came
	page   *html.Node
	typed  map[*html.Node]string
	last   func() error // sends the last form once more
}

// errNotThere is of what a page does not have.
var errNotThere = errors.New("not on the page")

func (w *world) browser() *browser {
	j := &jar{now: w.clock.Now, cookies: map[string]*http.Cookie{}}
	return &browser{
		world: w, language: "en", jar: j, client: &http.Client{Transport: w.server.Client().Transport, Jar: j},
	}
}

// A jar keeps the cookies of one host. Names with __Host- are kept only when
// they are what the name promises, as browsers do it.
type jar struct {
	now     func() time.Time
	off     bool
	cookies map[string]*http.Cookie
}

func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		hostOnly := c.Secure && c.Path == "/" && c.Domain == ""
		over := c.MaxAge < 0 || !c.Expires.IsZero() && !c.Expires.After(j.now())
		switch {
		case j.off || !hostOnly || !c.HttpOnly || !strings.HasPrefix(c.Name, "__Host-"):
		case over:
			delete(j.cookies, c.Name)
		default:
			j.cookies[c.Name] = c
		}
	}
}

func (j *jar) Cookies(*url.URL) (all []*http.Cookie) {
	for _, c := range j.cookies {
		if c.Expires.IsZero() || c.Expires.After(j.now()) {
			all = append(all, &http.Cookie{Name: c.Name, Value: c.Value})
		}
	}
	return all
}

func (b *browser) visit(address string) error {
	if strings.HasPrefix(address, "/") {
		address = b.world.server.URL + address
	}
	return b.send(http.MethodGet, address, nil)
}

func (b *browser) send(method, address string, form url.Values) (err error) {
	req, err := http.NewRequestWithContext(b.world.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Language", b.language)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("Origin", b.world.server.URL)
		b.last = func() error { return b.send(method, address, form) }
	}
	res, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	b.at, b.status, b.header, b.typed = res.Request.URL, res.StatusCode, res.Header, map[*html.Node]string{}
	b.method = res.Request.Method
	if b.raw, err = io.ReadAll(io.LimitReader(res.Body, 1<<20)); err != nil {
		return err
	}
	if b.page, err = html.Parse(bytes.NewReader(b.raw)); err != nil {
		return err
	}
	if b.status >= http.StatusInternalServerError {
		return fmt.Errorf("%s: %s; the log says\n%s", b.at.Path, res.Status, b.world.log)
	}
	return nil
}

// fill types into the field with that label.
func (b *browser) fill(label, value string) error {
	for n := range b.nodes("label") {
		if said := text(n); said != label && !strings.HasPrefix(said, label+" (") {
			continue
		}
		for _, kind := range []string{"input", "textarea"} {
			for in := range b.nodes(kind) {
				if attr(in, "id") == attr(n, "for") {
					b.typed[in] = value
					return nil
				}
			}
		}
	}
	return fmt.Errorf("%w: no field %q", errNotThere, label)
}

// tick ticks the box, or the choice, with that label.
func (b *browser) tick(label string) error {
	for n := range b.nodes("input") {
		if kind := attr(n, "type"); kind == "checkbox" || kind == "radio" {
			for l := range b.nodes("label") {
				if attr(l, "for") == attr(n, "id") && text(l) == label {
					b.typed[n] = attr(n, "value")
					return nil
				}
			}
		}
	}
	return fmt.Errorf("%w: no box %q", errNotThere, label)
}

// press sends the form of a button.
func (b *browser) press(button string) error {
	for n := range b.nodes("button") {
		if text(n) != button || attr(n, "type") == "button" || has(n, "hidden") {
			continue
		}
		form := n.Parent
		for form != nil && form.Data != "form" {
			form = form.Parent
		}
		if form == nil {
			return fmt.Errorf("the button %q is in no form", button)
		}
		return b.submit(form, n)
	}
	return fmt.Errorf("%w: no button %q", errNotThere, button)
}

func (b *browser) submit(form, button *html.Node) error {
	values := url.Values{}
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || n.Data != "input" && n.Data != "textarea" || attr(n, "name") == "" || has(n, "disabled") {
			continue
		}
		value, ok := b.typed[n]
		if n.Data == "textarea" && !ok {
			value, ok = text(n), true
		}
		if kind := attr(n, "type"); (kind == "checkbox" || kind == "radio") && !ok && !has(n, "checked") {
			continue
		}
		if !ok {
			value = attr(n, "value")
		}
		values.Add(attr(n, "name"), value)
	}
	if name := attr(button, "name"); name != "" {
		values.Add(name, attr(button, "value"))
	}
	to, err := b.at.Parse(attr(form, "action"))
	if err != nil {
		return err
	}
	if strings.EqualFold(attr(form, "method"), http.MethodPost) {
		return b.send(http.MethodPost, to.String(), values)
	}
	to.RawQuery = values.Encode()
	return b.send(http.MethodGet, to.String(), nil)
}

// choose follows the link that says so.
func (b *browser) choose(what string) error {
	for n := range b.nodes("a") {
		if !strings.Contains(text(n), what) || strings.HasPrefix(attr(n, "href"), "mailto:") {
			continue
		}
		to, err := b.at.Parse(attr(n, "href"))
		if err != nil {
			return err
		}
		return b.send(http.MethodGet, to.String(), nil)
	}
	return fmt.Errorf("%w: no link %q", errNotThere, what)
}

func (b *browser) see(what string) error {
	if !strings.Contains(b.text(), what) {
		return fmt.Errorf("%w: no %q", errNotThere, what)
	}
	return nil
}

func (b *browser) text() string {
	if b.page == nil {
		return "(nothing)"
	}
	return fmt.Sprintf("%s (%d) %s", b.at.Path, b.status, text(b.page))
}

func (b *browser) nodes(name string) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if b.page == nil {
			return
		}
		for n := range b.page.Descendants() {
			if n.Type == html.ElementNode && n.Data == name && !yield(n) {
				return
			}
		}
	}
}

// text is what a node says, words apart as they are on the screen.
func text(n *html.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style":
			s.WriteString(d.Data)
		case d.Type == html.ElementNode && d.Data != "b" && d.Data != "a" && d.Data != "span":
			s.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(s.String()), " ")
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}
