package registration_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// old is a weak password of the old system.
const old = "welkom01"

// accepting makes an entity accept legacy passwords.
func (w *world) accepting(code string) {
	w.t.Helper()
	w.Entities = slices.Clone(w.Entities)
	i := slices.IndexFunc(w.Entities, func(e keyfold.Entity) bool { return e.Code == code })
	w.Entities[i].Legacy = keyfold.Accept
}

// legacy is an account as an import leaves it, with the hash of a password of
// the old system; without one when that is empty.
func (w *world) legacy(id, contact, pw string) keyfold.CustomerID {
	w.t.Helper()
	account := storetest.Import(w.t, w.DB, id, contact)
	if pw == "" {
		return account
	}
	in, err := password.NewIntake(password.IntakeConfig{Wrap: password.Params{MemoryKiB: 8, Time: 1, Parallelism: 1}})
	w.must(err)
	digest := md5.Sum([]byte(pw))
	taken, err := in.Take(password.LegacyHash{Hash: hex.EncodeToString(digest[:])}, account)
	w.must(err)
	w.sync(account, func(d *keyfold.Details) { d.Imported = taken.Hash })
	return account
}

func (w *world) logIn(id keyfold.CustomerID, pw string) error {
	_, err := w.LogIn(w.t.Context(), visitor, id, pw, registration.Browser{})
	return err
}

func TestALegacyPasswordCountsAsStepThree(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.accepting("NL")
		id := w.legacy("NL123421341", "info@veldkamp.example", old)
		w.refused(w.logIn(id, "welkom02"), "login.failed")
		w.must(w.logIn(id, old))
		a := w.account(id)
		if a.State != keyfold.PasswordSet || !strings.HasPrefix(string(a.Password), "$argon2id$v=19$m=8,") || a.Next() != keyfold.GiveEmail {
			t.Errorf("%s with %s", a.State, a.Password)
		}
		mails := w.deliver()
		m := w.of(mails, "legacy-accepted")
		if len(mails) != 1 || m.To.String() != "info@veldkamp.example" || m.Data.Origin != visitor.From {
			t.Errorf("told: %+v", mails)
		}
		w.must(w.logIn(id, old))
		if n := w.count(id, "account.legacy_accepted"); n != 1 || len(w.deliver()) != 0 {
			t.Errorf("accepted %d times", n)
		}
		// "This was not me" freezes it, and the password is good for nothing.
		if _, err := w.Dispute(t.Context(), visitor, w.secret(m), but()); err != nil {
			t.Fatal(err)
		}
		w.refused(w.logIn(id, old), "account.frozen")
	})
}

func TestALegacyPasswordMustBeReplacedInStepEight(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.accepting("NL")
		id := w.legacy("NL123421341", "info@veldkamp.example", old)
		w.must(w.logIn(id, old))
		w.must(w.SubmitEmail(t.Context(), visitor, id, w.address("ann@veldkamp.example")))
		link := w.secret(w.of(w.deliver(), "confirm"))
		err := w.complete(link, registration.Proof{Session: id}, old)
		if err == nil {
			t.Fatal("the weak password of the old system became that of a user")
		}
		w.must(w.complete(link, registration.Proof{Password: old}, second))
	})
}

func TestWithoutThePolicyALegacyPasswordOpensNothing(t *testing.T) {
	each(t, func(_ *testing.T, w *world) {
		w.accepting("DE")
		id := w.legacy("NL123421341", "info@veldkamp.example", old)
		w.refused(w.logIn(id, old), "login.failed")
	})
}

func TestALegacyPasswordEndsWhenAnybodyHasCome(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.accepting("NL")
		reset := w.legacy("NL123421341", "info@veldkamp.example", old)
		w.must(w.set(w.secret(w.of(w.request("NL123421341"), "reset")), store.OfAccount(reset), first))
		w.refused(w.logIn(reset, old), "login.failed")
		w.must(w.logIn(reset, first))

		// Its owner of before knows the old password, and the main contact took it back.
		_, user := w.user("NL555555555", "other@veldkamp.example", "ann@veldkamp.example")
		back := w.legacy("NL222222222", "info@veldkamp.example", old)
		w.update(func(ctx context.Context, tx *store.Tx) error {
			a, err := tx.Account(ctx, back)
			if err != nil {
				return err
			}
			c, err := a.LinkBy(visitor, tx.Now(), user)
			if err = errors.Join(err, tx.Apply(ctx, c)); err != nil {
				return err
			}
			if a, err = tx.Account(ctx, back); err != nil {
				return err
			}
			c, err = a.UndoLink(visitor, tx.Now())
			return errors.Join(err, tx.Apply(ctx, c))
		})
		if a := w.account(back); a.State != keyfold.Legacy || a.Imported == "" {
			t.Fatalf("%s", a.State)
		}
		w.refused(w.logIn(back, old), "login.failed")
	})
}

