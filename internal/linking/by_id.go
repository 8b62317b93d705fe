package linking

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// maxTyped is how many customer IDs one request may name.
const maxTyped = 20

// AskToLink asks the main contacts of accounts to link them to the login of a
// user. It answers the same whether or not there are such accounts: what was
// typed is written down, and a worker finds out.
func (s *Service) AskToLink(ctx context.Context, by keyfold.Act, user keyfold.UserID, typed string, lang keyfold.Language) error {
	ids, err := s.parse(typed)
	if err != nil {
		return err
	}
	err = s.DB.Allow(ctx,
		store.Try{Rule: s.Limits.LinkUser, Tag: s.Teller.Key.Tag("limit", "user:"+string(user))},
		store.Try{Rule: s.Limits.RequestAddress, Tag: s.Teller.Key.Tag("limit", "address:"+limit.Client(by.From))},
		store.Try{Rule: s.Limits.RequestAll, Tag: s.Teller.Key.Tag("limit", "all")})
	if err != nil {
		return err
	}
	r := store.LinkRequest{User: user, Accounts: ids, Language: lang, Origin: by.From}
	if r.ID, err = notice.NewID(); err != nil {
		return err
	}
	defer s.Teller.Hurry()
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.PutLinkRequest(ctx, r) })
}

// parse reads the customer IDs that somebody typed, each on a line of its own or
// with commas between them.
func (s *Service) parse(typed string) (ids []keyfold.CustomerID, err error) {
	const field = "customer-ids"
	for _, one := range strings.FieldsFunc(typed, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' }) {
		if strings.TrimSpace(one) == "" {
			continue
		}
		id, err := s.Entities.CustomerID(one)
		if reasons := keyfold.Refused(err); len(reasons) > 0 {
			return nil, reasons[0].On(field)
		} else if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	switch {
	case len(ids) == 0:
		return nil, keyfold.Refuse(keyfold.Invalid, "add.missing").On(field)
	case len(ids) > maxTyped:
		return nil, keyfold.Refuse(keyfold.Invalid, "add.too_many").On(field).With("Most", maxTyped)
	}
	return ids, nil
}

// Run answers the requests of users until ctx ends. It looks every poll.
func (s *Service) Run(ctx context.Context, log *slog.Logger, poll time.Duration) {
	ticks := time.NewTicker(poll)
	defer ticks.Stop()
	for {
		if err := s.AnswerRequests(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "requests to link cannot be answered", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// AnswerRequests answers all requests that wait.
func (s *Service) AnswerRequests(ctx context.Context) error {
	return s.DB.Drain(ctx, store.LinkQueue, func(tx *store.Tx) (string, error) {
		r, found, err := tx.TakeLinkRequest(ctx)
		if err != nil || !found {
			return r.ID, err
		}
		return r.ID, s.answer(ctx, tx, r)
	}, s.Teller.Hurry)
}

// answer mails each main contact once, with a link for all of its accounts.
func (s *Service) answer(ctx context.Context, tx *store.Tx, r store.LinkRequest) error {
	user, err := tx.User(ctx, r.User)
	if err != nil || user.Suspended || user.Deleted {
		return err
	}
	var mailboxes []keyfold.Email
	of := map[string][]keyfold.Account{}
	for _, id := range r.Accounts {
		a, err := tx.Reader.Account(ctx, id)
		if keyfold.Refused(err) != nil {
			continue // nobody to ask
		} else if err != nil {
			return err
		}
		if _, err := a.LinkBy(keyfold.Act{}, tx.Now(), user); err != nil || a.Contact.Email.IsZero() {
			continue // it has moved, or cannot move now
		}
		to := a.Contact.Email
		if of[to.Key()] == nil {
			mailboxes = append(mailboxes, to)
		}
		of[to.Key()] = append(of[to.Key()], a)
	}
	// All who hold many mailboxes hold them in the same order.
	slices.SortFunc(mailboxes, func(a, b keyfold.Email) int { return strings.Compare(a.Key(), b.Key()) })
	for _, to := range mailboxes {
		if err := s.ask(ctx, tx, r, user, to, of[to.Key()]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) ask(ctx context.Context, tx *store.Tx, r store.LinkRequest, user keyfold.User, to keyfold.Email, accounts []keyfold.Account) error {
	if err := tx.Hold(ctx, s.Teller.Key.Tag("limit", "mailbox:"+to.Key())); err != nil {
		return err
	}
	next, err := tx.Turn(ctx, to, s.Limits.ResetMailHour, s.Limits.ResetMailDay)
	if err != nil {
		return err
	}
	subjects := []store.Subject{store.OfUser(user.ID)}
	data := store.MailData{Asked: r.Asked, Origin: r.Origin}
	by := keyfold.Act{By: "user:" + string(user.ID), From: r.Origin}
	for _, a := range accounts {
		subjects = append(subjects, store.OfAccount(a.ID))
		data.Accounts = append(data.Accounts, a.ID.String())
		if err := tx.Record(ctx, keyfold.Event{Act: by, Kind: "link.requested", Account: a.ID, User: user.ID}); err != nil {
			return err
		}
	}
	id, err := s.Teller.Link(ctx, tx, store.Link, to, next.Add(askedFor), subjects...)
	if err != nil {
		return err
	}
	first := accounts[0]
	return s.Teller.Mail(ctx, tx, store.Mail{
		Template: "link-asked", To: to, Language: first.Language.Or(r.Language), Entity: first.Entity, Account: first.ID,
		User: user.ID, Token: id, Throttled: true, Next: next, Data: data,
	})
}

// askedFor is how long the link in such a mail works.
const askedFor = 24 * time.Hour
