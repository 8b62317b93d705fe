package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on, of this machine only."`
	Data   string `placeholder:"DIR" help:"Keep everything in this folder. Without it, all is forgotten at the end."`
}

// Run shows the product with made-up customers. Mail goes over SMTP, into a
// mailbox inside this process.
func (c *demoCmd) Run(ctx context.Context, env *environment) (err error) {
	address, err := onThisMachine(c.Listen)
	if err != nil {
		return err
	}
	folder, forget, err := c.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forget()) }()
	sink, err := mailsink.Start("127.0.0.1:0", mailsink.Options{Now: env.now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	cfg, err := demoConfig(address, folder, sink.URL())
	if err != nil {
		return err
	}
	if err := cfg.loadSecret(); err != nil {
		return err
	}
	a, err := newApp(ctx, cfg, false, env.logger(cfg), env.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.portal.Brand = ui.DemoBrand()
	if a.portal.Assets, err = ui.NewAssets(a.portal.Brand); err != nil {
		return err
	}
	a.desk.Brand, a.desk.Assets = a.portal.Brand, a.portal.Assets
	a.portal.Demo = &portal.Demo{Mails: demoMails(sink), HTML: demoHTML(sink), Accounts: demoAccounts()}
	if err := a.seed(ctx, cfg); err != nil {
		return fmt.Errorf("demo customers: %w", err)
	}
	return a.serve(ctx, cfg, func(net.Addr) { env.welcome(cfg, c.Data) })
}

// onThisMachine refuses an address that others could reach: the demo shows all
// mail to everybody.
func onThisMachine(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("--listen %q is not HOST:PORT, like 127.0.0.1:8080", listen)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return "", fmt.Errorf("--listen %q: the demo shows all mail to everybody, so it listens on this machine only. Use 127.0.0.1:%s; for others to reach it, use keyfold serve", listen, port)
	}
	return net.JoinHostPort(host, port), nil
}

// folder is where the demo keeps its database, and what ends it.
func (c *demoCmd) folder() (string, func() error, error) {
	if c.Data != "" {
		return c.Data, func() error { return nil }, os.MkdirAll(c.Data, 0o700)
	}
	folder, err := os.MkdirTemp("", "keyfold-demo-")
	return folder, func() error { return os.RemoveAll(folder) }, err
}

func demoConfig(listen, folder, smtp string) (*config, error) {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, err
	}
	database, err := filepath.Abs(filepath.Join(folder, "demo.db"))
	if err != nil {
		return nil, err
	}
	return presetConfig(map[string]string{
		"listen": listen, "public_url": "http://localhost:" + port, "database_url": "sqlite://" + database,
		"smtp_url": smtp, "mail_from": "Polder Hosting <no-reply@polderhosting.example>", "log_level": "warn", "log_format": "text",
		"brand.name": "Polder Hosting", "brand.support_email": "care@polderhosting.example",
		"limits.reset_mails_per_hour": "100", "limits.reset_mails_per_day": "1000", "limits.verify_mails_per_hour": "100",
		"limit_address": "3000", "time_zone": "Europe/Amsterdam", "entities": demoEntities,
	})
}

func (e *environment) welcome(c *config, data string) {
	at := c.PublicURL.String()
	_, _ = fmt.Fprintf(e.stdout, `
Keyfold runs at %[1]s, for Polder Hosting, which does not exist.

Try this first, it takes five minutes:
  1. Open %[1]s/passwordReset/request and ask with customer ID NL123421341.
  2. Open the mailbox at %[1]s/demo/mail and follow the link in the mail.
  3. Choose a password, log in with the customer ID, and give any email address.
  4. Follow Confirm in the second mail, set your credentials, and log in by email.

More sample customers: %[1]s/demo
`, at)
	if data == "" {
		_, _ = fmt.Fprintln(e.stdout, "Nothing is kept: to keep it, start with --data DIR.")
	}
	_, _ = fmt.Fprintln(e.stdout, "Stop with Ctrl+C.")
}

func demoMails(sink *mailsink.Sink) func() []portal.DemoMail {
	return func() []portal.DemoMail {
		var mails []portal.DemoMail
		for _, m := range sink.Mails() {
			mails = append(mails, portal.DemoMail{
				ID: m.ID, From: m.From, To: m.To, Subject: m.Subject, When: m.Received.Truncate(time.Second), Text: m.Text, HasHTML: m.HTML != "",
			})
		}
		return mails
	}
}

func demoHTML(sink *mailsink.Sink) func(string) (string, bool) {
	return func(id string) (string, bool) {
		m, ok := sink.Get(id)
		return m.HTML, ok && strings.TrimSpace(m.HTML) != ""
	}
}
