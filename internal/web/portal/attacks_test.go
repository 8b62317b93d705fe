package portal_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/web"
)

const askForNL = "customer-id=NL123421341"

// raw sends a request as it is written.
func (w *world) raw(t *testing.T, head, body string) (status int, location string) {
	t.Helper()
	conn, err := tls.Dial("tcp", w.server.Listener.Addr().String(), &tls.Config{RootCAs: w.server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", head, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode, res.Header.Get("Location")
}

// TestLinksStartWithThePublicURLWhateverTheRequestSays of our name.
func TestLinksStartWithThePublicURLWhateverTheRequestSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	if err := w.importAccount("NL123421341", "billing@veldkamp.example"); err != nil {
		t.Fatal(err)
	}
	ours := strings.TrimPrefix(w.server.URL, "https://")
	post := "POST /passwordReset/request HTTP/1.1\r\n"
	for head, want := range map[string]int{
		post + "Host: evil.example":                                                        421,
		post + "Host: " + ours + ".evil.example":                                           421,
		post + "Host: evil.example:443":                                                    421,
		post + "Host: 127.0.0.1":                                                           421,
		post + "Host: localhost" + ours[strings.Index(ours, ":"):]:                         421,
		post + "Host: " + ours + "@evil.example":                                           400,
		post + "Host: " + ours + " evil.example":                                           400,
		post + "Host: " + ours + "\r\nHost: evil.example":                                  400,
		post + "Host: ":                                                                    421,
		post + "Host: " + ours + "\r\nX-Forwarded-Host: evil.example":                      303,
		post + "Host: " + ours + "\r\nForwarded: host=evil.example;proto=http":             303,
		post + "Host: " + ours + "\r\nX-Forwarded-Proto: http\r\nX-Host: evil.example":     303,
		post + "Host: " + ours + "\r\nX-Original-URL: //evil.example/\r\nX-Rewrite-URL: /": 303,
		post + "Host: " + ours + "\r\nX-Forwarded-Server: evil.example":                    303,
		post + "Host: " + ours + "\r\nX-HTTP-Host-Override: evil.example":                  303,
		"POST https://evil.example/passwordReset/request HTTP/1.1\r\nHost: " + ours:        421,
		"POST https://" + ours + "/passwordReset/request HTTP/1.1\r\nHost: evil.example":   303,
	} {
		status, to := w.raw(t, head, askForNL)
		if status != want {
			t.Errorf("%q: %d, not %d", head, status, want)
		}
		if strings.Contains(to, "evil") {
			t.Errorf("%q leads to %s", head, to)
		}
		if err := w.deliver(); err != nil {
			t.Fatal(err)
		}
		w.clock.Pass(21 * 60e9) // three mails an hour
	}
	mails := w.sink.Mails()
	if len(mails) == 0 {
		t.Fatal("no mail was sent")
	}
	for _, m := range mails {
		if strings.Contains(string(m.Raw), "evil") || strings.Contains(m.Text+m.HTML, "evil") {
			t.Errorf("a mail names the other host:\n%s", m.Raw)
		}
		for _, link := range m.Links {
			if !strings.HasPrefix(link, w.server.URL+"/passwordReset/") {
				t.Errorf("a mail has the link %s", link)
			}
		}
	}
}

// TestPollutedFormsAreRefused or answered as if they were plain: a mail goes to
// the stored address and to no other.
func TestPollutedFormsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	if err := w.importAccount("NL123421341", "Billing@Veldkamp.example"); err != nil {
		t.Fatal(err)
	}
	const me = "thief@evil.example"
	for _, body := range []string{
		askForNL + "&customer-id=" + me, "customer-id=" + me + "&" + askForNL, "customer-id[]=billing%40veldkamp.example&customer-id[]=" + me,
		"customer-id=billing%40veldkamp.example%2C" + me, "customer-id=billing%40veldkamp.example%3B" + me, "customer-id=billing%40veldkamp.example+" + me,
		"customer-id=billing%40veldkamp.example%0d%0aBcc%3A" + me, "customer-id=billing%40veldkamp.example%0aCc%3A+" + me,
		"customer-id=billing%40veldkamp.example%00" + me, "customer-id=%22billing%40veldkamp.example%22%3C" + me + "%3E",
		"customer-id=billing%40veldkamp.example%7C" + me, "customer-id=NL123421341%2C" + me, "customer-id=" + me + "%0d%0aNL123421341",
		askForNL + "&email=" + me + "&to=" + me + "&cc=" + me, askForNL + "&email[]=" + me, "customer-id=BILLING%40veldkamp.example",
		"customer-id=billing%40veldkamp.example%20", askForNL + ";customer-id=" + me,
	} {
		status, _ := w.raw(t, "POST /passwordReset/request?customer-id="+me+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(w.server.URL, "https://"), body)
		if status >= http.StatusInternalServerError {
			t.Errorf("%q: %d", body, status)
		}
		if err := w.deliver(); err != nil {
			t.Fatal(err)
		}
		w.clock.Pass(150 * 60e9)
	}
	mails := w.sink.Mails()
	if len(mails) < 3 {
		t.Errorf("only %d mails: the honest forms did not work", len(mails))
	}
	for _, m := range mails {
		if m.To != "Billing@veldkamp.example" || strings.Contains(string(m.Raw), "evil") || m.Header.Get("Bcc")+m.Header.Get("Cc") != "" {
			t.Errorf("a mail went to %q:\n%s", m.To, m.Raw)
		}
	}
}

func TestTooMuchIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	reset, confirm, notMe := w.links(t)
	before := w.dump(t)
	much := strings.Repeat("Aa1!", 1<<18)
	for _, r := range w.portal.Routes() {
		method, path := at(r)
		if method != http.MethodPost {
			continue
		}
		res := w.call(method, path, url.Values{"password": {much}})
		if want := http.StatusRequestEntityTooLarge; res.Code != want && r.Who() == "anyone" {
			t.Errorf("%s with a body of 1 MB: %d", r.Pattern, res.Code)
		}
	}
	for _, path := range []string{reset, confirm, notMe} {
		form := url.Values{"new-password": {much}, "repeat-password": {much}, "proof": {"Tulips-2026"}}
		if res := w.call(http.MethodPost, path, form); res.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s with a password of 1 MB: %d", path, res.Code)
		}
	}
	long := strings.Repeat("Aa1!", 65)
	if res := w.call(http.MethodPost, reset, url.Values{"new-password": {long}, "repeat-password": {long}}); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("a password of 260 characters: %d", res.Code)
	}
	if after := w.dump(t); after != before {
		t.Errorf("changed\n%s\nto\n%s", before, after)
	}
}

// TestOnlyTrustedProxiesSayWhoAsks: whoever else writes X-Forwarded-For is
// counted as who they are.
func TestOnlyTrustedProxiesSayWhoAsks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted []netip.Prefix
		want    int
	}{
		"nobody": {nil, http.StatusTooManyRequests},
		"proxy":  {[]netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, http.StatusSeeOther},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "sqlite", func(c *worldConfig) { c.limits = limit.Default() })
			w.portal.Clients = web.Clients{Trusted: c.trusted}
			w.server.Config.Handler = w.portal.Handler()
			code := 0
			for i := range limit.Default().RequestsAddress + 1 {
				form := url.Values{"customer-id": {fmt.Sprintf("NL1234213%02d", i)}}
				res := w.call(http.MethodPost, "/passwordReset/request", form, func(r *http.Request) {
					r.RemoteAddr = "192.0.2.1:4711"
					r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
				})
				code = res.Code
			}
			if code != c.want {
				t.Errorf("the last of many: %d, not %d", code, c.want)
			}
		})
	}
}
