package legacycheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/keyfold/keyfold"
)

// A DirectoryConfig says where a directory is, and how its customers are named.
type DirectoryConfig struct {
	URL url.URL // ldaps, or ldap: then StartTLS is required, but on this machine
	// DN is the name to bind as, with {customer_id} in it.
	DN      string
	CA      *x509.CertPool // nil: those of the system
	Connect time.Duration  // the longest that a connection may take
}

// placeholder stands for the customer ID in a DN.
const placeholder = "{customer_id}"

// CheckDN refuses a name that says nothing of the customer: a bind would ask
// for the password of somebody else.
func CheckDN(dn string) error {
	if strings.Count(dn, placeholder) != 1 {
		return errors.New("it must have " + placeholder + " in it, once")
	}
	if _, err := ldap.ParseDN(strings.Replace(dn, placeholder, "X1", 1)); err != nil && !strings.Contains(dn, "@") {
		return errors.New("it is no name of a directory, like uid=" + placeholder + ",ou=people,dc=example,dc=com")
	}
	return nil
}

// A Directory is an old system whose customers are in LDAP.
type Directory struct {
	config DirectoryConfig
	host   string // with its port
	tls    *tls.Config
	secure bool // from the first byte
	bare   bool // without TLS
}

// boundPackets keeps a length in an answer from being believed.
var boundPackets = sync.OnceFunc(func() { ber.MaxPacketLengthBytes = maxPacket })

// maxPacket is how long a packet of an answer may be. That to a bind says
// little.
const maxPacket = 64 << 10

// NewDirectory makes the client of a directory.
func NewDirectory(c DirectoryConfig) *Directory {
	boundPackets()
	name, port := c.URL.Hostname(), c.URL.Port()
	d := &Directory{
		config: c, secure: c.URL.Scheme == "ldaps", bare: c.URL.Scheme == "ldap" && Loopback(name),
		tls: &tls.Config{ServerName: name, RootCAs: c.CA, MinVersion: tls.VersionTLS12},
	}
	if port == "" {
		port = map[bool]string{true: ldap.DefaultLdapsPort, false: ldap.DefaultLdapPort}[d.secure]
	}
	d.host = net.JoinHostPort(name, port)
	return d
}

// Close has nothing to close: each question has a connection of its own, so that
// no bind is in force for another one.
func (*Directory) Close() error { return nil }

// Ask binds as the customer.
func (d *Directory) Ask(ctx context.Context, q Question) (keyfold.Verdict, error) {
	// A bind without a password succeeds for everybody: RFC 4513, 5.1.2.
	if q.Password == "" || q.ID.IsZero() {
		return keyfold.VerdictWrong, nil
	}
	conn, err := d.connect(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if !d.secure && !d.bare {
		if err := conn.StartTLS(d.tls); err != nil {
			return "", fmt.Errorf("the directory does not start TLS: %w", err)
		}
	}
	dn := strings.Replace(d.config.DN, placeholder, ldap.EscapeDN(q.ID.String()), 1)
	return verdictOf(conn.Bind(dn, q.Password))
}

func (d *Directory) connect(ctx context.Context) (*ldap.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, d.config.Connect)
	defer cancel()
	var conn net.Conn
	var err error
	if dialer := new(net.Dialer); d.secure {
		conn, err = (&tls.Dialer{NetDialer: dialer, Config: d.tls}).DialContext(limited, "tcp", d.host)
	} else {
		conn, err = dialer.DialContext(limited, "tcp", d.host)
	}
	if err != nil {
		return nil, fmt.Errorf("the directory cannot be reached: %w", err)
	}
	c := ldap.NewConn(conn, d.secure)
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	c.Start()
	return c, nil
}

// verdictOf reads the result of a bind. What is no answer about this customer is
// an error.
func verdictOf(err error) (keyfold.Verdict, error) {
	if err == nil {
		return keyfold.VerdictRight, nil
	}
	result, ok := errors.AsType[*ldap.Error](err)
	if !ok {
		return "", fmt.Errorf("the directory gave no answer: %w", err)
	}
	switch result.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		return keyfold.VerdictWrong, nil
	case ldap.LDAPResultNoSuchObject, ldap.LDAPResultInappropriateAuthentication: // the second: it has no password
		return keyfold.VerdictUnknown, nil
	case ldap.LDAPResultConstraintViolation, ldap.LDAPResultUnwillingToPerform:
		return keyfold.VerdictLocked, nil
	}
	return "", fmt.Errorf("the directory gave no answer: %s (%d)", ldap.LDAPResultCodeMap[result.ResultCode], result.ResultCode)
}
