package reminder_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/reminder"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const (
	day     = 24 * time.Hour
	mailbox = "info@veldkamp.example"
)

var visitor = keyfold.Act{By: "visitor", From: "192.0.2.1"}

// A world is a service, as every replica has one.
type world struct {
	*reminder.Service

	t     *testing.T
	clock *storetest.Clock
	url   string
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			w := &world{t: t, clock: storetest.NewClock(), url: storetest.URL(t, engine)}
			w.Service = w.replica()
			test(t, w)
		})
	}
}

// replica is one more server on the same database.
func (w *world) replica() *reminder.Service {
	w.t.Helper()
	return w.replicaAt(w.clock)
}

func (w *world) replicaAt(clock *storetest.Clock) *reminder.Service {
	w.t.Helper()
	return &reminder.Service{
		DB: storetest.OpenURL(w.t, w.url, clock.Now), Teller: notice.Teller{Key: token.NewKey(strings.Repeat("k", 32))},
		After: []time.Duration{day, 3 * day, 7 * day}, Drop: 30 * day,
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// due is what the loop does.
func (w *world) due() {
	w.t.Helper()
	w.must(w.Due(w.t.Context()))
}

// begin brings an account to step 3.
func (w *world) begin(id, contact string) keyfold.CustomerID {
	w.t.Helper()
	customer := storetest.Import(w.t, w.DB, id, contact)
	w.change(customer, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		return a.SetPassword(visitor, now, "hash")
	})
	return customer
}

// pend brings an account that has begun to step 5.
func (w *world) pend(id keyfold.CustomerID) {
	w.t.Helper()
	to, err := keyfold.ParseEmail("sanne@veldkamp.example")
	w.must(err)
	w.change(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.PendEmail(visitor, now, to) })
}

func (w *world) change(id keyfold.CustomerID, do func(keyfold.Account, time.Time) (keyfold.Change, error)) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), id)
		if err != nil {
			return err
		}
		c, err := do(a, tx.Now())
		if err != nil {
			return err
		}
		return tx.Apply(w.t.Context(), c)
	}))
}

func (w *world) account(id keyfold.CustomerID) keyfold.Account {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), id)
	w.must(err)
	return a
}

// mails are the mails that were promised and not looked at yet, as "template
// to: IDs".
func (w *world) mails() []string {
	w.t.Helper()
	var all []string
	for n := -1; n != len(all); { // a mailbox is served one mail after the other
		n = len(all)
		w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
			claimed, err := tx.ClaimMails(w.t.Context(), "test", time.Minute, 10_000)
			for _, m := range claimed {
				if m.Token != "" {
					w.t.Errorf("%s carries a token", m.Template)
				}
				all = append(all, m.Template+" "+m.To.String()+": "+strings.Join(m.Data.Accounts, " "))
				if _, err := tx.EndMail(w.t.Context(), m.ID, "test", store.Sent, ""); err != nil {
					return err
				}
			}
			return err
		}))
	}
	slices.Sort(all)
	return all
}

func (w *world) want(when string, mails ...string) {
	w.t.Helper()
	if got := w.mails(); !slices.Equal(got, mails) {
		w.t.Errorf("%s: %q, want %q", when, got, mails)
	}
}

func TestRemindersComeAfterOneThreeAndSevenDays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		storetest.Import(t, w.DB, "NL900000001", mailbox) // nobody has come for it
		w.begin("NL123421341", mailbox)
		const mail = "reminder info@veldkamp.example: NL123421341"
		for i := range 24 * 40 {
			var want []string
			if slices.Contains(w.After, time.Duration(i)*time.Hour) {
				want = []string{mail}
			}
			w.due()
			w.due()
			w.want(fmt.Sprint("after ", i, " hours"), want...)
			w.clock.Pass(time.Hour)
		}
	})
}

func TestANewStateBeginsAnew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.begin("NL123421341", mailbox)
		w.clock.Pass(4 * day)
		w.due()
		w.want("after 4 days", "reminder info@veldkamp.example: NL123421341")
		w.pend(id)
		w.clock.Pass(day - time.Minute)
		w.due()
		w.want("before a day with an address")
		w.clock.Pass(time.Minute)
		w.due()
		w.want("a day with an address", "reminder info@veldkamp.example: NL123421341")
		w.pend(id)
		w.clock.Pass(day)
		w.due()
		w.want("a day with the next address", "reminder info@veldkamp.example: NL123421341")
	})
}

