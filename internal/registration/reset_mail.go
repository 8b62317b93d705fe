package registration

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// maxListed is how many accounts one reset mail can be about: one mailbox may
// be main contact of a thousand.
const maxListed = 1000

// A resetMail is what one mailbox is about to be told, in one mail with one
// link: the accounts that it may reset, and the user's own login.
type resetMail struct {
	to       keyfold.Email
	accounts []keyfold.Account
	user     keyfold.UserID
	language keyfold.Language
	request  store.ResetRequest
}

func (m *resetMail) subjects() []store.Subject {
	var subjects []store.Subject
	for _, a := range m.accounts {
		subjects = append(subjects, store.OfAccount(a.ID))
	}
	if m.user != "" {
		subjects = append(subjects, store.OfUser(m.user))
	}
	return subjects
}

func (m *resetMail) data() store.MailData {
	d := store.MailData{Login: m.user != "", Asked: m.request.Asked, Origin: m.request.Origin}
	for _, a := range m.accounts {
		d.Accounts = append(d.Accounts, a.ID.String())
	}
	return d
}

// mailReset promises the mail, or lets it join one that still waits for the
// same mailbox: nobody gets two mails where one will do.
func (s *Service) mailReset(ctx context.Context, tx *store.Tx, m resetMail) error {
	subjects := m.subjects()
	if len(subjects) == 0 {
		return nil
	}
	if err := tx.Hold(ctx, s.tag("mailbox:"+m.to.Key())); err != nil {
		return err
	}
	for _, subject := range subjects {
		e := keyfold.Event{Act: keyfold.Act{By: "visitor", From: m.request.Origin}, Kind: "reset.requested", Account: subject.Account, User: subject.User}
		if err := tx.Record(ctx, e); err != nil {
			return err
		}
	}
	waiting, ok, err := tx.WaitingMail(ctx, m.to, "reset")
	if err != nil {
		return err
	}
	if ok {
		return s.joinReset(ctx, tx, waiting, m)
	}
	next, err := tx.Turn(ctx, m.to, s.Limits.ResetMailHour, s.Limits.ResetMailDay)
	if err != nil {
		return err
	}
	id, err := s.teller().Link(ctx, tx, store.Reset, m.to, next.Add(s.Times.Reset), subjects...)
	if err != nil {
		return err
	}
	mail := store.Mail{Template: "reset", To: m.to, Language: m.language, User: m.user, Token: id, Throttled: true, Next: next, Data: m.data()}
	if len(m.accounts) > 0 {
		first := m.accounts[0]
		mail.Entity, mail.Account, mail.Language = first.Entity, first.ID, m.language.Or(first.Language)
	}
	mail.Language = mail.Language.Or(m.request.Language)
	return s.teller().Mail(ctx, tx, mail)
}

func (s *Service) joinReset(ctx context.Context, tx *store.Tx, waiting store.Mail, m resetMail) error {
	if err := s.widen(ctx, tx, waiting, s.Times.Reset, m.subjects()); err != nil {
		return err
	}
	return tx.Rewrite(ctx, waiting.ID, join(waiting.Data, m.data()))
}

// widen lets the link of a waiting mail do more.
func (s *Service) widen(ctx context.Context, tx *store.Tx, waiting store.Mail, lives time.Duration, subjects []store.Subject) error {
	if waiting.Token == "" {
		return nil
	}
	for _, subject := range subjects {
		if err := tx.AddGrant(ctx, waiting.Token, subject); err != nil {
			return err
		}
	}
	leaves := waiting.Next
	if now := tx.Now(); leaves.Before(now) { // the outbox is late, but the link must not be over
		leaves = now
	}
	return tx.Postpone(ctx, waiting.Token, leaves.Add(lives))
}

// SentReset is what the outbox tells when a reset mail has left: of the links
// of each account the newest few stay.
func SentReset(ctx context.Context, tx *store.Tx, t store.Token) error {
	for _, g := range t.Live() {
		if err := tx.KeepNewest(ctx, g.Subject, store.Reset, liveLinks); err != nil {
			return err
		}
	}
	return nil
}
