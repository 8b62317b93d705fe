package bounce_test

import (
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/bounce"
	"github.com/keyfold/keyfold/internal/store"
)

func TestABounceIsShownAtItsMailAndCareKnows(t *testing.T) {
	each(t, func(w *world) {
		m := w.sent("sanne@veldkamp.example")
		w.clock.Pass(time.Minute)
		w.note(w.report(m), bounce.Noted)
		w.is(m, store.Bounced, "did not arrive: 550 5.1.1 nobody lives here")
		if got, want := w.events(m.Account), "mail.bounced 5.1.1, account.needs_care bounced"; got != want {
			w.Errorf("events %q, want %q", got, want)
		}
		if !w.needsCare(m.Account) {
			w.Error("nobody can come in, and care does not know")
		}
		if got := w.row(m).Ended; !got.Equal(w.clock.Now()) {
			w.Errorf("it ended at %s", got)
		}
		if h, err := w.db.Reader().OutboxHealth(w.Context()); err != nil || h.Bounced != 1 || h.Failed != 0 {
			w.Errorf("%+v, %v", h, err)
		}
		w.note(w.report(m), bounce.Known)
		if got := w.events(m.Account); strings.Count(got, "mail.bounced") != 1 {
			w.Errorf("events %q", got)
		}
	})
}

func TestWhatTheServerSaysDecidesOnTheWords(t *testing.T) {
	each(t, func(w *world) {
		for want, change := range map[string]func(*bounce.Report){
			"did not arrive: 5.1.1 nobody lives here":            func(r *bounce.Report) { r.Diagnostic = "nobody lives here" },
			"did not arrive: 5.1.1":                              func(r *bounce.Report) { r.Diagnostic = "" },
			"did not arrive: 5.0.0":                              func(r *bounce.Report) { r.Diagnostic, r.Status = "", "" },
			"did not arrive in time: 4.4.1 connection timed out": func(r *bounce.Report) { r.Diagnostic, r.Status = "connection timed out", "4.4.1" },
			"did not arrive: 5.1.1 a b[31mc […]": func(r *bounce.Report) {
				r.Diagnostic = "a\r\nb\x1b[31m\x00c\u202e " + strings.Repeat("q", 43)
			},
		} {
			m := w.sent("sanne@veldkamp.example")
			r := w.report(m)
			change(&r)
			w.note(r, bounce.Noted)
			if got := w.row(m); got.LastError != want || got.Status != store.Bounced {
				w.Errorf("%s %q, want %q", got.Status, got.LastError, want)
			}
		}
		m := w.sent("sanne@veldkamp.example")
		r := w.report(m)
		r.Diagnostic = strings.Repeat("long ", 10_000)
		w.note(r, bounce.Noted)
		if n := len(w.row(m).LastError); n > 600 {
			w.Errorf("%d bytes are kept", n)
		}
	})
}

func TestADelayedMailStaysSent(t *testing.T) {
	each(t, func(w *world) {
		m := w.sent("sanne@veldkamp.example")
		r := w.report(m)
		r.Action, r.Status, r.Diagnostic = bounce.Delayed, "4.4.1", "Connection timed out"
		w.note(r, bounce.Noted)
		w.note(r, bounce.Known)
		w.is(m, store.Sent, "delayed on the way: 4.4.1 Connection timed out")
		if got := w.events(m.Account); got != "mail.delayed 4.4.1" || w.needsCare(m.Account) {
			w.Errorf("events %q", got)
		}
		r.Action = bounce.Delivered
		w.note(r, bounce.Noted)
		w.note(r, bounce.Known)
		w.is(m, store.Sent, "")
		r.Action = bounce.Failed
		w.note(r, bounce.Noted)
		w.is(m, store.Bounced, "did not arrive in time: 4.4.1")
		r.Action = bounce.Delivered // late, and perhaps forged
		w.note(r, bounce.Known)
		w.is(m, store.Bounced, "did not arrive in time: 4.4.1")
		if !w.needsCare(m.Account) {
			w.Error("care does not know")
		}
	})
}

// TestWhoMakesReportsUpReachesNothing: it takes the ID of a mail and the address
// that it went to.
func TestWhoMakesReportsUpReachesNothing(t *testing.T) {
	each(t, func(w *world) {
		m := w.sent("sanne@veldkamp.example")
		for name, change := range map[string]func(*bounce.Report){
			"an unknown mail":     func(r *bounce.Report) { r.Mails = []string{"0195f3a2-7c1e-7d3a-9b52-3f6e1a2b4c5d"} },
			"no mail":             func(r *bounce.Report) { r.Mails = nil },
			"another recipient":   func(r *bounce.Report) { r.Recipients = []keyfold.Email{w.email("piet@veldkamp.example")} },
			"no recipient":        func(r *bounce.Report) { r.Recipients = nil },
			"a similar recipient": func(r *bounce.Report) { r.Recipients = []keyfold.Email{w.email("sanne+x@veldkamp.example")} },
		} {
			r := w.report(m)
			change(&r)
			if got, err := w.reports.Note(w.Context(), r); err != nil || got != bounce.Unknown {
				w.Errorf("%s: %q, %v", name, got, err)
			}
		}
		w.is(m, store.Sent, "")
		if got := w.events(m.Account); got != "" {
			w.Errorf("events %q", got)
		}
		// One of the names is enough, and the second of two IDs may be the one.
		r := w.report(m)
		r.Mails = []string{"unknown", m.ID}
		r.Recipients = []keyfold.Email{w.email("forward@elsewhere.example"), w.email("SANNE@Veldkamp.example")}
		w.note(r, bounce.Noted)
	})
}