func TestAServerThatWasDownSendsOneReminder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.begin("NL123421341", mailbox)
		w.clock.Pass(10 * day)
		for range 5 {
			w.due()
			w.clock.Pass(5 * day)
		}
		w.want("after a long time", "reminder info@veldkamp.example: NL123421341")
		if n := w.account(id).Reminded; n != 3 {
			t.Errorf("reminded %d times", n)
		}
	})
}

func TestAnAddressThatNeverAnswersIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.begin("NL123421341", mailbox)
		w.pend(id)
		var link token.Secret
		w.must(w.DB.Update(t.Context(), func(tx *store.Tx) error {
			to := w.account(id).Pending
			tokenID, err := w.Teller.Link(t.Context(), tx, store.Confirm, to, tx.Now().Add(90*day), store.OfAccount(id))
			link = w.Teller.Key.Derive(tokenID, "confirm", to.Key())
			return err
		}))
		for range 3 {
			w.clock.Pass(3 * day)
			w.due()
		}
		w.mails()
		w.clock.Pass(21*day - time.Minute)
		w.due()
		w.want("before 30 days")
		w.clock.Pass(time.Minute)
		w.due()
		w.due()
		w.want("after 30 days", "pending-dropped info@veldkamp.example: NL123421341")
		if a := w.account(id); a.State != keyfold.PasswordSet || !a.Pending.IsZero() || a.Password == "" {
			t.Errorf("%+v", a)
		}
		token, err := w.DB.Reader().Token(t.Context(), store.Confirm, link)
		if err != nil || token.Grants[0].Ended != store.Void {
			t.Errorf("the link is %+v, %v", token.Grants, err)
		}
		for range 40 {
			w.clock.Pass(day)
			w.due()
		}
		w.want("and after that")
	})
}

func TestWhoCannotGoOnIsNotReminded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		frozen, closed, care := w.begin("NL100000001", mailbox), w.begin("NL100000002", mailbox), w.begin("NL100000003", mailbox)
		moved, gone := w.begin("NL100000004", mailbox), w.begin("NL100000005", mailbox)
		w.pend(frozen)
		w.change(frozen, func(a keyfold.Account, _ time.Time) (keyfold.Change, error) { return a.Freeze(visitor) })
		w.change(closed, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
			return a.Update(visitor, now, keyfold.Details{ID: a.ID, Entity: a.Entity, Contact: a.Contact, Closed: true}), nil
		})
		w.change(care, func(a keyfold.Account, _ time.Time) (keyfold.Change, error) { return a.NeedCare(visitor, "why"), nil })
		w.change(gone, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
			return a.Update(visitor, now, keyfold.Details{ID: a.ID, Entity: a.Entity}), nil
		})
		email, err := keyfold.ParseEmail("sanne@veldkamp.example")
		w.must(err)
		u := keyfold.NewUser(visitor, "u1", email, "", keyfold.English, "hash")
		w.must(w.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), u) }))
		w.pend(moved)
		w.change(moved, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.Register(visitor, now, "u1") })
		for range 50 {
			w.clock.Pass(day)
			w.due()
		}
		w.want("in 50 days")
	})
}

func TestNothingIsSentThatTheOperatorDoesNotWant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.After, w.Drop = nil, 0
		id := w.begin("NL123421341", mailbox)
		w.pend(id)
		w.clock.Pass(400 * day)
		w.due()
		w.want("ever")
		if a := w.account(id); a.State != keyfold.EmailPending {
			t.Errorf("the account is %s", a.State)
		}
	})
}

func TestAThousandAccountsAreOneMail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 1000 {
			w.begin(fmt.Sprintf("NL%07d", 1000000+i), mailbox)
		}
		other := w.begin("NL2000000", "other@veldkamp.example")
		w.clock.Pass(day)
		w.due()
		got := w.mails()
		if len(got) != 2 || strings.Count(got[0], " NL") != 1000 || got[1] != "reminder other@veldkamp.example: "+other.String() {
			t.Errorf("%d mails: %.200q", len(got), got)
		}
	})
}

// TestWhatComesDueOneByOneIsNotAMailEach: the accounts of one mailbox that were
// begun over a day.
func TestWhatComesDueOneByOneIsNotAMailEach(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 24 {
			w.begin(fmt.Sprintf("NL%07d", 1000000+i), mailbox)
			w.clock.Pass(time.Hour)
		}
		var mails []string
		for range 48 {
			w.due()
			mails = append(mails, w.mails()...)
			w.clock.Pass(time.Hour)
		}
		all := strings.Join(mails, "\n")
		if len(mails) != 3 || strings.Count(all, " NL") != 24 {
			t.Errorf("%d mails:\n%s", len(mails), all)
		}
	})
}

