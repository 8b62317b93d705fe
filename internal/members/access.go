package members

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// waitFor is how long a request for access waits for its answer. Then it is
// forgotten, be there such an account or not.
const waitFor = 30 * 24 * time.Hour

// spaced is how far apart the mails about requests for one account are.
const spaced = time.Hour

// Ask asks for access to an account. It answers the same for one that exists and
// for one that does not: what was typed is written down, and a worker finds out.
func (s *Service) Ask(ctx context.Context, by keyfold.Act, user keyfold.UserID, typed string) error {
	if strings.TrimSpace(typed) == "" {
		return keyfold.Refuse(keyfold.Invalid, "access.missing").On("customer-id")
	}
	id, err := s.Entities.CustomerID(typed)
	if err != nil {
		if reasons := keyfold.Refused(err); len(reasons) == 1 {
			return reasons[0].On("customer-id")
		}
		return err
	}
	who, rules := s.tag("access:"+string(user)), s.Limits.Members
	err = s.DB.Allow(ctx, store.Try{Rule: rules.AccessUser, Tag: who}, store.Try{Rule: rules.AccessUserDay, Tag: who},
		store.Try{Rule: rules.AccessAddress, Tag: s.tag("address:" + limit.Client(by.From))})
	if err != nil {
		return err
	}
	request := store.AccessRequest{Account: id, User: user, Origin: by.From}
	if request.ID, err = notice.NewID(); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error { return tx.PutAccessRequest(ctx, request) })
}

// Withdraw takes a request back. To do so twice is to have done so.
func (s *Service) Withdraw(ctx context.Context, by keyfold.Act, user keyfold.UserID, request string) error {
	return s.update(ctx, func(tx *store.Tx) error {
		r, err := tx.AccessRequest(ctx, request)
		if err != nil {
			return err
		}
		if r.User != user {
			return keyfold.Refuse(keyfold.NotFound, "access.unknown")
		}
		won, err := tx.EndAccessRequest(ctx, request, store.Withdrawn)
		if err != nil || !won {
			return err
		}
		return withdrawn(ctx, tx, by, r)
	})
}

// withdrawn writes that a request is taken back, also of an account that is not
// there: to look for it would take its time.
func withdrawn(ctx context.Context, tx *store.Tx, by keyfold.Act, r store.AccessRequest) error {
	return tx.Record(ctx, keyfold.Event{Act: by, Kind: "access.withdrawn", Account: r.Account, User: r.User})
}

// AnswerRequests looks at all requests for access that nobody has looked at, and
// forgets those that have waited too long.
func (s *Service) AnswerRequests(ctx context.Context) error {
	failed := s.DB.Drain(ctx, store.AccessQueue, func(tx *store.Tx) (string, error) {
		r, found, err := tx.TakeAccessRequest(ctx)
		if err != nil || !found {
			return r.ID, err
		}
		return r.ID, s.answer(ctx, tx, r)
	}, s.Teller.Hurry)
	return errors.Join(failed, s.DB.Update(ctx, func(tx *store.Tx) error { return tx.DropAccessRequests(ctx, tx.Now().Add(-waitFor)) }))
}

// answer finds out whether there is somebody to ask. A request that nobody can
// answer waits like all others.
func (s *Service) answer(ctx context.Context, tx *store.Tx, r store.AccessRequest) error {
	account, err := tx.Account(ctx, r.Account)
	switch {
	case keyfold.Refused(err) != nil:
		return nil //nolint:nilerr // there is none
	case err != nil:
		return err
	case account.State != keyfold.Registered || account.Closed || r.Status != store.Waiting:
		return nil
	}
	m, err := tx.Member(ctx, account.ID, r.User)
	if err != nil {
		return err
	}
	if !m.Roles.IsZero() { // who has access already waits for nothing
		_, err := tx.EndAccessRequest(ctx, r.ID, store.Granted)
		return err
	}
	by := keyfold.Act{By: "user:" + string(r.User), From: r.Origin}
	if err := tx.Record(ctx, keyfold.Event{Act: by, Kind: "access.asked", Account: account.ID, User: r.User}); err != nil {
		return err
	}
	return s.tellOwner(ctx, tx, account, r)
}

