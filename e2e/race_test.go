package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
)

// twins are two processes on one database.
type twins struct {
	*testing.T

	database  string
	sink      *mailsink.Sink
	host      string
	addresses [2]string
	servers   [2]*server
}

func startTwins(t *testing.T, database string, walkers []*walker) *twins {
	t.Helper()
	w := &twins{T: t, database: database, sink: startSink(t)}
	bringIn(t, database, walkers)
	for i := range w.addresses {
		w.addresses[i] = "127.0.0.1:" + freePort(t)
	}
	w.host = "localhost:" + w.addresses[0][len("127.0.0.1:"):]
	for i := range w.servers {
		w.servers[i] = serve(t, w.setup(i))
	}
	return w
}

func (w *twins) setup(i int) setup {
	return setup{
		Database: w.database, SMTP: w.sink.URL(), Listen: w.addresses[i], Public: "http://" + w.host,
		Env: fast,
	}
}

// line is a line to one of the two.
func (w *twins) line(i int) *line { return newLine(w.host, to(w.addresses[i%2])) }

// crowd are n customers that have not come yet, each with a mailbox.
func crowd(n int) []*walker {
	var all []*walker
	for i := range n {
		all = append(all, &walker{
			id: fmt.Sprintf("NL%07d", 1000000+i), contact: fmt.Sprintf("contact%d@veldkamp.example", i), email: fmt.Sprintf("login%d@veldkamp.example", i),
		})
	}
	return all
}

func bringIn(t *testing.T, database string, walkers []*walker) {
	t.Helper()
	var rows []string
	for _, w := range walkers {
		rows = append(rows, w.id+",Customer,"+w.contact+",Sanne")
	}
	importCustomers(t, database, rows...)
}

// together has n workers take the numbers from 0 to count.
func together(n, count int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

const (
	raceTokens = 500
	raceClicks = 16
)

func TestOfRacingClicksOneSpendsTheLink(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			walkers := crowd(raceTokens)
			w := startTwins(t, emptyDatabase(t, engine), walkers)
			together(8, len(walkers), func(i int) {
				l := w.line(i)
				if err := walkers[i].ask(t.Context(), l, w.sink); err != nil {
					t.Error(err)
				}
			})
			for _, walker := range walkers {
				if err := walker.readReset(t.Context(), nil, w.sink); err != nil {
					t.Fatal(err)
				}
			}
			var won, used atomic.Int64
			together(4, len(walkers), func(i int) {
				ok, gone := w.race(walkers[i], i%2 == 0)
				won.Add(int64(ok))
				used.Add(int64(gone))
			})
			w.spentOnce(len(walkers))
			t.Logf("summary %s: %d links, %d clicks: %d answered as success, %d as used, each spent once",
				engine, len(walkers), len(walkers)*raceClicks, won.Load(), used.Load())
		})
	}
}

// race clicks on a link many times at once, on both servers. Clicks with one
// password may all succeed; of those with different ones, one may.
func (w *twins) race(customer *walker, samePassword bool) (ok, gone int) {
	answers := make(chan int, raceClicks)
	var all sync.WaitGroup
	for click := range raceClicks {
		all.Go(func() {
			pw := idPassword
			if !samePassword {
				pw = fmt.Sprintf("Tulips-2026 no %d", click)
			}
			r, err := w.line(click).post(w.Context(), customer.reset, "", url.Values{"new-password": {pw}, "repeat-password": {pw}})
			if err != nil {
				w.Error(err)
			}
			answers <- r.status
		})
	}
	all.Wait()
	close(answers)
	for status := range answers {
		switch status {
		case http.StatusOK:
			ok++
		case http.StatusGone:
			gone++
		default:
			w.Errorf("%s: a click was answered %d", customer.id, status)
		}
	}
	want := 1
	if samePassword {
		want = raceClicks
	}
	if ok != want {
		w.Errorf("%s: %d clicks succeeded, want %d", customer.id, ok, want)
	}
	return ok, gone
}

