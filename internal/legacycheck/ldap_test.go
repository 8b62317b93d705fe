package legacycheck_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/legacycheck"
)

// A slapd is a real directory.
type slapd struct {
	plain, tls string // URLs on this machine
	outside    string // URL by an address that is not the loopback; empty: this machine has none
	ca         *x509.CertPool
}

const suffix = "dc=example,dc=com"

const entries = `dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: ou=customers,dc=example,dc=com
objectClass: organizationalUnit
ou: customers

dn: uid=nl111111,ou=customers,dc=example,dc=com
objectClass: account
objectClass: simpleSecurityObject
uid: nl111111
userPassword: welkom01 & geheim
`

// openSlapd starts a directory, which also lets in who gives no password: many
// do.
func openSlapd(t *testing.T) slapd {
	t.Helper()
	const program, add = "/usr/sbin/slapd", "/usr/sbin/slapadd"
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no slapd: run make deps")
		}
		t.Skip("there is no slapd: run make deps, or install the package slapd")
	}
	dir := t.TempDir()
	s := slapd{ca: certify(t, dir)}
	write(t, filepath.Join(dir, "entries.ldif"), entries)
	write(t, filepath.Join(dir, "slapd.conf"), strings.ReplaceAll(`include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
modulepath /usr/lib/ldap
moduleload back_mdb
allow bind_anon_cred bind_anon_dn
TLSCertificateFile DIR/cert.pem
TLSCertificateKeyFile DIR/key.pem
TLSCACertificateFile DIR/cert.pem
database mdb
maxsize 10485760
suffix "dc=example,dc=com"
directory DIR
access to attrs=userPassword by anonymous auth
access to * by * none
`, "DIR", dir))
	conf := filepath.Join(dir, "slapd.conf")
	if out, err := exec.CommandContext(t.Context(), add, "-f", conf, "-l", filepath.Join(dir, "entries.ldif")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.plain, s.tls = fmt.Sprintf("ldap://127.0.0.1:%d", freePort(t)), fmt.Sprintf("ldaps://127.0.0.1:%d", freePort(t))
	listen := s.plain + " " + s.tls
	if ip := outside(t); ip != "" {
		s.outside = fmt.Sprintf("ldap://%s:%d", ip, freePort(t))
		listen += " " + s.outside
	}
	run(t, program, "-d", "0", "-f", conf, "-h", listen)
	await(t, func() error {
		c, err := ldap.DialURL(s.plain)
		if err == nil {
			err = c.Close()
		}
		return err
	})
	return s
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// outside is an address of this machine that others can reach.
func outside(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			return n.IP.String()
		}
	}
	return ""
}