func TestOfManyReplicasOneReminds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 60 {
			id := w.begin(fmt.Sprintf("NL%07d", 1000000+i), fmt.Sprintf("box%d@veldkamp.example", i%20))
			if i%2 == 0 {
				w.pend(id)
			}
		}
		replicas := []*reminder.Service{w.Service, w.replica(), w.replica()}
		race := func() {
			var all sync.WaitGroup
			for _, r := range replicas {
				all.Go(func() {
					if err := r.Due(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		w.clock.Pass(day)
		race()
		got := w.mails()
		if all := strings.Join(got, "\n"); len(got) != 20 || strings.Count(all, " NL") != 60 {
			t.Errorf("%d reminders:\n%s", len(got), all)
		}
		w.clock.Pass(30 * day)
		race()
		got = w.mails()
		dropped := slices.DeleteFunc(slices.Clone(got), func(m string) bool { return !strings.HasPrefix(m, "pending-dropped ") })
		if all := strings.Join(dropped, "\n"); len(dropped) != 10 || strings.Count(all, " NL") != 30 || len(got) != 20 {
			t.Errorf("%d mails, of them %d about addresses:\n%s", len(got), len(dropped), all)
		}
		for i := range 60 {
			id, err := keyfold.ParseCustomerID(fmt.Sprintf("NL%07d", 1000000+i))
			w.must(err)
			events, err := w.DB.Reader().AccountEvents(t.Context(), id, 20)
			w.must(err)
			count := map[string]int{}
			for _, e := range events {
				count[e.Kind]++
			}
			if (i%2 == 0) != (count["account.pending_dropped"] == 1) || count["account.reminded"] != 1+i%2 {
				t.Errorf("%s: %v", id, count)
			}
		}
	})
}

// TestReplicasThatSeeDifferentAccountsDueSendOneMail: to the one whose clock is
// ahead, a second account of each mailbox is due too.
func TestReplicasThatSeeDifferentAccountsDueSendOneMail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const boxes = 40
		for i := range boxes {
			w.begin(fmt.Sprintf("NL%07d", 1000000+i), fmt.Sprintf("box%d@veldkamp.example", i))
		}
		w.clock.Pass(time.Hour)
		for i := range boxes {
			w.begin(fmt.Sprintf("NL%07d", 2000000+i), fmt.Sprintf("box%d@veldkamp.example", i))
		}
		w.clock.Pass(day - time.Hour)
		ahead := storetest.NewClock()
		ahead.Pass(day + time.Hour)
		var all sync.WaitGroup
		for _, r := range []*reminder.Service{w.Service, w.replicaAt(ahead)} {
			all.Go(func() {
				if err := r.Due(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.clock.Pass(time.Hour)
		if got := w.mails(); len(got) != boxes {
			t.Errorf("%d mails to %d mailboxes", len(got), boxes)
		}
	})
}

// TestOneBrokenRowKeepsNobodyElseFromTheirs goes behind the back of the code.
func TestOneBrokenRowKeepsNobodyElseFromTheirs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.begin("NL100000001", "aaa@veldkamp.example")
		w.begin("NL100000002", "zzz@veldkamp.example")
		w.clock.Pass(day)
		w.breakLanguage("NL100000001")
		if err := w.Due(t.Context()); err == nil {
			t.Error("a row that cannot be read is no error")
		}
		w.want("the others", "reminder zzz@veldkamp.example: NL100000002")
	})
}

// TestAMailboxThatFailsKeepsNobodyElseFromTheirs, and be its accounts more than are
// looked at in one go.
func TestAMailboxThatFailsKeepsNobodyElseFromTheirs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 501 {
			w.begin(fmt.Sprintf("NL1%05d", i), "many@veldkamp.example")
		}
		w.clock.Pass(time.Second)
		w.begin("NL200000", "zzz@veldkamp.example")
		w.clock.Pass(day)
		w.breakLanguage("NL100007")
		if err := w.Due(t.Context()); err == nil {
			t.Error("a row that cannot be read is no error")
		}
		w.want("the others", "reminder zzz@veldkamp.example: NL200000")
	})
}

func (w *world) breakLanguage(id string) {
	w.t.Helper()
	storetest.Exec(w.t, w.DB, `update accounts set language = 'tlh' where customer_id = $1`, id)
}
