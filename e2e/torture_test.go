package e2e_test

import (
	"context"
	"database/sql"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/mailsink"
)

const (
	walkersEach = 5 // customers that set out in each round
	atOnce      = 6 // customers under way at once
)

// killRounds says how many rounds, and with which seed: the same seed kills at
// the same moments.
func killRounds(tb testing.TB) (rounds int, seed uint64) {
	tb.Helper()
	rounds, seed = 50, 1
	if *torture {
		rounds = 1000
		if n, err := strconv.Atoi(os.Getenv("KEYFOLD_TORTURE")); err == nil {
			rounds = n
		}
	}
	if n, err := strconv.ParseUint(os.Getenv("KEYFOLD_TORTURE_SEED"), 10, 64); err == nil {
		seed = n
	}
	return rounds, seed
}

// moods is a mail server with bad days: to the first mail for a mailbox it may
// refuse for now, hang up or fall silent at any point. Mailboxes called refused
// do not exist.
func moods(rcpt string, attempt int) mailsink.Answer {
	switch {
	case strings.HasPrefix(rcpt, "refused"):
		return mailsink.Reply(mailsink.AtRcpt, 550, [3]int{5, 1, 1}, "nobody lives here")
	case attempt > 1 || rcpt == "":
		return mailsink.Accept()
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(rcpt))
	bad := []mailsink.Answer{
		mailsink.Reply(mailsink.AtRcpt, 450, [3]int{4, 2, 0}, "come back later"),
		mailsink.Reply(mailsink.AtData, 421, [3]int{4, 3, 2}, "closing"),
		mailsink.CloseAfterDot(), mailsink.CloseBeforeReply(mailsink.AtData),
		mailsink.Stall(mailsink.AtRcpt), mailsink.Stall(mailsink.AtData),
	}
	if n := int(h.Sum32()>>8) % (4 * len(bad)); n < len(bad) {
		return bad[n]
	}
	return mailsink.Accept()
}

func TestKilledAtAnyMomentNothingIsLost(t *testing.T) {
	rounds, seed := killRounds(t)
	for i, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			k := newKiller(t, engine, (rounds+1-i)/2, seed)
			for round := range k.rounds {
				k.round(round)
			}
			k.peace()
			k.check()
		})
	}
}

// A killer is a server that is killed again and again, and those who use it.
type killer struct {
	*testing.T

	database string
	db       *sql.DB
	sink     *mailsink.Sink
	setup    setup
	rounds   int
	seed     uint64
	all      []*walker

	mu    sync.Mutex
	queue []*walker // who is on the way, and nobody walks with just now
}

func newKiller(t *testing.T, engine string, rounds int, seed uint64) *killer {
	t.Helper()
	k := &killer{T: t, database: emptyDatabase(t, engine), sink: startSink(t), rounds: rounds, seed: seed}
	k.sink.Script(moods)
	k.all = crowd(rounds * walkersEach)
	for i, w := range k.all {
		if i%(3*walkersEach) == 0 {
			w.contact, w.stuck = "refused-"+w.contact, true
		}
	}
	bringIn(t, k.database, k.all)
	k.db = ownEyes(t, k.database)
	address := "127.0.0.1:" + freePort(t)
	k.setup = setup{
		Database: k.database, SMTP: k.sink.URL(), Listen: address, Public: "http://" + address,
		Env: append(slices.Clone(fast), "KEYFOLD_OUTBOX_LEASE=10s", "KEYFOLD_OUTBOX_TIMEOUT=1s"),
	}
	return k
}

// round starts the server, lets new customers set out and the others go on,
// and pulls the plug.
func (k *killer) round(round int) {
	k.queue = append(k.queue, k.all[round*walkersEach:(round+1)*walkersEach]...)
	srv := serve(k, k.setup)
	random := rand.New(rand.NewPCG(k.seed, uint64(round)))
	ctx, cancel := context.WithCancel(k.Context())
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() { k.accompany(ctx) })
	}
	plug := time.NewTimer(time.Duration(20+random.IntN(480)) * time.Millisecond) // the moment is the test
	<-plug.C
	srv.kill()
	cancel()
	all.Wait()
}

