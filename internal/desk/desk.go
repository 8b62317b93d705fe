// Package desk is what one of the staff does for one caller: to see where an
// account stands and what its customer should do next, to compare what the caller
// says with what is on record, and to have mails sent to where they always go. It
// lets nobody in, and shows no whole address without a trace.
package desk

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/spelling"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service serves the desk.
type Service struct {
	DB     *store.DB
	Teller notice.Teller
	Limits limit.Rules
	// SendAgain mails the link of step 7 once more.
	SendAgain func(ctx context.Context, by keyfold.Act, id keyfold.CustomerID) error
	// Freeze freezes an account and tells all who have to know.
	Freeze func(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account) error
}

// A Who is somebody of the staff at work. Which role they have is looked at again
// in each transaction.
type Who struct {
	keyfold.Act

	Staff keyfold.StaffID
}

func (w Who) errand(what string, id keyfold.CustomerID) store.Errand {
	return store.Errand{Act: w.Act, Staff: w.Staff, What: what, Account: id}
}

// serve runs a step for which a duty is needed.
func (s *Service) serve(ctx context.Context, who Who, what string, id keyfold.CustomerID, duty keyfold.Duty, do func(*store.Tx, keyfold.Account) error) error {
	err := s.DB.Serve(ctx, who.errand(what, id), func(tx *store.Tx, role keyfold.StaffRole) error {
		if !role.May(duty) {
			return keyfold.Refuse(keyfold.Denied, "staff.not_allowed")
		}
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		return do(tx, account)
	})
	s.Teller.Hurry()
	return err
}

// Open notes that somebody looks at the page of an account, before they see
// anything. Who opens one after another is stopped, and IDs that are of no account
// count as well: else a login to the desk could copy the customers.
func (s *Service) Open(ctx context.Context, who Who, id keyfold.CustomerID) error {
	errand := who.errand("open an account", id)
	if err := s.DB.Let(ctx, errand, s.of(who, s.Limits.Desk.OpenHour, s.Limits.Desk.OpenDay), nil); err != nil {
		return err
	}
	_, err := s.DB.Reader().Account(ctx, id)
	switch {
	case keyfold.RefusedAs(err, "account.unknown"):
		errand.Account = keyfold.CustomerID{}
		return s.DB.Refuse(ctx, errand, "there is none", err)
	case err != nil:
		return err
	}
	return s.record(ctx, keyfold.Event{Act: who.Act, Kind: "care.account_opened", Account: id})
}

// Leaf notes that somebody goes on in a list of customers who wait or waited, page
// after page, and stops who does it all day.
func (s *Service) Leaf(ctx context.Context, who Who) error {
	if err := s.DB.Let(ctx, who.errand("leaf through a list", keyfold.CustomerID{}), s.of(who, s.Limits.Desk.ListHour), nil); err != nil {
		return err
	}
	return s.record(ctx, keyfold.Event{Act: who.Act, Kind: "care.leafed"})
}

func (s *Service) record(ctx context.Context, e keyfold.Event) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Record(ctx, e) })
}

// of are the counters of somebody of the staff.
func (s *Service) of(who Who, rules ...limit.Rule) (tries []store.Try) {
	for _, r := range rules {
		tries = append(tries, store.Try{Rule: r, Tag: s.Teller.Key.Tag("desk", string(who.Staff))})
	}
	return tries
}

// about is the counter of an account.
func (s *Service) about(id keyfold.CustomerID, r limit.Rule) []store.Try {
	return []store.Try{{Rule: r, Tag: s.Teller.Key.Tag("desk", id.String())}}
}

// Said is what a caller says of the main contact.
type Said struct {
	Address string
	Name    string // empty: nothing
}

// An Answer is what of that is right.
type Answer struct {
	Address bool
	Name    Named
}

// Named says whether a caller knows the name of the main contact.
type Named string