// certify makes a certificate for this machine.
func certify(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "slapd"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(outside(t)); ip != nil {
		c.IPAddresses = append(c.IPAddresses, ip)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, filepath.Join(dir, "cert.pem"), string(cert))
	write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

const bindDN = "uid={customer_id},ou=customers," + suffix

func directory(tb testing.TB, at string, ca *x509.CertPool) *legacycheck.Directory {
	tb.Helper()
	return legacycheck.NewDirectory(legacycheck.DirectoryConfig{URL: parseURL(tb, at), DN: bindDN, CA: ca, Connect: time.Second})
}

func TestABindDecides(t *testing.T) {
	s := openSlapd(t)
	for name, d := range map[string]legacycheck.System{"plain": directory(t, s.plain, nil), "ldaps": directory(t, s.tls, s.ca)} {
		t.Run(name, func(t *testing.T) {
			p := guard(t, d)
			for _, check := range []struct {
				id, typed string
				want      keyfold.Verdict
			}{
				{"NL111111", pw, keyfold.VerdictRight},
				{"NL111111", pw + " ", keyfold.VerdictWrong},
				{"NL111111", "", keyfold.VerdictWrong},
				{"NL999999", pw, keyfold.VerdictWrong}, // a directory does not tell
				{"NL999999", "", keyfold.VerdictWrong},
			} {
				if got, err := p.Check(t.Context(), customer(t, check.id), check.typed); got != check.want || err != nil {
					t.Errorf("%s with %q: %q, %v, want %q", check.id, check.typed, got, err, check.want)
				}
			}
			if strings.Contains(p.log.String(), "WARN") {
				t.Error(p.log)
			}
		})
	}
}

// TestABindWithoutAPasswordIsNoProof shows the trap that this directory is, and
// that we do not step into it.
func TestABindWithoutAPasswordIsNoProof(t *testing.T) {
	s := openSlapd(t)
	c, err := ldap.DialURL(s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	dn := strings.Replace(bindDN, "{customer_id}", "NL111111", 1)
	if err := c.UnauthenticatedBind(dn); err != nil {
		t.Fatalf("this directory is no trap, so the test says nothing: %v", err)
	}
	d := directory(t, s.plain, nil)
	for _, q := range []legacycheck.Question{{ID: customer(t, "NL111111")}, {Password: pw}, {}} {
		if got, err := d.Ask(t.Context(), q); got != keyfold.VerdictWrong || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestADirectoryIsAskedUnderTLSOnly(t *testing.T) {
	s := openSlapd(t)
	guard(t, directory(t, s.tls, nil)).refused("legacy.down") // nobody we trust says who it is
	if s.outside == "" {
		t.Skip("this machine has no address but the loopback")
	}
	p := guard(t, directory(t, s.outside, s.ca)) // by StartTLS
	if got, err := p.Check(t.Context(), customer(t, "NL111111"), pw); got != keyfold.VerdictRight || err != nil {
		t.Errorf("%q, %v; the log says\n%s", got, err, p.log)
	}
	guard(t, directory(t, s.outside, nil)).refused("legacy.down")
}

// talker is a server that says the same to everybody, and notes what it heard.
func talker(t *testing.T, at, says string) (url string, heard *buffer) {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(at, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	heard = &buffer{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				b := make([]byte, 4096)
				n, _ := c.Read(b)
				_, _ = heard.Write(b[:n])
				_, _ = c.Write([]byte(says))
				for err == nil {
					n, err = c.Read(b)
					_, _ = heard.Write(b[:n])
				}
			}()
		}
	}()
	return "ldap://" + l.Addr().String(), heard
}

func TestADirectoryThatTalksNonsenseIsDown(t *testing.T) {
	for name, says := range map[string]string{
		"silent":       "",
		"http":         "HTTP/1.1 400 Bad Request\r\n\r\n",
		"garbage":      "\x00\xff\x30\x05garbage",
		"huge":         "\x30\x84\x7f\xff\xff\xff",
		"huge, inside": "\x30\x84\x00\x00\xff\xff\x02\x01\x01\x04\x84\x7f\xff\xff\xff",
		"another ID":   "\x30\x0c\x02\x01\x63\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
		"a referral":   "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x0a\x04\x00\x04\x00",
		"busy":         "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x33\x04\x00\x04\x00",
		"no result":    "\x30\x03\x02\x01\x01",
	} {
		t.Run(name, func(t *testing.T) {
			at, _ := talker(t, "127.0.0.1", says)
			p := guard(t, directory(t, at, nil), func(c *legacycheck.Config) { c.Answer = 300 * time.Millisecond })
			p.refused("legacy.down")
		})
	}
}

func TestTheResultsOfABind(t *testing.T) {
	for code, want := range map[byte]keyfold.Verdict{
		0: keyfold.VerdictRight, 49: keyfold.VerdictWrong, 32: keyfold.VerdictUnknown, 48: keyfold.VerdictUnknown, 19: keyfold.VerdictLocked, 53: keyfold.VerdictLocked,
	} {
		at, _ := talker(t, "127.0.0.1", "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01"+string([]byte{code})+"\x04\x00\x04\x00")
		guard(t, directory(t, at, nil)).ask(want)
	}
}

// A server that says no to StartTLS, or something in between that says so, never
// hears a password.
func TestNoPasswordIsSentWithoutTLS(t *testing.T) {
	ip := outside(t)
	if ip == "" {
		t.Skip("this machine has no address but the loopback")
	}
	at, heard := talker(t, ip, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00") // protocol error
	guard(t, directory(t, at, nil)).refused("legacy.down")
	if said := heard.String(); !strings.Contains(said, "1.3.6.1.4.1.1466.20037") || strings.Contains(said, "geheim") {
		t.Errorf("it heard %q", said)
	}
}

func TestABindNameIsAboutTheCustomer(t *testing.T) {
	for dn, ok := range map[string]bool{
		bindDN: true, "{customer_id}@corp.example": true, "cn=x{customer_id}+sn=a,dc=b": true,
		"": false, "uid=admin,dc=example": false, "{customer_id}": false, "uid={customer_id},ou={customer_id}": false, "uid={customer_id},,": false,
	} {
		if err := legacycheck.CheckDN(dn); (err == nil) != ok {
			t.Errorf("%q: %v", dn, err)
		}
	}
}
