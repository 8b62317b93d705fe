package second

import (
	"context"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// do writes what a yes does, ends what was under way before it, and tells all
// whom it is about.
func (s *Service) do(ctx context.Context, tx *store.Tx, was keyfold.Account, c keyfold.Change) error {
	members, err := tx.Members(ctx, was.ID)
	if err != nil {
		return err
	}
	if err := tx.Apply(ctx, c); err != nil {
		return err
	}
	about := told{s: s, tx: tx, was: was, now: c.Account(), members: members}
	switch c.Event().Kind {
	case "account.contact_proposed":
		return about.contactProposed(ctx)
	case "account.unfrozen":
		return about.unfrozen(ctx)
	case "account.given_to_contact":
		return about.given(ctx)
	}
	return about.unlinked(ctx, c.Event().Kind)
}

// A told is a change and whom it is about.
type told struct {
	s        *Service
	tx       *store.Tx
	was, now keyfold.Account
	members  []store.MemberUser // as they were
}

// contactProposed tells the main contact of now and the one to be, who can both
// stop it with one click, and all others who could know better.
func (t told) contactProposed(ctx context.Context) error {
	a := t.now
	if err := t.tx.EndGrants(ctx, store.OfAccount(a.ID), store.Superseded, store.Stop); err != nil {
		return err
	}
	mail := store.Mail{Data: store.MailData{Contact: a.Coming.Contact.Email.String()}}
	boxes := []keyfold.Email{a.Coming.Contact.Email}
	if !a.Contact.Email.IsZero() {
		boxes = append(boxes, a.Contact.Email)
	}
	for _, to := range boxes {
		mail.Template = "care-contact"
		if to.Same(a.Coming.Contact.Email) {
			mail.Template = "care-contact-to-be"
		}
		var err error
		if mail.Token, err = t.s.Teller.Link(ctx, t.tx, store.Stop, to, a.Coming.At, store.OfAccount(a.ID)); err != nil {
			return err
		}
		if err := t.s.Teller.To(ctx, t.tx, store.Mailbox{To: to, Accounts: []keyfold.Account{a}}, mail); err != nil {
			return err
		}
	}
	mail.Template, mail.Token = "care-contact-told", ""
	if err := t.s.Teller.ContactsOf(ctx, t.tx, []keyfold.Account{a}, mail, boxes...); err != nil {
		return err
	}
	others, err := t.tx.Told(ctx, a)
	if err != nil {
		return err
	}
	return t.users(ctx, mail, append(others, boxes...), func(m store.MemberUser) bool { return m.ID == a.Owner })
}

// unlinked is for an account that has no owner any more, and begins anew or is as
// it was before its link.
func (t told) unlinked(ctx context.Context, kind string) error {
	if err := t.endAll(ctx); err != nil {
		return err
	}
	if t.now.Password == "" {
		kind = "account.unlinked" // the mail says that it begins anew
	}
	owner := t.was.Owner
	mail := store.Mail{Template: "care-unlinked", User: owner, Data: store.MailData{Did: kind}}
	boxes, err := t.tell(ctx, mail)
	if err != nil {
		return err
	}
	if err := t.users(ctx, mail, boxes, func(m store.MemberUser) bool { return m.ID == owner }); err != nil {
		return err
	}
	mail = store.Mail{Template: "member-removed"}
	return t.users(ctx, mail, nil, func(m store.MemberUser) bool { return m.ID != owner })
}

// unfrozen is for a dispute that is over. Links for "this was not me" that are out
// were answered by it: a later change brings new ones.
func (t told) unfrozen(ctx context.Context) error {
	if err := t.tx.EndGrants(ctx, store.OfAccount(t.now.ID), store.Void, store.Dispute); err != nil {
		return err
	}
	mail := store.Mail{Template: "care-unfrozen"}
	boxes, err := t.tell(ctx, mail)
	if err != nil {
		return err
	}
	return t.users(ctx, mail, boxes, func(m store.MemberUser) bool { return m.ID == t.now.Owner })
}

// given is for a dispute that the main contact has won.
func (t told) given(ctx context.Context) error {
	if err := t.endAll(ctx); err != nil {
		return err
	}
	main := store.Mailbox{To: t.now.Contact.Email, Accounts: []keyfold.Account{t.now}}
	if err := t.s.Teller.To(ctx, t.tx, main, store.Mail{Template: "care-given"}); err != nil {
		return err
	}
	return t.users(ctx, store.Mail{Template: "care-given-users"}, nil, func(store.MemberUser) bool { return true })
}

// endAll ends all links and sessions of an account that is not whose it was.
func (t told) endAll(ctx context.Context) error {
	err := t.tx.EndGrants(ctx, store.OfAccount(t.now.ID), store.Void, store.Reset, store.Confirm, store.Link, store.Dispute,
		store.Return, store.Recover, store.Veto)
	if err == nil && t.now.Coming.At.IsZero() {
		err = t.tx.EndGrants(ctx, store.OfAccount(t.now.ID), store.Void, store.Stop)
	}
	if err != nil {
		return err
	}
	return t.tx.EndAccountSessions(ctx, t.now.ID)
}

// tell mails all mailboxes of the account, and says which.
func (t told) tell(ctx context.Context, m store.Mail) ([]keyfold.Email, error) {
	boxes, err := t.tx.Told(ctx, t.now)
	if err != nil {
		return nil, err
	}
	for _, to := range boxes {
		if err := t.s.Teller.To(ctx, t.tx, store.Mailbox{To: to, Accounts: []keyfold.Account{t.now}}, m); err != nil {
			return nil, err
		}
	}
	return boxes, nil
}

// users mails those of the users who are meant, and were not told by their mailbox
// already.
func (t told) users(ctx context.Context, m store.Mail, knows []keyfold.Email, meant func(store.MemberUser) bool) error {
	for _, u := range t.members {
		if !meant(u) || slices.ContainsFunc(knows, u.Email.Same) {
			continue
		}
		mail := m
		if m.Template == "member-removed" {
			mail.User = u.ID
		}
		if err := t.s.Teller.User(ctx, t.tx, t.now, u.User, mail); err != nil {
			return err
		}
	}
	return nil
}
