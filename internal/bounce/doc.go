// Package bounce takes word of mails that the mail server took and that did not
// arrive: from reports in a Maildir (RFC 3464, and the forms of servers that know
// no better), and from programs. A report counts when it names a mail of ours and
// the address that it went to. It marks that mail, and opens a case when it was
// the way into an account; it never keeps a later mail from being sent.
package bounce