func TestWhoIsRightAboutAnAccountThatTakesNobodyIsToldSo(t *testing.T) {
	each(t, func(_ *testing.T, w *world) {
		w.accepting("NL")
		closed := w.legacy("NL111111111", "info@veldkamp.example", old)
		w.sync(closed, func(d *keyfold.Details) { d.Closed = true })
		frozen := w.legacy("NL222222222", "info@veldkamp.example", old)
		w.update(func(ctx context.Context, tx *store.Tx) error {
			a, err := tx.Account(ctx, frozen)
			if err != nil {
				return err
			}
			c, err := a.Freeze(visitor)
			return errors.Join(err, tx.Apply(ctx, c))
		})
		alone := w.legacy("NL333333333", "", old)
		for id, want := range map[keyfold.CustomerID]string{closed: "account.closed", frozen: "account.frozen", alone: "legacy.no_contact"} {
			w.refused(w.logIn(id, old), want)
			w.refused(w.logIn(id, "welkom02"), "login.failed")
			if a := w.account(id); a.State != keyfold.Legacy || a.Password != "" {
				w.t.Errorf("%s became %s", id, a.State)
			}
		}
	})
}

func TestManyClicksAtOnceAreOneAcceptance(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.accepting("NL")
		id := w.legacy("NL123421341", "info@veldkamp.example", old)
		for _, err := range race(6, func(int) error { return w.logIn(id, old) }) {
			w.must(err)
		}
		if n, mails := w.count(id, "account.legacy_accepted"), w.deliver(); n != 1 || len(mails) != 1 {
			t.Errorf("%d events, %d mails", n, len(mails))
		}
	})
}

func TestWhatHappensWhileTheOldSystemThinksIsSeen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.asking()
		id := w.legacy("NL123421341", "info@veldkamp.example", "")
		s.during = func() { w.must(w.logIn(id, old)) } // the other click
		w.must(w.logIn(id, old))
		if n := w.count(id, "account.legacy_accepted"); n != 1 {
			t.Errorf("accepted %d times", n)
		}
		again := w.legacy("NL333333333", "info@veldkamp.example", "")
		n := len(s.asked)
		s.during = func() { w.sync(again, func(d *keyfold.Details) { d.Imported = "$1$abc$other" }) }
		w.must(w.logIn(again, old))
		if len(s.asked) != n+2 {
			t.Errorf("%d questions: the account was imported anew meanwhile", len(s.asked)-n)
		}
		reset := w.legacy("NL222222222", "info@veldkamp.example", "")
		link := w.secret(w.of(w.request("NL222222222"), "reset"))
		s.during = func() { w.must(w.set(link, store.OfAccount(reset), first)) }
		w.refused(w.logIn(reset, old), "login.failed")
		w.must(w.logIn(reset, first))
	})
}

// Who reads the main contact outranks who knows the old password.
func TestALinkToANewPasswordOutlivesALegacyLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.accepting("NL")
		id := w.legacy("NL123421341", "info@veldkamp.example", old)
		link := w.secret(w.of(w.request("NL123421341"), "reset"))
		session, err := w.LogIn(t.Context(), visitor, id, old, registration.Browser{})
		w.must(err)
		w.must(w.set(link, store.OfAccount(id), first))
		if _, err := w.DB.Reader().Session(t.Context(), session); keyfold.Refused(err) == nil {
			t.Errorf("the session of the old password is open: %v", err)
		}
		w.refused(w.logIn(id, old), "login.failed")
	})
}

// kinds are accounts in all ways in which a password can be wrong for them, and
// one ID that there is not.
func (w *world) kinds() map[string]keyfold.CustomerID {
	w.t.Helper()
	unknown, err := keyfold.ParseCustomerID("NL999999999")
	w.must(err)
	moved, _ := w.user("NL444444444", "info@veldkamp.example", "ann@veldkamp.example")
	return map[string]keyfold.CustomerID{
		"with a hash":    w.legacy("NL111111111", "info@veldkamp.example", old),
		"without a hash": w.legacy("NL222222222", "info@veldkamp.example", ""),
		"started":        w.withPassword("NL333333333", "info@veldkamp.example"),
		"moved":          moved,
		"unknown":        unknown,
	}
}

func TestWhoIsRefusedPaysTheSameWhateverTheAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.accepting("NL")
		for name, id := range w.kinds() {
			before := w.Gate.Stats().Total
			w.refused(w.logIn(id, "guess-01"), "login.failed")
			if n := w.Gate.Stats().Total - before; n != 2 {
				t.Errorf("%s: %d comparisons, want one with our hash and one with an imported one", name, n)
			}
			read, err := w.DB.Reader().LegacyLogin(t.Context(), id, "NL")
			w.must(err)
			if read.Imported == "" && read.Decoy == "" {
				t.Errorf("%s: there is a neighbour with a hash, and nothing to compare with", name)
			}
			if name != "with a hash" { // the password of the neighbour opens nothing here
				w.refused(w.logIn(id, old), "login.failed")
			}
		}
	})
}

// A system is an old system that notes what it is asked.
type system struct {
	mu     sync.Mutex
	asked  []string
	says   keyfold.Verdict
	silent bool
	during func() // the first question
}