// accompany walks with one customer after the other until the lights go out.
func (k *killer) accompany(ctx context.Context) {
	l := newLine(k.setup.Listen, to(k.setup.Listen))
	for ctx.Err() == nil {
		w := k.take()
		if w == nil {
			return
		}
		step, cancel := context.WithTimeout(ctx, 300*time.Millisecond) // for a mail that is late: others may go on
		err := w.walk(step, l, k.sink)
		cancel()
		if _, wrong := errors.AsType[*unexpected](err); wrong {
			k.Errorf("%s: %v", w.id, err)
			continue
		}
		if err != nil || ctx.Err() != nil {
			k.mu.Lock()
			k.queue = append(k.queue, w)
			k.mu.Unlock()
		}
	}
}

func (k *killer) take() *walker {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.queue) == 0 {
		return nil
	}
	w := k.queue[0]
	k.queue = k.queue[1:]
	return w
}

// peace lets a server that nobody kills finish the work, and everybody come
// through who still was on the way.
func (k *killer) peace() {
	k.sink.Script(func(rcpt string, _ int) mailsink.Answer { return moods(rcpt, 2) })
	srv := serve(k, k.setup)
	defer srv.stop(k)
	k.drain()
	together(2, len(k.queue), func(i int) {
		w := k.queue[i]
		for last := time.Now().Add(time.Minute); ; {
			err := w.walk(k.Context(), newLine(k.setup.Listen, to(k.setup.Listen)), k.sink)
			if err == nil || time.Now().After(last) || !errors.Is(err, errNotYet) {
				if err != nil {
					k.Errorf("%s cannot come through: %v", w.id, err)
				}
				return
			}
		}
	})
	k.drain()
}

