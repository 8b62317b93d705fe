package hooks_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

func TestABounceThatAProgramTellsOfIsNotedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.sent("sanne@veldkamp.example")
		for i, want := range []string{`{"received":1,"noted":1}`, `{"received":1,"noted":0}`} {
			res := w.send(w.request(about(m)))
			if got := strings.TrimSpace(res.Body.String()); res.Code != http.StatusOK || got != want || res.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%d: %d %s", i, res.Code, got)
			}
		}
		if w.status(m) != store.Bounced || w.events(m.Account, "mail.bounced") != 1 || w.events(m.Account, "account.needs_care") != 1 {
			t.Errorf("%s, %d, %d", w.status(m), w.events(m.Account, "mail.bounced"), w.events(m.Account, "account.needs_care"))
		}
	})
}

func TestABatchSaysHowManyWereNews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var parts []string
		var mails []store.Mail
		for i := range 100 {
			mails = append(mails, w.sent(fmt.Sprintf("box%d@veldkamp.example", i)))
			one := strings.TrimSuffix(strings.TrimPrefix(about(mails[i]), `{"bounces":[`), `]}`)
			switch i {
			case 1:
				one = strings.Replace(one, "box1@", "box2@", 1)
			case 2:
				one = strings.Replace(one, mails[i].ID, "somebody's", 1)
			case 3:
				one = strings.Replace(strings.Replace(one, "failed", "delayed", 1), "5.1.1", "4.4.1", 1)
			case 4: // as little as it takes
				one = `{"message_id":"` + mails[i].ID + `","recipient":"BOX4@veldkamp.example","action":"failed"}`
			}
			parts = append(parts, one)
		}
		res := w.send(w.request(`{"bounces":[` + strings.Join(parts, ",") + `]}`))
		if got := strings.TrimSpace(res.Body.String()); res.Code != http.StatusOK || got != `{"received":100,"noted":98}` {
			t.Errorf("%d %s", res.Code, got)
		}
		for i, want := range map[int]store.MailStatus{0: store.Bounced, 1: store.Sent, 2: store.Sent, 3: store.Sent, 4: store.Bounced, 99: store.Bounced} {
			if got := w.status(mails[i]); got != want {
				t.Errorf("mail %d is %s, want %s", i, got, want)
			}
		}
	})
}

// TestWithoutTheSecretNobodyIsHeard has each way to sign badly, and a request that
// somebody has kept.
func TestWithoutTheSecretNobodyIsHeard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.sent("sanne@veldkamp.example")
		sign := func(r *http.Request, secret, stamp string) {
			r.Header.Set(token.HeaderTimestamp, stamp)
			r.Header.Set(token.HeaderSignature, token.Sign([]byte(secret), stamp, []byte(about(m))))
		}
		now := w.clock.Now().Unix()
		at := func(off int64) string { return strconv.FormatInt(now+off, 10) }
		for name, tt := range map[string]struct {
			change func(*http.Request)
			code   string
		}{
			"no signature":      {func(r *http.Request) { r.Header.Del(token.HeaderSignature) }, "hook.unsigned"},
			"no time":           {func(r *http.Request) { r.Header.Del(token.HeaderTimestamp) }, "hook.unsigned"},
			"neither":           {func(r *http.Request) { clear(r.Header) }, "hook.unsigned"},
			"another secret":    {func(r *http.Request) { sign(r, "another secret of enough characters", at(0)) }, "hook.unsigned"},
			"no secret":         {func(r *http.Request) { sign(r, "", at(0)) }, "hook.unsigned"},
			"two signatures":    {func(r *http.Request) { r.Header.Add(token.HeaderSignature, r.Header.Get(token.HeaderSignature)) }, "hook.unsigned"},
			"two times":         {func(r *http.Request) { r.Header.Add(token.HeaderTimestamp, at(0)) }, "hook.unsigned"},
			"a newer time":      {func(r *http.Request) { r.Header.Set(token.HeaderTimestamp, at(1)) }, "hook.unsigned"},
			"too old":           {func(r *http.Request) { sign(r, secret, at(-301)) }, "hook.stale"},
			"from the future":   {func(r *http.Request) { sign(r, secret, at(301)) }, "hook.stale"},
			"in another form":   {func(r *http.Request) { sign(r, secret, "2026-03-01T09:00:00Z") }, "hook.stale"},
			"a very long time":  {func(r *http.Request) { sign(r, secret, strings.Repeat("9", 40)) }, "hook.stale"},
			"the first of all":  {func(r *http.Request) { sign(r, secret, "-9223372036854775808") }, "hook.stale"},
			"signed before use": {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain"); r.Header.Del(token.HeaderSignature) }, "hook.unsigned"},
		} {
			r := w.request(about(m))
			tt.change(r)
			refused(t, name, w.send(r), http.StatusUnauthorized, tt.code)
		}
		kept := w.request(about(m))
		w.clock.Pass(5*time.Minute + time.Second)
		refused(t, "a kept one", w.send(kept), http.StatusUnauthorized, "hook.stale")
		if w.status(m) != store.Sent || w.events(m.Account, "mail.bounced") != 0 {
			t.Errorf("the mail is %s", w.status(m))
		}
		r := w.request(about(m))
		sign(r, secret, strconv.FormatInt(w.clock.Now().Unix()-300, 10))
		if res := w.send(r); res.Code != http.StatusOK {
			t.Errorf("five minutes old: %d %s", res.Code, res.Body)
		}
	})
}

