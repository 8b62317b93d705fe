package smtpclient

import (
	"bytes"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"github.com/keyfold/keyfold"
)

// A Message is one mail to one mailbox.
type Message struct {
	From      keyfold.Email
	Bounces   keyfold.Email // where word goes that the mail did not arrive; zero: From
	FromName  string        // shown with it; may be empty
	ReplyTo   keyfold.Email // zero: From
	To        keyfold.Email
	MessageID string // without <>: the same at every try
	Date      time.Time
	Language  keyfold.Language
	Subject   string
	Text      string // first part
	HTML      string // second part; empty: none
}

const maxSubject = 500 // bytes

func (m Message) check() error {
	switch {
	case m.From.IsZero():
		return errors.New("no sender")
	case m.To.IsZero():
		return errors.New("no recipient")
	case m.Date.IsZero():
		return errors.New("no date")
	case m.Text == "":
		return errors.New("no text")
	case m.Subject == "" || len(m.Subject) > maxSubject:
		return errors.New("no subject, or too long")
	case !oneLine(m.Subject) || !oneLine(m.FromName):
		return errors.New("control characters in the subject or the name of the sender")
	}
	local, domain, ok := strings.Cut(m.MessageID, "@")
	if !ok || local == "" || domain == "" || len(m.MessageID) > 250 {
		return errors.New("the message ID is not of the form unique@domain")
	}
	for _, r := range m.MessageID {
		if r <= ' ' || r > '~' || strings.ContainsRune(`<>"(),:;[]\`, r) {
			return errors.New("the message ID has characters that it cannot have")
		}
	}
	return nil
}

// oneLine refuses what could start a header of its own.
func oneLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
	})
}

// write makes the mail as it travels. Everything is ready before the first
// byte is sent, so that a fault of ours never leaves half a mail behind.
func (m Message) write() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP))
	msg.FromMailAddress(&netmail.Address{Name: m.FromName, Address: m.From.String()})
	msg.ToMailAddress(&netmail.Address{Address: m.To.String()})
	if !m.ReplyTo.IsZero() && !m.ReplyTo.Same(m.From) {
		msg.ReplyToMailAddress(&netmail.Address{Address: m.ReplyTo.String()})
	}
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetGenHeader(keyfold.MailHeader, "<"+m.MessageID+">")
	msg.SetDateWithValue(m.Date)
	msg.Subject(m.Subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")  // the same for Exchange
	if m.Language != (keyfold.Language{}) {
		msg.SetGenHeader("Content-Language", m.Language.String())
	}
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("write: %w", err)
	}
	return raw.Bytes(), nil
}
