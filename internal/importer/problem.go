package importer

import (
	"errors"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/readiness"
	"github.com/keyfold/keyfold/internal/source"
)

// A Problem is one thing that is wrong with one row, or, with Note, something
// to know about a row that went in.
type Problem struct {
	Unit     source.Unit // what Line counts
	Line     int
	Customer string // ID as typed, safe to print; empty: there is none
	Column   string // empty: the row as a whole
	Kind     readiness.Kind
	Reason   string // in plain words, for the operator
	Note     bool
}

func (p Problem) String() string {
	var out strings.Builder
	out.WriteString(p.Unit.At(p.Line) + ": ")
	for _, part := range []string{p.Customer, p.Column} {
		if part != "" {
			out.WriteString(part + ": ")
		}
	}
	if p.Note {
		out.WriteString("note: ")
	}
	return out.String() + p.Reason
}

// A reason is for the operator, in the words that are shown.
type reason string

func (r reason) Error() string { return string(r) }

// inWords tells the operator of a file what the pages would tell a customer.
func inWords(err error) string {
	if r, ok := err.(reason); ok { //nolint:errorlint // made above, and never wrapped
		return string(r)
	}
	for _, known := range []error{
		password.ErrUnknown, password.ErrCostly, password.ErrNoPepper, password.ErrColumn, password.ErrNoSalt, password.ErrNoUsername,
	} {
		if errors.Is(err, known) {
			return known.Error() + "."
		}
	}
	for _, r := range keyfold.Refused(err) {
		switch r.Text {
		case "customer_id.malformed":
			return "it is no customer ID: 2 to 32 letters and digits, with a digit at least."
		case "customer_id.no_entity":
			return "no entity of the configuration has customer IDs of this form. Correct it, or add the entity."
		case "email.malformed":
			return "it is no email address. Write one, like name@company.example, or leave it empty."
		case "email.too_long":
			return "it is longer than an email address can be: 254 characters, and 64 before the @."
		case "email.control_characters":
			return "it has characters in it that cannot be seen. Type it anew."
		case "email.characters":
			return "the part before the @ has characters that an address cannot have."
		case "email.confusable":
			return "the part after the @ mixes letters of different alphabets. Type it anew."
		case "email.domain":
			return "no mail can go to the part after the @."
		case "name.too_long":
			return "it has more than 120 characters."
		case "name.control_characters":
			return "it has a line break or characters in it that cannot be seen."
		case "contact.once":
			return "a mailbox is there twice with the same kind. Remove one."
		case "contact.too_many":
			return "there are more than 20 contacts of one kind."
		case "contact.main_waits":
			return "the primary general contact is the main contact. It belongs into contact_email."
		case "contact.promote_first":
			return "two contacts of one kind are primary. Only one can be."
		case "language.unknown":
			return "it is no language that we have. Write " + languages() + ", or leave it empty."
		}
	}
	return "it cannot be used."
}

func languages() string {
	var tags []string
	for _, l := range keyfold.Languages() {
		tags = append(tags, l.String())
	}
	return strings.Join(tags, ", ")
}
