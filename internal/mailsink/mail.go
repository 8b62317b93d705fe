package mailsink

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/keyfold/keyfold"
)

// A Mail is one that the sink accepted, for one mailbox.
type Mail struct {
	ID                 string
	From, To           string // of the envelope
	Envelope           Envelope
	Received           time.Time
	Unanswered         bool // the sender was never told that it was accepted
	MessageID, Subject string
	Text, HTML         string
	Header             mail.Header
	Raw                []byte
	Links              []string // of both parts, each once, in order
	Problem            string   // why it could not be read, or not wholly
}

// An Envelope is what the sender asked for should the mail not arrive.
type Envelope struct {
	ID       string // of the sender's own
	Original string // recipient, as the sender knows it
	HeadOnly bool   // return no more than the head
	Notify   int    // how many kinds of news are asked for
}

func isTo(m Mail, to keyfold.Email) bool {
	got, err := keyfold.ParseEmail(m.To)
	return err == nil && got.Same(to)
}

// maxDepth of parts within parts.
const maxDepth = 5

// parse reads a mail as a mail program does. What it cannot read it leaves in
// Raw, and says so.
func parse(raw []byte) Mail {
	m := Mail{Raw: bytes.Clone(raw)}
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Problem = err.Error()
		return m
	}
	m.Header = msg.Header
	m.MessageID = strings.Trim(strings.TrimSpace(msg.Header.Get("Message-ID")), "<>")
	words := mime.WordDecoder{CharsetReader: decoder}
	if m.Subject, err = words.DecodeHeader(msg.Header.Get("Subject")); err != nil {
		m.Subject, m.Problem = msg.Header.Get("Subject"), err.Error()
	}
	if err := m.read(part{
		kind: msg.Header.Get("Content-Type"), encoding: msg.Header.Get("Content-Transfer-Encoding"), body: msg.Body,
	}, 0); err != nil {
		m.Problem = err.Error()
	}
	m.Links = links(m.Text, m.HTML)
	return m
}

type part struct {
	kind, encoding string
	body           io.Reader
}

// read takes the first text and the first HTML of a part and what is in it.
func (m *Mail) read(p part, depth int) error {
	if p.kind == "" {
		p.kind = "text/plain"
	}
	kind, params, err := mime.ParseMediaType(p.kind)
	if err != nil {
		return fmt.Errorf("content type %q: %w", p.kind, err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		return m.readParts(multipart.NewReader(p.body, params["boundary"]), depth)
	}
	into := &m.Text
	switch {
	case kind == "text/html":
		into = &m.HTML
	case kind != "text/plain":
		return nil
	}
	if *into != "" {
		return nil
	}
	text, err := p.decode(params["charset"])
	*into = text
	return err
}

func (m *Mail) readParts(parts *multipart.Reader, depth int) error {
	if depth == maxDepth {
		return fmt.Errorf("more than %d parts within parts", maxDepth)
	}
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("part: %w", err)
		}
		inner := part{kind: p.Header.Get("Content-Type"), encoding: p.Header.Get("Content-Transfer-Encoding"), body: p}
		if err := m.read(inner, depth+1); err != nil {
			return err
		}
	}
}

func (p part) decode(charset string) (string, error) {
	body := p.body
	switch strings.ToLower(strings.TrimSpace(p.encoding)) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	body, err := decoder(charset, body)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return "", fmt.Errorf("part: %w", err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n"), nil
}

// decoder turns text of a charset into UTF-8.
func decoder(charset string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "", "utf-8", "us-ascii":
		return r, nil
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return nil, fmt.Errorf("charset %q: %w", charset, err)
	}
	return enc.NewDecoder().Reader(r), nil
}

var bareURL = regexp.MustCompile(`https?://[^\s<>"']+`)

// links are the addresses that a reader can open: those in the text, and the
// targets in the HTML.
func links(text, page string) []string {
	var all []string
	add := func(link string) {
		if !slices.Contains(all, link) {
			all = append(all, link)
		}
	}
	for _, link := range bareURL.FindAllString(text, -1) {
		add(strings.TrimRight(link, ".,;:!?)"))
	}
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return all
	}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if n.Type == html.ElementNode && a.Key == "href" && a.Val != "" {
				add(a.Val)
			}
		}
	}
	return all
}
