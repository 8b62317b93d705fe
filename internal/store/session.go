package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/token"
)

// A Session is an open door in one browser. One with an account is a
// registration session: step 4 to 8 and nothing else. One with a user is a
// person who is logged in.
type Session struct {
	Hash    string
	Account keyfold.CustomerID // registration session
	User    keyfold.UserID     // user session
	Email   keyfold.Email      // of the user
	Since   time.Time
	Seen    time.Time
	Proven  time.Time // the password was typed, for the last time
	Expires time.Time
	Origin  string // client address
	Agent   string // what the browser says that it is
}

// Registration reports whether s belongs to an account that is on its way.
func (s Session) Registration() bool { return !s.Account.IsZero() }

// IsZero reports whether s is no session.
func (s Session) IsZero() bool { return s.Hash == "" }

// OpenSession writes a session. Its hash is that of the secret in the cookie.
func (tx *Tx) OpenSession(ctx context.Context, s Session) error {
	kind := "user"
	if s.Registration() {
		kind = "registration"
	}
	_, err := tx.exec(ctx, "open session", `
		insert into sessions (hash, kind, customer_id, user_id, created_at, seen_at, proven_at, expires_at, origin, agent)
		values ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8)`,
		s.Hash, kind, null(s.Account.String()), null(s.User), ms(tx.Now()), ms(s.Expires), s.Origin, s.Agent)
	return err
}

// userSession are the columns that both kinds of session have, with their user.
const userSession = `s.hash, s.user_id, u.email, s.created_at, s.seen_at, s.proven_at, s.expires_at, s.origin, s.agent`

func userSessionFields(s *Session) []any {
	return []any{&s.Hash, orNull(&s.User), text(&s.Email), at(&s.Since), at(&s.Seen), at(&s.Proven), at(&s.Expires), &s.Origin, &s.Agent}
}

// liveSession finds a session that is not over, and whose user may log in.
const liveSession = `s.hash = $1 and s.expires_at > $2 and (u.id is null or not u.suspended and not u.deleted)`

// sessionQuery is asked for every request of somebody who is logged in, and not
// at an account.
const sessionQuery = `select ` + userSession + `, s.customer_id from sessions s left join users u on u.id = s.user_id where ` + liveSession

// Session finds the session of a cookie, or refuses one that is over or of a
// user who may not log in.
func (r Reader) Session(ctx context.Context, cookie token.Secret) (s Session, err error) {
	if cookie.IsZero() {
		return Session{}, keyfold.Refuse(keyfold.NotFound, "session.over")
	}
	err = r.q.QueryRowContext(ctx, sessionQuery, cookie.Hash(), ms(r.now())).Scan(append(userSessionFields(&s), text(&s.Account))...)
	if err != nil {
		return Session{}, missing(err, "session.over")
	}
	return s, nil
}

// Seen notes that a session was used just now.
func (tx *Tx) Seen(ctx context.Context, hash string) error {
	_, err := tx.exec(ctx, "session seen", `update sessions set seen_at = $1 where hash = $2`, ms(tx.Now()), hash)
	return err
}

// Prove notes that the password was typed just now in a session.
func (tx *Tx) Prove(ctx context.Context, hash string) error {
	_, err := tx.exec(ctx, "session proven", `update sessions set proven_at = $1 where hash = $2`, ms(tx.Now()), hash)
	return err
}

// EndSession ends one session.
func (tx *Tx) EndSession(ctx context.Context, hash string) error {
	_, err := tx.exec(ctx, "end session", `delete from sessions where hash = $1`, hash)
	return err
}

// EndAccountSessions ends every registration session of an account.
func (tx *Tx) EndAccountSessions(ctx context.Context, id keyfold.CustomerID) error {
	_, err := tx.exec(ctx, "end account sessions", `delete from sessions where customer_id = $1`, id.String())
	return err
}

// EndUserSessions logs a user out everywhere.
func (tx *Tx) EndUserSessions(ctx context.Context, id keyfold.UserID) error {
	_, err := tx.exec(ctx, "end user sessions", `delete from sessions where user_id = $1`, id)
	return err
}
