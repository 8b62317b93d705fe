package bounce

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold"
)

// Why a mail gives no reports.
var (
	// ErrOther says that it is something else: spam, or an answer by a person.
	ErrOther = errors.New("bounce: the mail does not say that another one did not arrive")
	// ErrUnreadable says that it claims to be a report and does not say of what.
	ErrUnreadable = errors.New("bounce: the report names no mail or no recipient")
)

// Parse reads a mail that a mail server sent back. Of one that is very big it
// reads the beginning.
func Parse(r io.Reader) ([]Report, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxMessage))
	if err != nil {
		return nil, fmt.Errorf("bounce: read: %w", err)
	}
	top, body := fieldsOf(raw)
	kind, params, _ := mime.ParseMediaType(top["content-type"])
	if other := params["report-type"]; kind == "multipart/report" && other != "" && !strings.EqualFold(other, "delivery-status") {
		return nil, ErrOther // that a mail was read, or is a complaint
	}
	var f findings
	f.read(top, body, 0)
	reports := f.byStatus()
	if len(reports) == 0 {
		reports = byText(top, f.text)
	}
	if len(reports) == 0 {
		if kind == "multipart/report" {
			return nil, ErrUnreadable
		}
		return nil, ErrOther
	}
	mails := f.mails(top)
	if len(mails) == 0 {
		return nil, ErrUnreadable
	}
	for i := range reports {
		reports[i].Mails = mails
	}
	return reports, nil
}

// mails are the IDs that the mail which came back may have, the surest first. That
// the recipient has to fit as well keeps a wrong one from counting.
func (f *findings) mails(top header) (ids []string) {
	add := func(messageID string) {
		if id := MailID(messageID); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	originals := f.originals
	if len(originals) == 0 {
		originals = append(originals, copyIn(f.text))
	}
	for _, h := range originals[:min(len(originals), 3)] {
		add(h[strings.ToLower(keyfold.MailHeader)])
		add(h["message-id"])
	}
	if len(f.groups) > 0 {
		add(f.groups[0]["original-envelope-id"])
	}
	add(top["in-reply-to"])
	add(top["x-original-message-id"])
	return ids
}

// byStatus makes reports of the groups of a delivery status.
func (f *findings) byStatus() (reports []Report) {
	for _, g := range f.groups {
		r := Report{Status: statusIn(g["status"]), Diagnostic: said(g["diagnostic-code"])}
		for _, field := range []string{"original-recipient", "final-recipient"} {
			r.Recipients = appendMailboxes(r.Recipients, g[field])
		}
		if r.Status == "" || strings.HasSuffix(r.Status, ".0.0") {
			r.Status = finer(r.Status, statusIn(r.Diagnostic))
		}
		if r.Action = actionOf(g["action"], r.Status); r.Action == "" || len(r.Recipients) == 0 {
			continue
		}
		if reports = append(reports, r); len(reports) == maxReports {
			break
		}
	}
	return reports
}

// finer prefers what the server said to a status that says nothing, unless it is
// of another class.
func finer(status, within string) string {
	if status == "" || within != "" && within[0] == status[0] {
		return within
	}
	return status
}

func actionOf(told, status string) Action {
	word, _, _ := strings.Cut(strings.ToLower(told), "(")
	switch strings.TrimSpace(word) {
	case "failed":
		return Failed
	case "delayed":
		return Delayed
	case "delivered", "relayed", "expanded":
		return Delivered
	}
	if told == "" && strings.HasPrefix(status, "5") {
		return Failed
	}
	return ""
}

// said is a diagnostic code without the name of its protocol.
func said(diagnostic string) string {
	kind, text, ok := strings.Cut(diagnostic, ";")
	if ok && !strings.ContainsAny(strings.TrimSpace(kind), " <@") {
		return strings.TrimSpace(text)
	}
	return diagnostic
}

var (
	xtextByte = regexp.MustCompile(`\+[0-9A-F]{2}`)
	unicoded  = regexp.MustCompile(`\\x\{[0-9A-Fa-f]{1,6}\}`)
)

// appendMailboxes adds the address in a field such as "rfc822; a@b.example", as it
// stands and, if it came encoded, as it is meant.
func appendMailboxes(to []keyfold.Email, field string) []keyfold.Email {
	if _, address, ok := strings.Cut(field, ";"); ok {
		field = address
	}
	field = unicoded.ReplaceAllStringFunc(field, func(s string) string { return letter(s[3 : len(s)-1]) })
	plain := xtextByte.ReplaceAllStringFunc(field, func(s string) string { return letter(s[1:]) })
	for _, address := range []string{field, plain} {
		e, err := keyfold.ParseEmail(strings.Trim(strings.TrimSpace(address), "<>"))
		if err == nil && !slices.ContainsFunc(to, e.Same) {
			to = append(to, e)
		}
	}
	return to
}

func letter(hex string) string {
	n, err := strconv.ParseInt(hex, 16, 32)
	if err != nil {
		return ""
	}
	return string(rune(n))
}
