package registration

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A LinkState says what a link can still do.
type LinkState string

// The states of a link, or of its part about one subject.
const (
	LinkLive       LinkState = "live"
	LinkExpired    LinkState = "expired"
	LinkUsed       LinkState = "used"
	LinkVoid       LinkState = "void"
	LinkSuperseded LinkState = "superseded"
)

// A Link is what a visitor has in their hand. Looking at it changes nothing.
type Link struct {
	Token store.Token
	State LinkState
	When  time.Time // it expired or ended
}

// Link looks at a link. One that we never made is refused as link.unknown.
func (s *Service) Link(ctx context.Context, p store.Purpose, secret token.Secret) (Link, error) {
	if secret.IsZero() {
		return Link{}, keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	read := s.DB.Reader()
	t, err := read.Token(ctx, p, secret)
	if err != nil {
		return Link{}, err
	}
	return linkOf(t, read.Now()), nil
}

// linkOf judges a link by the part of it that can do most: alive before used,
// and used before voided, because that explains most.
func linkOf(t store.Token, now time.Time) Link {
	if len(t.Live()) > 0 {
		if now.Before(t.Expires) {
			return Link{Token: t, State: LinkLive, When: t.Expires}
		}
		return Link{Token: t, State: LinkExpired, When: t.Expires}
	}
	l := Link{Token: t, State: LinkVoid, When: t.Expires}
	for i, g := range t.Grants {
		if i == 0 || g.Ended == store.Spent && l.State != LinkUsed {
			l.State, l.When = stateOf(g.Ended), g.EndedAt
		}
	}
	return l
}

func stateOf(e store.End) LinkState {
	switch e {
	case store.Spent:
		return LinkUsed
	case store.Superseded:
		return LinkSuperseded
	default:
		return LinkVoid
	}
}

// For judges a link by its part about one subject.
func (l Link) For(subject store.Subject, now time.Time) (Link, error) {
	g, ok := l.Token.Grant(subject)
	switch {
	case !ok:
		return Link{}, keyfold.Refuse(keyfold.NotFound, "link.unknown")
	case g.Ended != "":
		l.State, l.When = stateOf(g.Ended), g.EndedAt
	case !now.Before(l.Token.Expires):
		l.State, l.When = LinkExpired, l.Token.Expires
	default:
		l.State = LinkLive
	}
	return l, nil
}

// refuse is the refusal of a link that does not work any more.
func (l Link) refuse() error {
	switch l.State {
	case LinkLive:
		return nil
	case LinkExpired:
		return keyfold.Refuse(keyfold.Gone, "link.expired")
	case LinkUsed:
		return keyfold.Refuse(keyfold.Gone, "link.used")
	case LinkVoid, LinkSuperseded:
		return keyfold.Refuse(keyfold.Gone, "link.void")
	}
	return keyfold.Refuse(keyfold.NotFound, "link.unknown")
}
