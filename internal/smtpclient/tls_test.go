package smtpclient_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/mailsink"
)

func TestNoMailGoesOutWithoutTheProtectionAskedFor(t *testing.T) {
	certificate, roots := authority(t)
	for name, tt := range map[string]struct {
		server mailsink.Options
		query  string
		roots  *x509.CertPool
		says   string // empty: it works
	}{
		"STARTTLS":                   {mailsink.Options{TLS: certificate}, "starttls", roots, ""},
		"TLS from the start":         {mailsink.Options{TLS: certificate, Implicit: true}, "implicit", roots, ""},
		"no STARTTLS offered":        {mailsink.Options{}, "starttls", roots, "offers no STARTTLS"},
		"unknown authority":          {mailsink.Options{TLS: certificate}, "starttls", x509.NewCertPool(), "certificate"},
		"unknown authority at once":  {mailsink.Options{TLS: certificate, Implicit: true}, "implicit", x509.NewCertPool(), "certificate"},
		"plain server, implicit TLS": {mailsink.Options{}, "implicit", roots, "tls"},
	} {
		t.Run(name, func(t *testing.T) {
			sink := start(t, tt.server)
			cfg := config(t, "smtp://"+sink.Addr()+"?tls="+tt.query)
			cfg.Roots = tt.roots
			err := client(t, cfg).Send(t.Context(), message(t), nil)
			if tt.says == "" {
				if err != nil || len(sink.Mails()) != 1 {
					t.Errorf("%v, %d mails", err, len(sink.Mails()))
				}
				return
			}
			if f := failure(t, err); !f.Temporary || f.MaybeAccepted || f.Stage != "tls" || !strings.Contains(f.Error(), tt.says) {
				t.Errorf("%v", &f)
			}
			if n := len(sink.Mails()); n != 0 {
				t.Errorf("%d mails went out", n)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	certificate, roots := authority(t)
	for name, tt := range map[string]struct {
		user string
		code int
	}{
		"right":         {"keyfold:p%40ss%2Fw%3Ard@", 0},
		"wrong":         {"keyfold:other@", 535},
		"no login made": {"", 502},
	} {
		t.Run(name, func(t *testing.T) {
			sink := start(t, mailsink.Options{TLS: certificate, User: "keyfold", Password: "p@ss/w:rd"})
			cfg := config(t, "smtp://"+tt.user+sink.Addr()+"?tls=starttls")
			cfg.Roots = roots
			err := client(t, cfg).Send(t.Context(), message(t), nil)
			if tt.code == 0 {
				if err != nil || len(sink.Mails()) != 1 {
					t.Errorf("%v, %d mails", err, len(sink.Mails()))
				}
				return
			}
			f := failure(t, err)
			if f.Code != tt.code || strings.Contains(fmt.Sprintf("%v %+v %#v", err, cfg, cfg), "p@ss") {
				t.Errorf("%v", err)
			}
			if tt.user != "" && !f.Temporary {
				t.Error("a wrong password of ours gives up the customer's mail")
			}
		})
	}
	t.Run("server without login", func(t *testing.T) {
		sink := start(t, mailsink.Options{})
		cfg := config(t, "smtp://keyfold:secret@"+sink.Addr()+"?tls=none")
		if f := failure(t, client(t, cfg).Send(t.Context(), message(t), nil)); !f.Temporary || f.Stage != "login" || !strings.Contains(f.Error(), "offers no login") {
			t.Errorf("%v", &f)
		}
	})
}

// authority makes a certificate for 127.0.0.1 and the pool that trusts it.
func authority(tb testing.TB) (*tls.Config, *x509.CertPool) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailsink"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}