// drain waits until nothing is left to send. Time passes fast for mails that
// wait; leases run their time.
func (k *killer) drain() {
	k.Helper()
	ctx, cancel := context.WithTimeout(k.Context(), 2*time.Minute)
	defer cancel()
	for {
		if _, err := k.db.ExecContext(ctx, `update outbox set next_at = 1 where status = 'queued'`); err != nil {
			k.Fatal(err)
		}
		if number(k, k.db, `select (select count(*) from outbox where status in ('queued', 'sending')) + (select count(*) from reset_requests)`) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			k.Fatal("the outbox is not empty after two minutes")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (k *killer) check() {
	asked, done, lost := 0, 0, 0
	delivered := map[string]bool{}
	for _, m := range k.sink.Mails() {
		for _, link := range m.Links {
			if strings.Contains(link, "/passwordReset/") {
				delivered[m.To] = true
			}
		}
	}
	for _, w := range k.all {
		if w.done {
			done++
		}
		if !w.asked {
			continue
		}
		asked++
		if !delivered[w.contact] && !w.stuck {
			lost++
			k.Errorf("%s asked for a reset, was told that it is on its way, and got none", w.id)
		}
	}
	lost += k.checkSent()
	doubled, unanswered := k.doubles()
	if doubled > k.rounds {
		k.Errorf("%d mails were doubled by %d kills", doubled, k.rounds)
	}
	if done == 0 {
		k.Error("nobody came through: the test shows nothing")
	}
	k.wholeAccounts()
	k.Logf("summary: seed %d, %d kills, %d resets asked for, %d customers came through, %d mails taken: %d lost, %d doubled by kills, %d more after an answer that never came",
		k.seed, k.rounds, asked, done, len(k.sink.Mails()), lost, doubled, unanswered)
}

// checkSent compares what the database says with what the mail server has.
func (k *killer) checkSent() (lost int) {
	there := map[string]bool{}
	for _, m := range k.sink.Mails() {
		id, _, _ := strings.Cut(m.MessageID, "@")
		there[id] = true
	}
	rows, err := k.db.QueryContext(k.Context(), `select id, status, recipient, last_error from outbox`)
	if err != nil {
		k.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, status, recipient, why string
		if err := rows.Scan(&id, &status, &recipient, &why); err != nil {
			k.Fatal(err)
		}
		refused := strings.HasPrefix(recipient, "refused")
		switch {
		case status == "sent" && !there[id]:
			lost++
			k.Errorf("mail %s counts as sent, and nobody has it", id)
		case status == "failed" && (!refused || why == ""):
			k.Errorf("mail %s to %s failed: %q", id, recipient, why)
		case status == "sent" && refused:
			k.Errorf("mail %s went to %s", id, recipient)
		}
	}
	if err := rows.Err(); err != nil {
		k.Fatal(err)
	}
	return lost
}

// doubles counts the mails that came more than once. A copy whose sender was
// never told is the mail server's doing: the next try had to be made.
func (k *killer) doubles() (doubled, unanswered int) {
	type copies struct {
		told, untold int
		link         []string
	}
	seen := map[string]*copies{}
	for _, m := range k.sink.Mails() {
		c := seen[m.MessageID]
		if c == nil {
			c = &copies{link: m.Links}
			seen[m.MessageID] = c
		}
		if !slices.Equal(c.link, m.Links) && !strings.Contains(strings.Join(c.link, " "), "/notme/") {
			k.Errorf("mail %s came with the links %v and %v", m.MessageID, c.link, m.Links)
		}
		if m.Unanswered {
			c.untold++
		} else {
			c.told++
		}
	}
	for _, c := range seen {
		doubled += max(0, c.told-1)
		if c.told > 0 {
			unanswered += c.untold
		} else {
			unanswered += c.untold - 1
		}
	}
	return doubled, unanswered
}

// wholeAccounts wants every account to be wholly before or wholly after step 8,
// and every change to have its event.
func (k *killer) wholeAccounts() {
	k.Helper()
	for what, q := range map[string]string{
		"accounts registered without an owner, or the other way round": `select count(*) from accounts a where (a.state = 'registered') <> (a.owner is not null)`,
		"accounts whose owner is no member": `select count(*) from accounts a where (a.owner is not null) <>
			exists (select 1 from memberships m where m.customer_id = a.customer_id and m.user_id = a.owner and m.roles = 'owner')`,
		"members of accounts without an owner": `select count(*) from memberships m join accounts a on a.customer_id = m.customer_id where a.owner is null`,
		"users without an account":             `select count(*) from users u where not exists (select 1 from accounts a where a.owner = u.id)`,
		"owners with another address than was given": `select count(*) from accounts a join users u on u.id = a.owner
			where replace(u.email, 'login', '') <> replace(replace(a.contact_email, 'refused-', ''), 'contact', '')`,
		"live links of registered accounts": `select count(*) from grants g join tokens t on t.id = g.token_id join accounts a on g.subject = 'a:' || a.customer_id
			where a.state = 'registered' and g.ended = '' and t.purpose in ('reset', 'confirm')`,
		"registration sessions of registered accounts": `select count(*) from sessions s join accounts a on a.customer_id = s.customer_id where a.state = 'registered'`,
		"pending addresses in a wrong state":           `select count(*) from accounts a where (a.state = 'email_pending') <> (a.pending_email <> '')`,
		"registered accounts without exactly one event": `select count(*) from accounts a where a.state = 'registered' and
			(select count(*) from events e where e.customer_id = a.customer_id and e.kind = 'account.registered') <> 1`,
		"accounts with more or fewer changes than events": `select count(*) from accounts a where a.version <>
			(select count(*) from events e where e.customer_id = a.customer_id and e.kind like 'account.%')`,
		"mails that are neither sent nor ended": `select count(*) from outbox where status in ('queued', 'sending')`,
		"failed mails without care": `select count(*) from outbox o join accounts a on a.customer_id = o.customer_id
			where o.status = 'failed' and o.template = 'reset' and not a.needs_care`,
	} {
		if n := number(k, k.db, q); n != 0 {
			k.Errorf("%d %s", n, what)
		}
	}
	for _, w := range k.all {
		if !w.done {
			continue
		}
		var state string
		if err := k.db.QueryRowContext(k.Context(), `select state from accounts where customer_id = $1`, w.id).Scan(&state); err != nil || state != "registered" {
			k.Errorf("%s was told that step 8 is done, and is %q: %v", w.id, state, err)
		}
	}
}
