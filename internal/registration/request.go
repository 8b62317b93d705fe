package registration

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// RequestReset is step 1. It answers the same for a customer ID or an address
// that exists and for one that does not: what was typed is written down, and a
// worker finds out who it is. A refusal depends on nothing but what was typed
// and how often.
func (s *Service) RequestReset(ctx context.Context, by keyfold.Act, typed string, lang keyfold.Language) error {
	request := store.ResetRequest{Language: lang, Origin: by.From}
	var err error
	switch {
	case strings.TrimSpace(typed) == "":
		err = keyfold.Refuse(keyfold.Invalid, "identifier.missing")
	case strings.ContainsAny(typed, "@＠"):
		request.Email, err = keyfold.ParseEmail(typed)
	default:
		request.Account, err = s.Entities.CustomerID(typed)
	}
	if err != nil {
		return on(err, "customer-id")
	}
	tag := s.tag("request:" + request.Account.String() + request.Email.Key())
	err = s.DB.Allow(ctx,
		store.Try{Rule: s.Limits.RequestAddress, Tag: s.tag("address:" + limit.Client(by.From))},
		store.Try{Rule: s.Limits.RequestID, Tag: tag}, store.Try{Rule: s.Limits.RequestAll, Tag: "all"})
	if err != nil {
		return err
	}
	if request.ID, err = notice.NewID(); err != nil {
		return err
	}
	defer s.wake()
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.PutResetRequest(ctx, request) })
}

// AnswerRequests finds out who the requests of step 1 are about that wait, and
// promises the mails that follow.
func (s *Service) AnswerRequests(ctx context.Context) error {
	return s.DB.Drain(ctx, store.ResetQueue, func(tx *store.Tx) (string, error) {
		r, found, err := tx.TakeResetRequest(ctx)
		if err != nil || !found {
			return r.ID, err
		}
		if r.Account.IsZero() {
			return r.ID, s.answerEmail(ctx, tx, r)
		}
		return r.ID, s.answerID(ctx, tx, r)
	}, s.wake)
}

func (s *Service) answerEmail(ctx context.Context, tx *store.Tx, r store.ResetRequest) error {
	out := resetMail{to: r.Email, request: r}
	user, err := tx.UserByEmail(ctx, r.Email)
	switch {
	case keyfold.Refused(err) != nil: // no user has that address
	case err != nil:
		return err
	case user.Suspended:
		by := keyfold.Act{By: "visitor", From: r.Origin}
		if err := tx.Record(ctx, keyfold.Event{Act: by, Kind: "reset.refused", User: user.ID, Note: "suspended"}); err != nil {
			return err
		}
	default:
		out.user, out.language, out.to = user.ID, user.Language, user.Email
	}
	out.accounts, err = tx.AccountsOfContact(ctx, r.Email, maxListed)
	if err != nil {
		return err
	}
	if out.user == "" && len(out.accounts) > 0 {
		out.to = out.accounts[0].Contact.Email // the stored spelling, never the typed one
	}
	return s.mailReset(ctx, tx, out)
}

func (s *Service) answerID(ctx context.Context, tx *store.Tx, r store.ResetRequest) error {
	account, err := tx.Account(ctx, r.Account)
	if keyfold.Refused(err) != nil {
		return nil //nolint:nilerr // nobody to tell
	} else if err != nil {
		return err
	}
	by := keyfold.Act{By: "visitor", From: r.Origin}
	switch {
	case account.Closed:
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "reset.refused", Account: account.ID, Note: "closed"})
	case account.State == keyfold.Registered:
		return s.tellMoved(ctx, tx, account, r)
	case account.Contact.Email.IsZero():
		return s.needCare(ctx, tx, account, by)
	case account.Frozen:
		m := store.Mail{Template: "frozen", To: account.Contact.Email, Language: account.Language, Entity: account.Entity, Account: account.ID}
		return s.throttled(ctx, tx, m, r)
	}
	return s.mailReset(ctx, tx, resetMail{
		to: account.Contact.Email, accounts: []keyfold.Account{account}, request: r,
	})
}

