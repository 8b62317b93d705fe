package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// noMail is a name server that says of each name that it takes no mail.
func noMail(t *testing.T) (address string) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = c.Close(); <-done })
	go func() {
		defer close(done)
		question := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(question)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if err := m.Unpack(question[:n]); err != nil {
				continue
			}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 60},
				Body:   &dnsmessage.MXResource{MX: dnsmessage.MustNewName(".")},
			}}
			if packed, err := m.Pack(); err == nil {
				_, _ = c.WriteTo(packed, from)
			}
		}
	}()
	return c.LocalAddr().String()
}

func TestTheNamedNameServerIsAsked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, fix := filepath.Join(dir, "customers.csv"), filepath.Join(dir, "fix.csv")
	if err := os.WriteFile(file, []byte("customer_id,name,contact_email,contact_name\nNL123421341,Veldkamp,sanne@veldkamp.nl,Sanne\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dryRun := func(args ...string) (code int, said string) {
		var out bytes.Buffer
		args = append([]string{"import", "customers", "--dry-run"}, args...)
		code = dispatch(t.Context(), append(args, file), &environment{stdin: strings.NewReader(""), stdout: &out, stderr: &out, now: time.Now})
		return code, out.String()
	}
	code, said := dryRun("--check-mx", "--name-server", noMail(t), "--fix", fix)
	mend, err := os.ReadFile(fix)
	if code != exitOK || err != nil || !strings.Contains(string(mend), "veldkamp.nl says that it takes no mail") {
		t.Errorf("%d, %v\n%s\n%s", code, err, said, mend)
	}
	for want, args := range map[string][]string{
		"--name-server is asked with --check-mx only": {"--name-server", "192.0.2.53"},
		`"192.0.2.53:dns" is no name server`:          {"--check-mx", "--name-server", "192.0.2.53:dns"},
		`":53" is no name server`:                     {"--check-mx", "--name-server", ":53"},
		`"a:b:53" is no name server`:                  {"--check-mx", "--name-server", "a:b:53"},
	} {
		if code, said := dryRun(args...); code == exitOK || !strings.Contains(said, want) {
			t.Errorf("%q: %d\n%s", args, code, said)
		}
	}
	for address, ok := range map[string]bool{"192.0.2.53": true, "2001:db8::53": true, "[2001:db8::53]:5353": true, "ns.example": true, "ns.example:53": true} {
		if r, err := (reportFlags{CheckMX: true, NameServer: address}).resolver(); (err == nil && r != nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}