// What can be said of a name.
const (
	NotAsked  Named = ""
	NameRight Named = "yes"
	NameWrong Named = "no"
	NoName    Named = "none" // is on record
)

func (a Answer) note() string {
	note := map[bool]string{true: "yes", false: "no"}[a.Address]
	if a.Name != NotAsked {
		note += ", name " + string(a.Name)
	}
	return note
}

// Confirm tells whether an address, and a name, that a caller says are those of
// the main contact. It is counted before anything is compared.
func (s *Service) Confirm(ctx context.Context, who Who, id keyfold.CustomerID, said Said) (a Answer, err error) {
	address, err := keyfold.ParseEmail(said.Address)
	if err != nil {
		return a, on(err, "said")
	}
	if err := s.DB.Let(ctx, who.errand("confirm contact", id), s.of(who, s.Limits.Desk.ConfirmStaff), s.about(id, s.Limits.Desk.ConfirmAccount)); err != nil {
		return a, err
	}
	err = s.serve(ctx, who, "confirm contact", id, keyfold.ConfirmContact, func(tx *store.Tx, account keyfold.Account) error {
		a = compare(account.Contact, address, said.Name)
		return tx.Record(ctx, keyfold.Event{Act: who.Act, Kind: "care.contact_asked", Account: id, Note: a.note()})
	})
	if err != nil {
		return Answer{}, err
	}
	return a, nil
}

func compare(c keyfold.Contact, address keyfold.Email, name string) (a Answer) {
	a.Address = !c.Email.IsZero() && c.Email.Same(address)
	known, typed := wordsOf(c.Name), wordsOf(name)
	switch {
	case len(typed) == 0:
	case len(known) == 0:
		a.Name = NoName
	case slices.Equal(known, typed):
		a.Name = NameRight
	default:
		a.Name = NameWrong
	}
	return a
}