func TestOnlyAMailThatWasTakenCanBounce(t *testing.T) {
	each(t, func(w *world) {
		for _, status := range []store.MailStatus{store.Failed, store.Voided} {
			m := w.promise("reset", "sanne@veldkamp.example", w.customer("sanne@veldkamp.example"))
			w.end(m, status)
			w.note(w.report(m), bounce.Known)
			w.is(m, status, "")
		}
		m := w.promise("reset", "sanne@veldkamp.example", w.customer("sanne@veldkamp.example"))
		w.note(w.report(m), bounce.Known)
		w.is(m, store.Queued, "")
		w.end(m, store.Sending)
		w.note(w.report(m), bounce.Early)
		w.is(m, store.Sending, "")
		if want := map[bounce.Outcome]int{bounce.Known: 3, bounce.Early: 1}; !maps.Equal(w.outcomes, want) {
			w.Errorf("counted %v, want %v", w.outcomes, want)
		}
	})
}

// TestCareIsCalledForWhomItWasTheWayIn, and for nobody else.
func TestCareIsCalledForWhomItWasTheWayIn(t *testing.T) {
	each(t, func(w *world) {
		const box = "sanne@veldkamp.example"
		first, second, elsewhere := w.customer(box), w.customer(box), w.customer("piet@veldkamp.example")
		m := w.sent(box, second, elsewhere, first)
		w.note(w.report(m), bounce.Noted)
		for id, want := range map[keyfold.CustomerID]bool{first: true, second: true, elsewhere: false} {
			if got := w.needsCare(id); got != want {
				w.Errorf("%s needs care: %v", id, got)
			}
		}
		notice := w.promise("password-set", "piet@veldkamp.example", elsewhere)
		w.end(notice, store.Sent)
		w.note(w.report(notice), bounce.Noted)
		w.is(notice, store.Bounced, "did not arrive")
		if w.needsCare(elsewhere) {
			w.Error("care was called though the way in is open")
		}
		frozen := w.customer("koen@veldkamp.example")
		m = w.sent("koen@veldkamp.example", frozen)
		w.must(w.db.Update(w.Context(), func(tx *store.Tx) error {
			a, err := tx.Account(w.Context(), frozen)
			if err != nil {
				return err
			}
			c, err := a.Freeze(keyfold.Act{By: "visitor"})
			if err != nil {
				return err
			}
			return tx.Apply(w.Context(), c)
		}))
		w.note(w.report(m), bounce.Noted)
		if got := w.events(frozen); got != "account.frozen, mail.bounced 5.1.1" {
			w.Errorf("events %q", got)
		}
	})
}

// TestReplicasThatHearOfOneBounceNoteItOnce has as many as there are tell of the
// same mail at once, in other orders.
func TestReplicasThatHearOfOneBounceNoteItOnce(t *testing.T) {
	each(t, func(w *world) {
		const box = "sanne@veldkamp.example"
		a, b := w.customer(box), w.customer(box)
		one, two := w.sent(box, a, b), w.sent(box, b, a)
		w.reports.Observe = nil
		var mu sync.Mutex
		outcomes := map[bounce.Outcome]int{}
		var all sync.WaitGroup
		for i := range 16 {
			m := []store.Mail{one, two}[i%2]
			all.Go(func() {
				o, err := w.reports.Note(w.Context(), w.report(m))
				mu.Lock()
				defer mu.Unlock()
				if outcomes[o]++; err != nil {
					w.Error(err)
				}
			})
		}
		all.Wait()
		if want := map[bounce.Outcome]int{bounce.Noted: 2, bounce.Known: 14}; !maps.Equal(outcomes, want) {
			w.Errorf("%v, want %v", outcomes, want)
		}
		for _, id := range []keyfold.CustomerID{a, b} {
			if got := w.events(id); strings.Count(got, "mail.bounced") != 1 || strings.Count(got, "account.needs_care") != 1 {
				w.Errorf("events of %s: %q", id, got)
			}
		}
	})
}

func TestADatabaseThatIsAwayIsAFault(t *testing.T) {
	each(t, func(w *world) {
		m := w.sent("sanne@veldkamp.example")
		w.must(w.db.Close())
		if o, err := w.reports.Note(w.Context(), w.report(m)); err == nil || o != "" || len(w.outcomes) != 0 {
			w.Errorf("%q, %v, %v", o, err, w.outcomes)
		}
	})
}
