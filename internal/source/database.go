package source

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// reachWithin is how long a server may take to let us in.
const reachWithin = 15 * time.Second

// A Database is that of a legacy system. It prints without its password. The
// zero Database is none.
type Database struct {
	url  *url.URL
	path string // of an SQLite file
}

// A WrongURL is why a text names no database. It shows no part of it: a
// forgotten @ makes a host of a password.
type WrongURL string

func (e WrongURL) Error() string { return string(e) }

// ParseDatabase reads the URL of a database.
func ParseDatabase(text string) (Database, error) {
	if path, ok := strings.CutPrefix(text, "sqlite://"); ok {
		if path == "" || strings.ContainsAny(path, "?#\x00") {
			return Database{}, WrongURL("names no file. Write sqlite:///var/lib/old.db, with three slashes for an absolute path.")
		}
		return Database{path: path}, nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" && u.Scheme != "mysql":
		return Database{}, WrongURL("is no database URL that we know. Write mysql://USER:PASSWORD@HOST/NAME, postgres://USER:PASSWORD@HOST/NAME or sqlite:///PATH; special characters in a password are written as %40 for @, %2F for /.")
	case strings.Trim(u.Path, "/") == "":
		return Database{}, WrongURL("names no database. Write " + u.Scheme + "://USER:PASSWORD@HOST/NAME.")
	}
	d := Database{url: u}
	if u.Scheme == "mysql" {
		_, err = d.mysql()
	} else if _, failed := pgx.ParseConfig(text); failed != nil {
		err = WrongURL("cannot be read as the URL of a PostgreSQL database. Check what stands behind the question mark.")
	}
	if err != nil {
		return Database{}, err
	}
	return d, nil
}

// IsZero reports whether d is no database.
func (d Database) IsZero() bool { return d == Database{} }

// HasPassword reports whether the URL holds a password.
func (d Database) HasPassword() bool {
	if d.url == nil {
		return false
	}
	_, has := d.url.User.Password()
	return has || d.url.Query().Has("password")
}

// String says where it is, and not who comes.
func (d Database) String() string {
	if d.url == nil {
		return "sqlite://" + d.path
	}
	return (&url.URL{Scheme: d.url.Scheme, Host: d.url.Host, Path: d.url.Path}).String()
}

// GoString keeps the password out of %#v as well.
func (d Database) GoString() string { return d.String() }

// open is a pool of one connection. Nothing is asked of the server yet.
func (d Database) open() (db *sql.DB, err error) {
	switch {
	case d.url == nil:
		db, err = d.sqlite()
	case d.url.Scheme == "mysql":
		db, err = d.mariadb()
	default:
		db, err = d.postgres()
	}
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func (d Database) mariadb() (*sql.DB, error) {
	cfg, err := d.mysql()
	if err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, WrongURL("cannot be used. The driver says: " + err.Error())
	}
	return sql.OpenDB(connector), nil
}

func (d Database) postgres() (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(d.url.String())
	if err != nil {
		return nil, WrongURL("cannot be read as the URL of a PostgreSQL database.")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = reachWithin
	}
	cfg.RuntimeParams["client_encoding"] = "UTF8"
	cfg.RuntimeParams["default_transaction_read_only"] = "on"
	cfg.RuntimeParams["application_name"] = "keyfold import"
	return stdlib.OpenDB(*cfg), nil
}

// mysql reads the URL for the driver, which has a form of its own. Where the
// server offers TLS, it is used; tls=true also checks who the server is.
func (d Database) mysql() (*mysql.Config, error) {
	cfg := mysql.NewConfig()
	cfg.User = d.url.User.Username()
	cfg.Passwd, _ = d.url.User.Password()
	cfg.DBName = strings.Trim(d.url.Path, "/")
	cfg.Net, cfg.Addr, cfg.TLSConfig = "tcp", d.url.Host, "preferred"
	if d.url.Port() == "" {
		cfg.Addr = net.JoinHostPort(d.url.Hostname(), "3306")
	}
	for name, values := range d.url.Query() {
		switch value := values[0]; {
		case name == "socket":
			cfg.Net, cfg.Addr, cfg.TLSConfig = "unix", value, ""
		case name == "tls" && (value == "true" || value == "false" || value == "skip-verify" || value == "preferred"):
			cfg.TLSConfig = value
		default:
			return nil, WrongURL("has something behind the question mark that we do not know. There are tls=true, tls=false, tls=skip-verify and socket=/PATH.")
		}
	}
	cfg.Timeout = reachWithin
	cfg.Logger = &mysql.NopLogger{} // what goes wrong is told once, by us
	cfg.Params = map[string]string{
		"group_concat_max_len": "1048576", // a list of contacts must not be cut off
		"net_write_timeout":    "3600",    // the import may have to wait for its own database
	}
	return cfg, nil
}

// sqlite opens a file that is there, and nothing else. The driver would make a
// new one.
func (d Database) sqlite() (*sql.DB, error) {
	if _, err := os.Stat(d.path); err != nil {
		if path, ok := errors.AsType[*os.PathError](err); ok {
			err = path.Err
		}
		return nil, WrongURL(fmt.Sprintf("names the file %q, which cannot be read: %v.", d.path, err))
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: d.path}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	if err != nil { // only for a driver that is not there
		return nil, fmt.Errorf("source: %w", err)
	}
	return db, nil
}