// tellOwner promises a mail about a request, unless one is waiting that leads to
// all of them.
func (s *Service) tellOwner(ctx context.Context, tx *store.Tx, a keyfold.Account, r store.AccessRequest) error {
	owner, err := tx.User(ctx, a.Owner)
	if err != nil {
		return err
	}
	m := store.Mail{Template: "access-requested", User: r.User, Data: store.MailData{Asked: r.Asked, Origin: r.Origin}}
	last, ok, err := tx.LastMail(ctx, a.ID, owner.Email, m.Template)
	switch {
	case err != nil:
		return err
	case ok && last.Status == store.Queued:
		return nil
	case ok:
		m.Next = last.Next.Add(spaced)
	}
	if m.Next.Before(tx.Now()) {
		m.Next = tx.Now()
	}
	return s.Teller.User(ctx, tx, a, owner, m)
}

// Grant gives who asked for access the roles that the owner chose.
func (s *Service) Grant(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, owner keyfold.UserID, request string, roles keyfold.Roles) error {
	return s.settle(ctx, id, owner, request, store.Granted, func(tx *store.Tx, a keyfold.Account, r store.AccessRequest) error {
		m, err := tx.Member(ctx, id, r.User)
		if err != nil {
			return err
		}
		if !m.Roles.IsZero() {
			return keyfold.Refuse(keyfold.Conflict, "member.has_access")
		}
		user, err := tx.User(ctx, r.User)
		if err != nil {
			return err
		}
		if user.Suspended {
			return keyfold.Refuse(keyfold.Denied, "member.suspended")
		}
		m.Roles = roles
		change, err := a.Admit(by, m, "asked")
		if err != nil {
			return err
		}
		if err := s.added(ctx, tx, a, change); err != nil {
			return err
		}
		return s.Teller.User(ctx, tx, a, user, store.Mail{Template: "access-granted", User: user.ID, Data: store.MailData{Roles: roles.String()}})
	})
}

// Decline is the owner's no.
func (s *Service) Decline(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, owner keyfold.UserID, request string) error {
	return s.settle(ctx, id, owner, request, store.Declined, func(tx *store.Tx, a keyfold.Account, r store.AccessRequest) error {
		if err := tx.Record(ctx, keyfold.Event{Act: by, Kind: "access.declined", Account: id, User: r.User}); err != nil {
			return err
		}
		return s.tell(ctx, tx, a, r.User, store.Mail{Template: "access-declined"})
	})
}

// settle answers a request once. The same answer once more changes nothing.
func (s *Service) settle(ctx context.Context, id keyfold.CustomerID, owner keyfold.UserID, request string, as store.RequestStatus, do func(*store.Tx, keyfold.Account, store.AccessRequest) error) error {
	return s.update(ctx, func(tx *store.Tx) error {
		who, err := s.actor(ctx, tx, id, owner)
		if err != nil {
			return err
		}
		if !who.Roles.May(keyfold.AnswerRequests) {
			return keyfold.Refuse(keyfold.NotFound, "account.unknown")
		}
		r, err := tx.AccessRequest(ctx, request)
		if err != nil {
			return err
		}
		if r.Account != id {
			return keyfold.Refuse(keyfold.NotFound, "access.unknown")
		}
		won, err := tx.EndAccessRequest(ctx, request, as)
		switch {
		case err != nil || r.Status == as:
			return err
		case !won:
			return keyfold.Refuse(keyfold.Gone, "access.ended")
		}
		return do(tx, who.account, r)
	})
}

// Run looks at requests for access until ctx ends. bell says that one has come;
// without it they are looked for every poll.
func (s *Service) Run(ctx context.Context, log *slog.Logger, bell <-chan struct{}, poll time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-bell:
		case <-timer.C:
		}
		if err := s.AnswerRequests(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "requests for access cannot be answered", "error", err)
		}
		timer.Reset(poll)
	}
}