// needCare notes that somebody came for an account that no mail can reach.
func (s *Service) needCare(ctx context.Context, tx *store.Tx, a keyfold.Account, by keyfold.Act) error {
	if c := a.NeedCare(by, keyfold.CareNoContact); !c.IsZero() {
		return tx.Apply(ctx, c)
	}
	return tx.Record(ctx, keyfold.Event{Act: by, Kind: "reset.refused", Account: a.ID, Note: keyfold.CareNoContact})
}

// tellMoved answers a reset by the ID of an account that has an owner: no link
// to a password, and word to both who may wonder. Nobody but the main contact
// gets a link to ask the account back.
func (s *Service) tellMoved(ctx context.Context, tx *store.Tx, a keyfold.Account, r store.ResetRequest) error {
	owner, err := tx.User(ctx, a.Owner)
	if err != nil {
		return err
	}
	if !a.Contact.Email.IsZero() && !a.Contact.Email.Same(owner.Email) {
		m := store.Mail{Template: "moved", To: a.Contact.Email, Language: a.Language, Entity: a.Entity, Account: a.ID}
		if err := s.throttled(ctx, tx, m, r, recoverable(a, tx.Now())...); err != nil {
			return err
		}
	}
	m := store.Mail{Template: "moved-owner", To: owner.Email, Language: owner.Language.Or(a.Language), Entity: a.Entity, Account: a.ID, User: owner.ID}
	return s.throttled(ctx, tx, m, r)
}

// recoverFor is how long a link to ask an account back lives.
const recoverFor = 24 * time.Hour

// recoverable is the account, if its main contact can do something to get it
// back: ask, or, after a no, insist.
func recoverable(a keyfold.Account, now time.Time) []store.Subject {
	if err := a.Reclaimable(now); err != nil && !keyfold.RefusedAs(err, "recovery.vetoed") {
		return nil
	}
	return []store.Subject{store.OfAccount(a.ID)}
}

// throttled promises a mail without a link to a password, or lets it join the
// one of its kind that waits for the same mailbox.
func (s *Service) throttled(ctx context.Context, tx *store.Tx, m store.Mail, r store.ResetRequest, recoverable ...store.Subject) error {
	if err := tx.Hold(ctx, s.tag("mailbox:"+m.To.Key())); err != nil {
		return err
	}
	m.Data = store.MailData{Asked: r.Asked, Origin: r.Origin}
	if !m.Account.IsZero() {
		m.Data.Accounts = []string{m.Account.String()}
	}
	e := keyfold.Event{Act: keyfold.Act{By: "visitor", From: r.Origin}, Kind: "reset.requested", Account: m.Account, User: m.User, Note: m.Template}
	if err := tx.Record(ctx, e); err != nil {
		return err
	}
	waiting, ok, err := tx.WaitingMail(ctx, m.To, m.Template)
	if err != nil {
		return err
	}
	if ok {
		if err := s.widen(ctx, tx, waiting, recoverFor, recoverable); err != nil {
			return err
		}
		return tx.Rewrite(ctx, waiting.ID, join(waiting.Data, m.Data))
	}
	if m.Next, err = tx.Turn(ctx, m.To, s.Limits.ResetMailHour, s.Limits.ResetMailDay); err != nil {
		return err
	}
	if m.Template == "moved" { // even with nothing to recover: what joins it may have
		if m.Token, err = s.teller().Link(ctx, tx, store.Recover, m.To, m.Next.Add(recoverFor), recoverable...); err != nil {
			return err
		}
	}
	m.Throttled, m.Language = true, m.Language.Or(r.Language)
	return s.teller().Mail(ctx, tx, m)
}

// join is what two mails of one kind say in one.
func join(a, b store.MailData) store.MailData {
	for _, id := range b.Accounts {
		if !slices.Contains(a.Accounts, id) {
			a.Accounts = append(a.Accounts, id)
		}
	}
	a.Login = a.Login || b.Login
	a.Asked, a.Origin = b.Asked, b.Origin
	return a
}

// on says which field a refusal belongs to.
func on(err error, field string) error {
	if r := keyfold.Refused(err); len(r) == 1 {
		return r[0].On(field)
	}
	return err
}