// wordsOf are the words of a name, in whatever order and spelling it is written:
// Müller, J. is J Muller.
func wordsOf(name string) []string {
	words := strings.FieldsFunc(spelling.Fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(words)
	return words
}

// minReason is how short a reason says nothing, maxReason how long nobody reads
// it; both in characters.
const (
	minReason = 10
	maxReason = 500
)

func parseReason(typed string) (string, error) {
	reason := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(reason); {
	case n < minReason:
		return "", keyfold.Refuse(keyfold.Invalid, "desk.reason_short").On("reason")
	case n > maxReason || !utf8.ValidString(reason) || strings.ContainsRune(reason, 0):
		return "", keyfold.Refuse(keyfold.Invalid, "desk.reason_long").On("reason").With("Max", maxReason)
	}
	return reason, nil
}

// Reveal is the whole main contact, for a reason that stays on record. All
// contacts of the account are told that somebody looked.
func (s *Service) Reveal(ctx context.Context, who Who, id keyfold.CustomerID, reason string) (c keyfold.Contact, err error) {
	if reason, err = parseReason(reason); err != nil {
		return c, s.DB.Refuse(ctx, who.errand("reveal contact", id), "without a reason", err)
	}
	if err := s.DB.Let(ctx, who.errand("reveal contact", id), s.of(who, s.Limits.Desk.RevealStaff), s.about(id, s.Limits.Desk.RevealAccount)); err != nil {
		return c, err
	}
	row, err := notice.NewID()
	if err != nil {
		return c, err
	}
	err = s.serve(ctx, who, "reveal contact", id, keyfold.RevealContact, func(tx *store.Tx, a keyfold.Account) error {
		if a.Contact.Email.IsZero() {
			return keyfold.Refuse(keyfold.Conflict, "desk.no_contact")
		}
		if err := tx.PutReveal(ctx, store.Reveal{ID: row, Account: id, Staff: who.Staff, Reason: reason}); err != nil {
			return err
		}
		if err := tx.Record(ctx, keyfold.Event{Act: who.Act, Kind: "care.contact_revealed", Account: id, Note: "with a reason"}); err != nil {
			return err
		}
		c = a.Contact
		return s.Teller.Contacts(ctx, tx, a, store.Mail{Template: "contact-revealed"})
	})
	if err != nil {
		return keyfold.Contact{}, err
	}
	return c, nil
}

// MailReset has a reset mailed to the main contact, as if its customer had asked:
// the same limits hold for the mailbox, and an old bounce is no reason not to.
func (s *Service) MailReset(ctx context.Context, who Who, id keyfold.CustomerID) error {
	request, err := notice.NewID()
	if err != nil {
		return err
	}
	return s.act(ctx, who, "mail a reset", id, keyfold.MailReset, func(tx *store.Tx, a keyfold.Account) error {
		switch {
		case a.Closed:
			return keyfold.Refuse(keyfold.Conflict, "account.closed")
		case a.Frozen:
			return keyfold.Refuse(keyfold.Conflict, "desk.frozen")
		case a.State == keyfold.Registered:
			return keyfold.Refuse(keyfold.Conflict, "desk.registered")
		case a.Contact.Email.IsZero():
			return keyfold.Refuse(keyfold.Conflict, "desk.no_contact")
		}
		if err := tx.Record(ctx, keyfold.Event{Act: who.Act, Kind: "care.reset_mailed", Account: id}); err != nil {
			return err
		}
		return tx.PutResetRequest(ctx, store.ResetRequest{ID: request, Account: id, Language: a.Language})
	})
}

// MailConfirm has the link of step 7 mailed once more, to the address that the
// customer gave.
func (s *Service) MailConfirm(ctx context.Context, who Who, id keyfold.CustomerID) error {
	err := s.act(ctx, who, "mail a confirmation", id, keyfold.MailConfirm, func(_ *store.Tx, a keyfold.Account) error {
		if a.State != keyfold.EmailPending || a.Closed || a.Frozen {
			return keyfold.Refuse(keyfold.Conflict, "desk.not_pending")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return on(s.SendAgain(ctx, who.Act, id), "") // there is no field for the address here
}

// CancelPending takes back an address that waits for its mailbox to answer. A
// second click finds the same success.
func (s *Service) CancelPending(ctx context.Context, who Who, id keyfold.CustomerID) error {
	return s.act(ctx, who, "cancel a registration", id, keyfold.CancelPending, func(tx *store.Tx, a keyfold.Account) error {
		if a.State == keyfold.PasswordSet && !a.Closed && !a.Frozen {
			return nil
		}
		change, err := a.CancelPending(who.Act, tx.Now())
		if err != nil {
			return keyfold.Refuse(keyfold.Conflict, "desk.not_pending")
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		return tx.EndGrants(ctx, store.OfAccount(id), store.Void, store.Confirm)
	})
}

// act is serve for what is done to an account. It is counted for each of the staff
// who does it to the account: nobody keeps a colleague from it. What the account
// does not allow stays in the trail, too.
func (s *Service) act(ctx context.Context, who Who, what string, id keyfold.CustomerID, duty keyfold.Duty, do func(*store.Tx, keyfold.Account) error) error {
	here := []store.Try{{Rule: s.Limits.Desk.ActAccount, Tag: s.Teller.Key.Tag("desk", string(who.Staff), id.String())}}
	if err := s.DB.Let(ctx, who.errand(what, id), s.of(who, s.Limits.Desk.ActStaff), here); err != nil {
		return err
	}
	err := s.serve(ctx, who, what, id, duty, do)
	if reasons := keyfold.Refused(err); len(reasons) > 0 && reasons[0].Kind == keyfold.Conflict {
		return s.DB.Refuse(ctx, who.errand(what, id), "not as it is", err)
	}
	return err
}

func on(err error, field string) error {
	if r := keyfold.Refused(err); len(r) == 1 {
		return r[0].On(field)
	}
	return err
}