func (w *twins) spentOnce(accounts int) {
	w.Helper()
	db := ownEyes(w, w.database)
	for what, q := range map[string]string{
		"events":                  `select count(*) from events where kind = 'account.password_set'`,
		"accounts with one event": `select count(*) from (select customer_id from events where kind = 'account.password_set' group by customer_id having count(*) = 1) x`,
		"spent grants":            `select count(*) from grants where ended = 'spent'`,
		"accounts changed once":   `select count(*) from accounts where state = 'password_set' and version = 2`,
		"notices":                 `select count(*) from outbox where template = 'password-set'`,
	} {
		if n := number(w, db, q); n != accounts {
			w.Errorf("%d %s, want %d", n, what, accounts)
		}
	}
}

func TestTwoIDsThatRaceToOneAddressMakeOneUser(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			const pairs = 24
			walkers := crowd(2 * pairs)
			for i, walker := range walkers {
				walker.email = fmt.Sprintf("pair%d@veldkamp.example", i/2)
			}
			w := startTwins(t, emptyDatabase(t, engine), walkers)
			together(2, pairs, func(i int) { w.pair(walkers[2*i], walkers[2*i+1]) })
			db := ownEyes(t, w.database)
			for what, q := range map[string]string{
				"users":                   `select count(*) from users`,
				"users with two accounts": `select count(*) from (select owner from accounts group by owner having count(*) = 2) x`,
				"owners":                  `select count(*) / 2 from memberships where roles = 'owner'`,
				"accounts linked":         `select count(*) from events where kind = 'account.linked'`,
			} {
				if n := number(t, db, q); n != pairs {
					t.Errorf("%d %s, want %d", n, what, pairs)
				}
			}
		})
	}
}

// pair brings two customers to step 8 for one address, and has both press the
// button at once. The slower one links.
func (w *twins) pair(a, b *walker) {
	both := []*walker{a, b}
	for i, walker := range both {
		l := w.line(i)
		for _, step := range []func(context.Context, *line, *mailsink.Sink) error{walker.ask, walker.readReset, walker.setPassword, walker.giveEmail} {
			if err := step(w.Context(), l, w.sink); err != nil {
				w.Error(err)
				return
			}
		}
		if walker.confirm = w.confirmLink(walker, i+1); walker.confirm == "" {
			return
		}
	}
	var all sync.WaitGroup
	answers := make([]reply, 2)
	form := url.Values{"new-password": {loginPassword}, "repeat-password": {loginPassword}}
	for i, walker := range both {
		all.Go(func() {
			var err error
			if answers[i], err = w.line(i).post(w.Context(), walker.confirm, walker.cookie, form); err != nil {
				w.Error(err)
			}
		})
	}
	all.Wait()
	for i, walker := range both {
		switch answers[i].status {
		case http.StatusOK:
		case http.StatusConflict, http.StatusForbidden, http.StatusUnprocessableEntity:
			r, err := w.line(i).post(w.Context(), walker.confirm, walker.cookie, url.Values{"login-password": {loginPassword}})
			if err == nil {
				err = r.want(http.StatusOK)
			}
			if err != nil {
				w.Errorf("%s cannot link: %v", walker.id, err)
			}
		default:
			w.Errorf("%s: step 8 was answered %d", walker.id, answers[i].status)
		}
	}
	if answers[0].status == answers[1].status {
		w.Errorf("%s and %s were both answered %d", a.id, b.id, answers[0].status)
	}
}

// confirmLink is the link of the nth mail to the address of a walker.
func (w *twins) confirmLink(walker *walker, n int) string {
	box, err := keyfold.ParseEmail(walker.email)
	if err != nil {
		w.Error(err)
		return ""
	}
	mails, err := w.sink.Wait(w.Context(), box, n)
	if err != nil {
		w.Error(err)
		return ""
	}
	u, err := url.Parse(mails[n-1].Links[0])
	if err != nil {
		w.Error(err)
		return ""
	}
	return u.Path
}
