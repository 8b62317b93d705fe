package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/token"
)

// A StaffSession is an open door of the care desk in one browser.
type StaffSession struct {
	Hash    string
	Staff   keyfold.Staff
	Since   time.Time
	Seen    time.Time
	Expires time.Time
	Origin  string // client address
	Agent   string // what the browser says that it is
}

// IsZero reports whether s is no session.
func (s StaffSession) IsZero() bool { return s.Hash == "" }

// OpenStaffSession writes a session. Its hash is that of the secret in the
// cookie.
func (tx *Tx) OpenStaffSession(ctx context.Context, s StaffSession) error {
	_, err := tx.exec(ctx, "open staff session", `
		insert into staff_sessions (hash, staff_id, created_at, seen_at, expires_at, origin, agent) values ($1, $2, $3, $3, $4, $5, $6)`,
		s.Hash, s.Staff.ID, ms(tx.Now()), ms(s.Expires), s.Origin, s.Agent)
	return err
}

// StaffSession finds the session of a cookie, or refuses one that is over or of
// somebody who may not log in.
func (r Reader) StaffSession(ctx context.Context, cookie token.Secret) (s StaffSession, err error) {
	if cookie.IsZero() {
		return StaffSession{}, keyfold.Refuse(keyfold.NotFound, "session.over")
	}
	into := append(staffFields(&s.Staff), &s.Hash, at(&s.Since), at(&s.Seen), at(&s.Expires), &s.Origin, &s.Agent)
	err = r.q.QueryRowContext(ctx, `
		select `+staffColumns+`, s.hash, s.created_at, s.seen_at, s.expires_at, s.origin, s.agent
		from staff_sessions s join staff f on f.id = s.staff_id
		where s.hash = $1 and s.expires_at > $2 and not f.disabled and f.factor <> ''`, cookie.Hash(), ms(r.now())).Scan(into...)
	if err != nil {
		return StaffSession{}, missing(err, "session.over")
	}
	return s, nil
}

// StaffSeen notes that a session was used just now.
func (tx *Tx) StaffSeen(ctx context.Context, hash string) error {
	_, err := tx.exec(ctx, "staff session seen", `update staff_sessions set seen_at = $1 where hash = $2`, ms(tx.Now()), hash)
	return err
}

// EndStaffSession ends one session, if it is there.
func (tx *Tx) EndStaffSession(ctx context.Context, hash string) (was bool, err error) {
	n, err := tx.exec(ctx, "end staff session", `delete from staff_sessions where hash = $1`, hash)
	return n == 1, err
}

// EndStaffSessions logs somebody of the staff out everywhere.
func (tx *Tx) EndStaffSessions(ctx context.Context, id keyfold.StaffID) error {
	_, err := tx.exec(ctx, "end staff sessions", `delete from staff_sessions where staff_id = $1`, id)
	return err
}
