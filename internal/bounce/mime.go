package bounce

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"strings"
)

// What is beyond these is no report that a mail server writes.
const (
	maxMessage = 1 << 20 // bytes that are looked at
	maxText    = 64 << 10
	maxDepth   = 5  // parts within parts
	maxParts   = 50 // in all
	maxFields  = 500
	maxReports = 20 // mailboxes in one report
)

// A header is a block of fields by their names in small letters. Of two with one
// name, the first counts.
type header map[string]string

// fieldsOf reads a block up to its first empty line, and gives what follows. Lines
// that are no fields are passed over: not every server writes by the book.
func fieldsOf(block []byte) (h header, rest []byte) {
	h = header{}
	last := ""
	for n := 0; len(block) > 0 && n < maxFields; n++ {
		line, after, _ := bytes.Cut(block, []byte("\n"))
		block = after
		text := strings.TrimRight(string(line), "\r")
		if strings.TrimSpace(text) == "" {
			return h, block
		}
		if text[0] == ' ' || text[0] == '\t' {
			if last != "" {
				h[last] += " " + strings.TrimSpace(text)
			}
			continue
		}
		name, value, ok := strings.Cut(text, ":")
		last = strings.ToLower(strings.TrimSpace(name))
		if _, there := h[last]; there || !ok {
			last = ""
			continue
		}
		h[last] = strings.TrimSpace(value)
	}
	return h, block
}

// groupsOf reads blocks of fields with empty lines between them.
func groupsOf(block []byte) (groups []header) {
	for len(block) > 0 && len(groups) <= maxReports {
		h, rest := fieldsOf(block)
		if len(h) > 0 {
			groups = append(groups, h)
		}
		block = rest
	}
	return groups
}

// findings are the parts of a mail that matter.
type findings struct {
	groups    []header // of the delivery status
	originals []header // heads of the mail that came back
	text      string   // for people
	parts     int
}

// read takes what matters of a part and of those in it.
func (f *findings) read(h header, body []byte, depth int) {
	if f.parts++; f.parts > maxParts {
		return
	}
	kind, params, _ := mime.ParseMediaType(h["content-type"]) // of a bad parameter, the kind is still told
	if strings.HasPrefix(kind, "multipart/") {
		if depth < maxDepth {
			f.readParts(multipart.NewReader(bytes.NewReader(body), params["boundary"]), depth)
		}
		return
	}
	body = decoded(h["content-transfer-encoding"], body)
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		f.groups = append(f.groups, groupsOf(body)...)
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		original, _ := fieldsOf(body)
		f.originals = append(f.originals, original)
	case "text/plain", "":
		if f.text == "" {
			f.text = string(body[:min(len(body), maxText)])
		}
	}
}

// readParts stops at what it cannot read: what came before may be enough.
func (f *findings) readParts(parts *multipart.Reader, depth int) {
	for f.parts < maxParts {
		p, err := parts.NextRawPart()
		if err != nil {
			return
		}
		h := header{}
		for name, values := range p.Header {
			h[strings.ToLower(name)] = values[0]
		}
		body, _ := io.ReadAll(p) // cut off: what is there counts
		f.read(h, body, depth+1)
	}
}

// decoded is a body without its encoding, as far as it can be read.
func decoded(encoding string, body []byte) []byte {
	r := io.Reader(bytes.NewReader(body))
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	default:
		return body
	}
	out, _ := io.ReadAll(r)
	return out
}
