package staff

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/totp"
)

// touchEvery is how often the use of a session is written down. The idle time
// counts from what is written, so it may end this much earlier.
const touchEvery = time.Minute

// factorPurpose seals the secrets of second factors.
const factorPurpose = "staff factor"

// A Try is what somebody typed to get in.
type Try struct {
	Email    keyfold.Email
	Password string
	Code     string
	Agent    string // what the browser says that it is
	Device   string // of a browser that has logged in with the address before; empty: another one
}

// LogIn lets in who has both proofs. Whatever is wrong, the address, the
// password, the code, a code that was used before, or the login as such, it is
// the same refusal after the same work.
func (s *Service) LogIn(ctx context.Context, by keyfold.Act, t Try) (token.Secret, error) {
	if err := s.Gate.Room(); err != nil {
		return token.Secret{}, err
	}
	if err := s.DB.Allow(ctx, append(s.counters(t), s.client(by))...); err != nil {
		return token.Secret{}, err
	}
	login, err := s.DB.Reader().StaffLogin(ctx, t.Email)
	if err != nil {
		return token.Secret{}, err
	}
	knows, err := s.Gate.Verify(ctx, login.Password, t.Password)
	if err != nil {
		return token.Secret{}, err
	}
	step, has, err := s.match(login, t.Code)
	if err != nil {
		return token.Secret{}, err
	}
	tell, err := s.guessed(ctx, t, login.ID, knows.OK && !has)
	if err != nil {
		return token.Secret{}, err
	}
	session, in := token.New(), false
	err = s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		in = false
		if knows.OK && has {
			in, err = s.open(ctx, tx, by, login, step, session, t)
		}
		if err != nil || in {
			return err
		}
		if tell {
			if err := s.tellGuessed(ctx, tx, by, login.ID); err != nil {
				return err
			}
		}
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "staff.login_failed", Note: failedNote(login.ID, knows.OK)})
	})
	switch {
	case err != nil:
		return token.Secret{}, err
	case !in:
		return token.Secret{}, keyfold.Refuse(keyfold.Denied, "staff.login_failed")
	}
	return session, nil
}

// guessed counts codes that were wrong beside a password that was right, and
// reports whether whose login it is should hear of it. Others are counted too, to
// no end: who guesses passwords must not see by the time which one was right.
func (s *Service) guessed(ctx context.Context, t Try, id keyfold.StaffID, wrong bool) (tell bool, err error) {
	tag := s.tag("no code:" + t.Email.Key())
	if wrong {
		tag = s.tag("code:" + string(id))
	}
	err = s.DB.Allow(ctx, store.Try{Rule: s.Limits.Staff.Code, Tag: tag})
	if keyfold.Refused(err) == nil || !wrong {
		return false, fault(err)
	}
	err = s.DB.Allow(ctx, store.Try{Rule: s.Limits.Staff.CodeTold, Tag: tag})
	return err == nil, fault(err) // not twice a day
}

// fault is an error that is not a refusal.
func fault(err error) error {
	if keyfold.Refused(err) != nil {
		return nil //nolint:nilerr // a refusal is an answer
	}
	return err
}

func (s *Service) tellGuessed(ctx context.Context, tx *store.Tx, by keyfold.Act, id keyfold.StaffID) error {
	f, err := tx.Staff(ctx, id)
	if err != nil || f.Disabled {
		return err
	}
	return s.Teller.Mail(ctx, tx, store.Mail{Template: "staff-guessed", To: f.Email, Language: f.Language, Data: store.MailData{Origin: by.From}})
}

// failedNote says whose login it was. A password that was right without a code
// that was is known to somebody else, perhaps.
func failedNote(id keyfold.StaffID, knows bool) string {
	switch {
	case id == "":
		return ""
	case knows:
		return id.Actor() + " password right"
	}
	return id.Actor()
}

// match compares a code with the second factor of a login. Who has none is
// compared with nothing, in the same time.
func (s *Service) match(login store.StaffLogin, code string) (step int64, ok bool, err error) {
	secret := make([]byte, totp.Length)
	if login.Factor != "" {
		if secret, err = s.Teller.Key.Unseal(factorPurpose, string(login.ID), string(login.Factor)); err != nil {
			return 0, false, err
		}
	}
	step, ok = totp.Match(secret, code, s.DB.Reader().Now())
	return step, ok && login.Factor != "", nil
}

// open lets in who has shown both proofs, if they are still the proofs, the code
// was not used before and the login is not disabled: all in one statement, so
// that of many who bring one code, one gets in.
func (s *Service) open(ctx context.Context, tx *store.Tx, by keyfold.Act, read store.StaffLogin, step int64, session token.Secret, t Try) (in bool, err error) {
	if in, err = tx.TakeStep(ctx, read.ID, read.Factor, step); err != nil || !in {
		return false, err
	}
	if err := tx.Forget(ctx, s.counters(t)...); err != nil {
		return false, err
	}
	by.By = read.ID.Actor()
	err = tx.OpenStaffSession(ctx, store.StaffSession{
		Hash: session.Hash(), Staff: keyfold.Staff{ID: read.ID}, Expires: tx.Now().Add(SessionFor), Origin: by.From, Agent: t.Agent,
	})
	if err != nil {
		return false, err
	}
	return true, tx.Record(ctx, keyfold.Event{Act: by, Kind: "staff.logged_in", Note: read.ID.Actor()})
}

// counters are those of whose login it is.
func (s *Service) counters(t Try) []store.Try {
	if t.Device != "" {
		tag := s.tag("device:" + t.Device + t.Email.Key())
		return []store.Try{{Rule: s.Limits.Staff.Device, Tag: tag}, {Rule: s.Limits.Staff.DeviceDay, Tag: tag}}
	}
	tag := s.tag("name:" + t.Email.Key())
	return []store.Try{{Rule: s.Limits.Staff.Name, Tag: tag}, {Rule: s.Limits.Staff.NameDay, Tag: tag}}
}

// client is the counter of an address that somebody comes from.
func (s *Service) client(by keyfold.Act) store.Try {
	return store.Try{Rule: s.Limits.Staff.Address, Tag: s.tag("address:" + limit.Client(by.From))}
}

func (s *Service) tag(who string) string { return s.Teller.Key.Tag("staff limit", who) }

// DeviceTag signs the mark of a browser that has logged in with a name.
func (s *Service) DeviceTag(name, nonce string) string {
	return s.Teller.Key.Tag("staff device", name, nonce)
}

// Current is the session of a cookie, if it is not over. One that nobody has used
// for the idle time is.
func (s *Service) Current(ctx context.Context, secret token.Secret) (store.StaffSession, error) {
	session, err := s.DB.Reader().StaffSession(ctx, secret)
	if err != nil {
		return store.StaffSession{}, err
	}
	unused := s.DB.Reader().Now().Sub(session.Seen)
	switch {
	case unused > IdleFor:
		return store.StaffSession{}, keyfold.Refuse(keyfold.NotFound, "session.over")
	case unused >= touchEvery:
		return session, s.DB.Update(ctx, func(tx *store.Tx) error { return tx.StaffSeen(ctx, session.Hash) })
	}
	return session, nil
}

// LogOut ends a session.
func (s *Service) LogOut(ctx context.Context, by keyfold.Act, session store.StaffSession) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		was, err := tx.EndStaffSession(ctx, session.Hash)
		if err != nil || !was {
			return err
		}
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "staff.logged_out", Note: session.Staff.ID.Actor()})
	})
}