func (s *system) Check(_ context.Context, id keyfold.CustomerID, pw string) (keyfold.Verdict, error) {
	s.mu.Lock()
	during := s.during
	s.during = nil
	s.mu.Unlock()
	if during != nil {
		during()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, id.String()+" "+pw)
	if s.silent {
		return "", keyfold.Refuse(keyfold.Busy, "legacy.down").After(time.Second)
	}
	if s.says != "" {
		return s.says, nil
	}
	if pw == old {
		return keyfold.VerdictRight, nil
	}
	return keyfold.VerdictWrong, nil
}

func (s *system) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		return ""
	}
	return s.asked[len(s.asked)-1]
}

// asking makes the entity NL ask an old system.
func (w *world) asking() *system {
	w.t.Helper()
	w.accepting("NL")
	s := &system{}
	w.Legacy = map[string]registration.LegacySystem{"NL": s}
	return s
}

func TestTheOldSystemIsAskedUntilItHasSaidYes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.asking()
		id := w.legacy("NL123421341", "info@veldkamp.example", "")
		for _, no := range []keyfold.Verdict{keyfold.VerdictWrong, keyfold.VerdictUnknown, keyfold.VerdictLocked} {
			s.says = no
			w.refused(w.logIn(id, old), "login.failed")
		}
		if n := w.count(id, "login.failed"); n != 3 {
			t.Errorf("%d failed logins on record", n)
		}
		s.says = ""
		w.must(w.logIn(id, old))
		if got := s.last(); got != "NL123421341 "+old {
			t.Errorf("asked %q", got)
		}
		n := len(s.asked)
		w.must(w.logIn(id, old))
		if len(s.asked) != n {
			t.Error("asked again, though we know")
		}
		s.silent = true
		w.must(w.logIn(id, old))
	})
}

func TestTheOldSystemLearnsNothingThatIsNotItsBusiness(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		all := w.kinds()
		s := w.asking()
		for name, id := range all {
			mine := name == "with a hash" || name == "without a hash"
			n := len(s.asked)
			w.refused(w.logIn(id, "Secret-of-ann"), "login.failed")
			if len(s.asked) != n+1 {
				t.Errorf("%s: %d questions, want one for each try", name, len(s.asked)-n)
			}
			if got := s.last(); mine != (got == id.String()+" Secret-of-ann") || !mine && (strings.Contains(got, "Secret") || strings.Contains(got, id.String())) {
				t.Errorf("%s: asked %q", name, got)
			}
		}
		// Nor is it told what cannot be a password, which a directory would let in.
		for _, pw := range []string{"", "\xff\xfe", strings.Repeat("x", password.MaxBytes+1)} {
			s.says = keyfold.VerdictRight
			w.refused(w.logIn(all["without a hash"], pw), "login.failed")
			if got := s.last(); strings.HasPrefix(got, all["without a hash"].String()) {
				t.Errorf("%.10q was asked about: %.40q", pw, got)
			}
		}
		// A yes about nobody lets nobody in.
		for _, name := range []string{"started", "moved", "unknown"} {
			w.refused(w.logIn(all[name], "Secret-of-ann"), "login.failed")
		}
	})
}

func TestAnOldSystemThatIsDownIsNoFailedTry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		all := w.kinds()
		s := w.asking()
		s.silent = true
		for range 12 { // more than may fail
			for _, id := range all {
				w.refused(w.logIn(id, old), "legacy.down")
			}
		}
		w.must(w.logIn(all["started"], first)) // ours, so nobody is asked
		w.refused(w.logIn(all["moved"], first), "account.moved")
		s.silent = false
		w.must(w.logIn(all["without a hash"], old))
		for name, id := range all {
			if name == "unknown" {
				continue
			}
			if n := w.count(id, "login.failed"); n != 0 {
				t.Errorf("%s: %d failed logins on record", name, n)
			}
		}
	})
}

// A password of ours can be guessed at while the old system is down. That is
// slowed for all alike, so that it does not tell who has one.
func TestGuessingIsSlowedWhileTheOldSystemIsDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		all := w.kinds()
		s := w.asking()
		s.silent = true
		for name, id := range all {
			for range 50 {
				w.refused(w.logIn(id, "guess-01"), "legacy.down")
			}
			if err := w.logIn(id, "guess-01"); !keyfold.RefusedAs(err, "login.slow") {
				t.Errorf("%s: the 51st guess: %v", name, err)
			}
		}
		w.must(w.logIn(all["started"], first))
	})
}

func TestAWrongPasswordIsCountedWhereTheOldSystemSaysNo(t *testing.T) {
	each(t, func(_ *testing.T, w *world) {
		w.asking()
		id := w.legacy("NL123421341", "info@veldkamp.example", "")
		for range 10 {
			w.refused(w.logIn(id, "guess-01"), "login.failed")
		}
		w.refused(w.logIn(id, old), "login.slow")
	})
}

func TestTheTimeOfTheOldSystemDoesNotShow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		all := w.kinds()
		w.asking()
		w.Pace = 300 * time.Millisecond
		for name, id := range all {
			start := time.Now()
			w.refused(w.logIn(id, "guess-01"), "login.failed")
			if took := time.Since(start); took < w.Pace {
				t.Errorf("%s: refused after %s", name, took)
			}
		}
	})
}
