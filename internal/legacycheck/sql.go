package legacycheck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

// A DatabaseConfig says which database has the password hashes of an old system.
type DatabaseConfig struct {
	URL     string // postgres://…, mysql://… or sqlite://PATH
	Query   string // that finds the hash of one customer
	Intake  *password.Intake
	Gate    *password.Gate
	Connect time.Duration // the longest that a connection may take
	Answer  time.Duration // the longest that a query may take
	AtOnce  int           // connections at the most
}

// A Database is an old system whose database we read.
type Database struct {
	db       *sql.DB
	query    string
	readOnly bool // the driver knows such transactions
	intake   *password.Intake
	gate     *password.Gate
}

// NewDatabase prepares to read. It connects with the first question. Its errors
// are the rest of a sentence, and show nothing of the URL.
func NewDatabase(c DatabaseConfig) (*Database, error) {
	d := &Database{query: c.Query, readOnly: true, intake: c.Intake, gate: c.Gate}
	scheme, rest, _ := strings.Cut(c.URL, "://")
	if err := CheckQuery(scheme, c.Query); err != nil {
		return nil, err
	}
	var err error
	switch scheme {
	case "postgres", "postgresql":
		d.db, err = openPostgres(c)
	case "mysql":
		d.db, err = openMySQL(c)
	case "sqlite":
		d.readOnly = false // the file is
		d.db, err = sql.Open("sqlite", "file:"+(&url.URL{Path: rest}).EscapedPath()+"?mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(1000)")
	default:
		err = errors.New("it is none that we know. Write postgres://USER:PASSWORD@HOST/NAME, mysql://USER:PASSWORD@HOST/NAME or sqlite://PATH")
	}
	if err != nil {
		return nil, err
	}
	if c.AtOnce == 0 {
		c.AtOnce = DefaultAtOnce
	}
	d.db.SetMaxOpenConns(c.AtOnce)
	d.db.SetMaxIdleConns(2)
	d.db.SetConnMaxIdleTime(time.Minute)
	return d, nil
}

// CheckQuery refuses a query without the customer ID in it: it would find the
// password of somebody else.
func CheckQuery(scheme, query string) error {
	mark := map[string]string{"postgres": "$1", "postgresql": "$1"}[scheme]
	if mark == "" {
		mark = "?"
	}
	if n := strings.Count(query, mark); n == 0 || n > 1 && mark == "?" {
		return fmt.Errorf("the query must have %s in it, where the customer ID goes", mark)
	}
	return nil
}

func openPostgres(c DatabaseConfig) (*sql.DB, error) {
	config, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, errors.New("it is not a URL of PostgreSQL. Write postgres://USER:PASSWORD@HOST/NAME") // err could show it
	}
	config.ConnectTimeout = c.Connect
	return stdlib.OpenDB(*config), nil
}

// openMySQL asks for TLS with a certificate that is good, unless the server is
// this machine or the URL says otherwise: ?tls=skip-verify, preferred or false.
func openMySQL(c DatabaseConfig) (*sql.DB, error) {
	wrong := errors.New("it is not a URL of MySQL. Write mysql://USER:PASSWORD@HOST:3306/NAME")
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" && u.Query().Get("socket") == "" || strings.Trim(u.Path, "/") == "" {
		return nil, wrong
	}
	config := mysql.NewConfig()
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.DBName = strings.Trim(u.Path, "/")
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	config.Net, config.Addr = "tcp", net.JoinHostPort(u.Hostname(), port)
	config.TLSConfig = "true"
	if socket := u.Query().Get("socket"); socket != "" {
		config.Net, config.Addr, config.TLSConfig = "unix", socket, "false"
	} else if Loopback(u.Hostname()) {
		config.TLSConfig = "preferred"
	}
	if said := u.Query().Get("tls"); said != "" {
		if !slices.Contains([]string{"true", "skip-verify", "preferred", "false"}, said) {
			return nil, wrong
		}
		config.TLSConfig = said
	}
	config.Timeout, config.ReadTimeout, config.WriteTimeout = c.Connect, c.Answer, c.Answer
	config.MaxAllowedPacket = maxRow
	config.Logger = &mysql.NopLogger{} // what goes wrong comes back as an error
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, wrong
	}
	return sql.OpenDB(connector), nil
}

// maxRow is how long a row may be: more than the longest hash, by far.
const maxRow = 1 << 20

// Close ends the connections.
func (d *Database) Close() error { return d.db.Close() }

// Ask reads the hash of the customer and compares with it. Who has none pays for
// a comparison too.
func (d *Database) Ask(ctx context.Context, q Question) (keyfold.Verdict, error) {
	row, found, err := d.find(ctx, q.ID)
	if err != nil {
		return "", err
	}
	var hash keyfold.Hash
	var unusable error
	if found {
		taken, err := d.intake.Take(row, q.ID)
		if err != nil {
			unusable = fmt.Errorf("%w: %w", errRow, err)
		}
		hash = taken.Hash
	}
	result, err := d.gate.Verify(ctx, hash, q.Password)
	switch {
	case err != nil:
		return "", err
	case unusable != nil:
		return "", unusable
	case hash == "":
		return keyfold.VerdictUnknown, nil
	case !result.OK:
		return keyfold.VerdictWrong, nil
	}
	return keyfold.VerdictRight, nil
}

// find reads the one row of a customer.
func (d *Database) find(ctx context.Context, id keyfold.CustomerID) (found password.LegacyHash, ok bool, err error) {
	tx, err := d.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: d.readOnly})
	if err != nil {
		return found, false, fmt.Errorf("the database cannot be reached: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it changed nothing
	rows, err := tx.QueryContext(ctx, d.query, id.String())
	if err != nil {
		return found, false, fmt.Errorf("the query failed: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return found, false, err
	}
	for rows.Next() {
		if ok {
			return found, false, fmt.Errorf("%w: the query finds more than one row", errRow)
		}
		if found, err = scan(rows, columns); err != nil {
			return found, false, err
		}
		ok = true
	}
	return found, ok, rows.Err()
}

// scan reads the columns by their names.
func scan(rows *sql.Rows, columns []string) (found password.LegacyHash, err error) {
	into := map[string]*string{"password_hash": &found.Hash, "salt": &found.Salt, "username": &found.Username}
	texts, fields := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range columns {
		fields[i] = &texts[i]
	}
	if err := rows.Scan(fields...); err != nil {
		return found, fmt.Errorf("the query's columns cannot be read: %w", err)
	}
	for i, name := range columns {
		to := into[strings.ToLower(name)]
		if to == nil {
			return found, fmt.Errorf("the query has a column %q. Name its columns password_hash and, if need be, salt and username: select PASS as password_hash", name)
		}
		*to = texts[i].String
	}
	if !slices.ContainsFunc(columns, func(name string) bool { return strings.EqualFold(name, "password_hash") }) {
		return found, errors.New("the query has no column password_hash: select PASS as password_hash")
	}
	return found, nil
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
