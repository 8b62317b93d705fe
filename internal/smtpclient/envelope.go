package smtpclient

import (
	"cmp"
	"fmt"
	"strings"
)

// sender is what follows MAIL FROM:. A server that can do more than send a mail
// back (RFC 3461) is asked to return its head only: a link in it must not lie
// about in a mailbox for bounces. It also says then which mail it was.
func (k *connection) sender(m Message) string {
	from := "<" + cmp.Or(m.Bounces.String(), m.From.String()) + ">"
	if ok, _ := k.talk.Extension("DSN"); !ok {
		return from
	}
	id, _, _ := strings.Cut(m.MessageID, "@")
	return from + " RET=HDRS ENVID=" + xtext(id)
}

// recipient is what follows RCPT TO:. Wherever a mail is forwarded to, word of it
// then names the address that we know.
func (k *connection) recipient(m Message) string {
	to := "<" + m.To.String() + ">"
	if ok, _ := k.talk.Extension("DSN"); !ok {
		return to
	}
	return to + " NOTIFY=FAILURE,DELAY ORCPT=rfc822;" + xtext(m.To.String())
}

// xtext is the form of RFC 3461 section 4 for what may have any character in it.
func xtext(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		if b <= ' ' || b > '~' || b == '+' || b == '=' {
			_, _ = fmt.Fprintf(&out, "+%02X", b)
			continue
		}
		out.WriteByte(b)
	}
	return out.String()
}
