// Package feedback is what readers of the help say: whether an article helped,
// what they searched in vain, and that they are still stuck. Only the last says
// who they are, and only of people who are logged in.
package feedback

import (
	"context"
	"sync"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Service listens.
type Service struct {
	DB     *store.DB
	Key    token.Key
	Limits limit.Rules

	mu      sync.Mutex
	misses  map[miss]int64
	clients map[string]int // misses of a client since the last flush
}

// Vote counts whether an article helped. A vote too many is not counted, and the
// reader need not know.
func (s *Service) Vote(ctx context.Context, by keyfold.Act, lang keyfold.Language, slug string, yes bool) error {
	client := limit.Client(by.From)
	err := s.DB.Allow(ctx,
		store.Try{Rule: s.Limits.Help.Vote, Tag: s.Key.Tag("limit", client)},
		store.Try{Rule: s.Limits.Help.VoteAgain, Tag: s.Key.Tag("limit", client, slug)})
	if keyfold.Refused(err) != nil {
		return nil //nolint:nilerr // as said
	}
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.CountHelpVote(ctx, lang, slug, yes) })
}

// AskCare notes that somebody in a session is still stuck after reading an
// article, and where in the move their account is. It gives the code under which
// customer care finds it. Asking twice in a day gives the same code.
func (s *Service) AskCare(ctx context.Context, by keyfold.Act, session store.Session, lang keyfold.Language, slug string) (code string, err error) {
	who := string(session.User)
	if session.Registration() {
		who = session.Account.String()
	}
	if err := s.DB.Allow(ctx, store.Try{Rule: s.Limits.Help.Care, Tag: s.Key.Tag("limit", "care", who)}); err != nil {
		return "", err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		code = s.code(session, slug, tx.Now().UTC().Format("2006-01-02"))
		note := code + " " + slug
		if session.Registration() {
			account, err := tx.Account(ctx, session.Account)
			if err != nil {
				return err
			}
			note += ", " + string(account.State)
		}
		isNew, err := tx.PutCareRequest(ctx, store.CareRequest{ID: code, Slug: slug, Language: lang, Account: session.Account, User: session.User})
		if err != nil || !isNew {
			return err
		}
		return tx.Record(ctx, keyfold.Event{
			Act: by, Kind: "care.asked", Account: session.Account, User: session.User, Note: note,
		})
	})
	return code, err
}

// Asked is the article that a session asked about under a code. What another
// session has asked is not there.
func (s *Service) Asked(ctx context.Context, session store.Session, code string) (store.CareRequest, error) {
	c, err := s.DB.Reader().CareRequest(ctx, code)
	if err == nil && (session.IsZero() || c.User != session.User || c.Account != session.Account) {
		err = keyfold.Refuse(keyfold.NotFound, "care.unknown")
	}
	return c, err
}

// letters are those that nobody takes for another one on the phone.
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// code is short enough to read out, and tells nothing.
func (s *Service) code(session store.Session, slug, day string) string {
	tag := s.Key.Tag("care", session.Hash, slug, day)
	out := make([]byte, 0, 9)
	for i := range 8 {
		if i == 4 {
			out = append(out, '-')
		}
		out = append(out, letters[(hex(tag[2*i])<<4|hex(tag[2*i+1]))%len(letters)])
	}
	return string(out)
}

func hex(c byte) int {
	if c >= 'a' {
		return int(c-'a') + 10
	}
	return int(c - '0')
}