// TestARequestThatCannotBeUsedNotesNothing: of a batch, all or none.
func TestARequestThatCannotBeUsedNotesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.sent("sanne@veldkamp.example")
		good := about(m)
		one := strings.TrimSuffix(strings.TrimPrefix(good, `{"bounces":[`), `]}`)
		batch := func(n int) string { return `{"bounces":[` + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + `]}` }
		with := func(was, is string) string {
			return `{"bounces":[` + one + "," + strings.Replace(one, was, is, 1) + `]}`
		}
		for name, tt := range map[string]struct {
			body   string
			status int
			code   string
			detail string
		}{
			"nothing":           {"", 400, "hook.malformed", "bounces"},
			"no JSON":           {"message_id=x", 400, "hook.malformed", "bounces"},
			"a list":            {"[" + one + "]", 400, "hook.malformed", "bounces"},
			"two":               {good + good, 400, "hook.malformed", "bounces"},
			"more behind":       {good + "]", 400, "hook.malformed", "bounces"},
			"an unknown field":  {with(`"action"`, `"blocked":true,"action"`), 400, "hook.malformed", "bounces"},
			"a deep one":        {strings.Repeat("[", 60_000), 400, "hook.malformed", "bounces"},
			"another type":      {with(`"failed"`, `7`), 400, "hook.malformed", "bounces"},
			"an empty batch":    {`{"bounces":[]}`, 422, "hook.content", "0 entries"},
			"no batch":          {`{}`, 422, "hook.content", "0 entries"},
			"null":              {`null`, 422, "hook.content", "0 entries"},
			"too many":          {strings.ReplaceAll(batch(101), "550 5.1.1 nobody lives here", ""), 422, "hook.content", "101 entries"},
			"too big":           {strings.Replace(good, "nobody", strings.Repeat("n", 64<<10), 1), 413, "hook.too_large", "64 KiB"},
			"no mail":           {with("<"+m.ID+"@polder.example>", ""), 422, "hook.content", "bounces[1].message_id"},
			"no recipient":      {with("sanne@veldkamp.example", ""), 422, "hook.content", "bounces[1].recipient"},
			"two recipients":    {with("sanne@veldkamp.example", "sanne@veldkamp.example,piet@veldkamp.example"), 422, "hook.content", "bounces[1].recipient"},
			"another action":    {with("failed", "complained"), 422, "hook.content", "bounces[1].action"},
			"no status":         {with("5.1.1", "hard"), 422, "hook.content", "bounces[1].status"},
			"a status too many": {with("5.1.1", "5.1.1.1"), 422, "hook.content", "bounces[1].status"},
		} {
			p := refused(t, name, w.send(w.request(tt.body)), tt.status, tt.code)
			if !strings.Contains(p.Detail, tt.detail) {
				t.Errorf("%s: %q", name, p.Detail)
			}
		}
		r := w.request(good)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		refused(t, "a form", w.send(r), http.StatusUnauthorized, "hook.unsigned") // it was read as one
		r = w.request(good)
		r.Header.Set("Content-Type", "text/plain")
		refused(t, "text", w.send(r), http.StatusUnsupportedMediaType, "hook.type")
		if w.status(m) != store.Sent {
			t.Errorf("the mail is %s", w.status(m))
		}
	})
}

func TestTheDoorIsForMachinesAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.sent("sanne@veldkamp.example")
		for name, tt := range map[string]struct {
			change func(*http.Request)
			status int
			code   string
		}{
			"a page":         {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "hook.cross_site"},
			"another method": {func(r *http.Request) { r.Method = http.MethodPut }, 405, "hook.method"},
			"to look":        {func(r *http.Request) { r.Method = http.MethodGet }, 405, "hook.method"},
			"another door":   {func(r *http.Request) { r.URL.Path = "/hooks/" }, 404, "hook.no_route"},
			"one below":      {func(r *http.Request) { r.URL.Path = "/hooks/bounces/1" }, 404, "hook.no_route"},
		} {
			r := w.request(about(m))
			tt.change(r)
			refused(t, name, w.send(r), tt.status, tt.code)
		}
		r := w.request(about(m))
		r.Host = "evil.example"
		if res := w.send(r); res.Code != http.StatusMisdirectedRequest {
			t.Errorf("another name: %d", res.Code)
		}
		w.hooks.Flood = web.NewFlood(2, w.clock.Now)
		w.handler = w.hooks.Handler()
		w.send(w.request(""))
		refused(t, "a flood", w.send(w.request("")), http.StatusTooManyRequests, "hook.slow")
		if w.status(m) != store.Sent {
			t.Errorf("the mail is %s", w.status(m))
		}
	})
}

// TestAMailThatIsStillBeingHandedOverIsToldOfAgain: and what came with it counts
// once.
func TestAMailThatIsStillBeingHandedOverIsToldOfAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.sent("sanne@veldkamp.example")
		early := m
		early.ID = "0195f3a2-7c1e-7d3a-9b52-999999999999"
		w.must(w.db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.Enqueue(t.Context(), early); err != nil {
				return err
			}
			_, err := tx.ClaimMails(t.Context(), "worker", time.Minute, 1)
			return err
		}))
		body := strings.TrimSuffix(about(early), "]}") + "," + strings.TrimPrefix(about(m), `{"bounces":[`)
		refused(t, "early", w.send(w.request(body)), http.StatusServiceUnavailable, "hook.early")
		w.must(w.db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.EndMail(t.Context(), early.ID, "worker", store.Sent, "")
			return err
		}))
		if res := w.send(w.request(body)); res.Code != http.StatusOK || strings.TrimSpace(res.Body.String()) != `{"received":2,"noted":1}` {
			t.Errorf("%d %s", res.Code, res.Body)
		}
		if w.status(m) != store.Bounced || w.status(early) != store.Bounced || w.events(m.Account, "mail.bounced") != 2 {
			t.Errorf("%s, %s, %d", w.status(m), w.status(early), w.events(m.Account, "mail.bounced"))
		}
	})
}

func TestTwoReplicasThatAreToldAtOnceNoteItOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.sent("sanne@veldkamp.example")
		var all sync.WaitGroup
		for range 8 {
			r := w.request(about(m))
			all.Go(func() {
				if res := w.send(r); res.Code != http.StatusOK {
					t.Errorf("%d %s", res.Code, res.Body)
				}
			})
		}
		all.Wait()
		if n := w.events(m.Account, "mail.bounced"); n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

// TestAFaultTellsNothing: with the database gone, the program sees a number, the
// log has the reason under it.
func TestAFaultTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.sent("sanne@veldkamp.example")
		w.must(w.db.Close())
		res := w.send(w.request(about(m)))
		body := res.Body.String()
		p := refused(t, "a fault", res, http.StatusInternalServerError, "hook.fault")
		if strings.Contains(body, "database is closed") || !strings.Contains(w.log.String(), "reference="+p.CorrelationID) {
			t.Errorf("it says %s\nand the log\n%s", body, &w.log)
		}
		if strings.Contains(w.log.String(), "sanne@") {
			t.Errorf("the log says\n%s", &w.log)
		}
	})
}
