package main

import (
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"github.com/keyfold/keyfold"
)

// A config is every key of an installation, parsed and checked. A field's tags
// are its key in the YAML file, its default and its line in docs/config.md. The
// name of the variable and of the flag follow from the key.
//
// Fields without `kong:"-"` are flags too. Kong only notes which flags were
// given: their values are read by the loader, as those of all other sources.
type config struct {
	Listen          string           `key:"listen" type:"noted" default:"127.0.0.1:8080" check:"listen" placeholder:"HOST:PORT" help:"Address to listen on."`
	PublicURL       url.URL          `key:"public_url" type:"noted" check:"public" placeholder:"URL" help:"Where customers reach the pages. Links in mails start with it. Must be https, unless the host is this machine."`
	DatabaseURL     databaseURL      `key:"database_url" type:"noted" secret:"url" default:"sqlite://keyfold.db" placeholder:"URL" help:"sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME."`
	SMTPURL         smtpURL          `key:"smtp_url" name:"smtp-url" type:"noted" secret:"url" placeholder:"URL" help:"Where mail is handed over: smtp://USER:PASSWORD@HOST:587 (STARTTLS is required, unless the URL ends in ?tls=none or the host is this machine) or smtps://…"`
	MailFrom        sender           `key:"mail_from" type:"noted" placeholder:"SENDER" help:"Sender of mails, like Customer care <care@example.com>."`
	Secret          hidden           `key:"secret" kong:"-" secret:"yes" help:"The server's key, 32 characters or more. The links in mails are derived from it; changing it ends the links that are under way. With SQLite it may be left out: a file is made beside the database at the first start."`
	TrustedProxies  []netip.Prefix   `key:"trusted_proxies" type:"noted" placeholder:"NETWORKS" help:"Addresses or networks of the proxies in front, whose X-Forwarded-For is believed."`
	CareListen      string           `key:"care_listen" type:"noted" check:"listen" placeholder:"HOST:PORT" help:"Address for the care desk alone, in a network of the staff. It is then not to be found where customers are. Empty: both are at listen."`
	CareURL         url.URL          `key:"care_url" type:"noted" check:"public" placeholder:"URL" help:"Where the staff reach the care desk, without /care. Empty: at public_url. Must be https, unless the host is this machine."`
	CareAllow       []netip.Prefix   `key:"care_allow" type:"noted" placeholder:"NETWORKS" help:"Addresses or networks that the care desk is open to. For all others it is not there. Empty: open to everybody."`
	MetricsListen   string           `key:"metrics_listen" type:"noted" check:"listen" placeholder:"HOST:PORT" help:"Address for /metrics. Empty: no metrics."`
	LimitAddress    int              `key:"limit_address" type:"noted" default:"300" min:"1" max:"1000000" placeholder:"N" help:"Requests a minute from one client address."`
	LogLevel        slog.Level       `key:"log_level" type:"noted" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat       string           `key:"log_format" type:"noted" default:"json" oneof:"json,text" placeholder:"FORMAT" help:"json or text."`
	DefaultLanguage keyfold.Language `key:"default_language" type:"noted" default:"en" placeholder:"TAG" help:"Language when nothing else says one: en, nl or de."`
	TimeZone        *time.Location   `key:"time_zone" type:"noted" default:"UTC" placeholder:"ZONE" help:"Time zone in mails and pages, like Europe/Amsterdam."`
	HelpDir         string           `key:"help_dir" type:"noted" placeholder:"DIR" help:"Folder with help articles of yours: they are added to those that are built in, or take their place. A change is there within seconds. 'keyfold help check' looks for faults."`
	Drain           time.Duration    `key:"drain" type:"noted" default:"15s" min:"0s" max:"10m" placeholder:"TIME" help:"How long a stopping server waits for what is under way."`

	Entities keyfold.Entities `key:"entities" kong:"-" help:"Who customers buy from, and the form of their customer IDs. A list replaces the five that we ship."`
	// SenderNames are the names beside the addresses of entities' senders, by
	// entity code; those that the operator gave.
	SenderNames map[string]string `kong:"-"`
	// LegacyChecks are how old systems are asked, by entity code.
	LegacyChecks map[string]legacyCheck `kong:"-"`

	Brand    brandConfig    `key:"brand" kong:"-" about:"What pages and mails look like. Colours must give text a contrast of 4.5 to 1."`
	Password passwordConfig `key:"password" kong:"-" about:"Which passwords are good enough, and what a hash may cost."`
	Times    timesConfig    `key:"times" kong:"-" about:"How long things live."`
	Limits   limitsConfig   `key:"limits" kong:"-" about:"How often is too often. Nobody is locked out: beyond a limit one waits."`
	Outbox   outboxConfig   `key:"outbox" kong:"-" about:"How mail leaves the house."`
	Bounce   bounceConfig   `key:"bounce" kong:"-" about:"How we hear of mails that did not arrive. docs/bounces.md says how to set it up."`
	Reminder reminderConfig `key:"reminders" kong:"-" about:"What happens with who sets a password for a customer ID and does not go on. Reminders go to the main contact, carry no token, and all that is due for a mailbox goes into one."`
	Audit    auditConfig    `key:"audit" kong:"-" about:"How long the trail is kept. docs/audit.md says how it is proven."`

	// Warnings are what works, but should not stay as it is.
	Warnings []string `kong:"-"`
	sources  map[string]origin
}

type brandConfig struct {
	Name            string        `key:"name" default:"Keyfold" help:"Name in headings and mails."`
	Logo            string        `key:"logo" check:"logo" help:"SVG, PNG, JPEG or WebP file, shown 28 pixels high. Empty: the name alone."`
	Colour          string        `key:"colour" default:"#2146a8" check:"colour" help:"Buttons and links, on white."`
	ColourText      string        `key:"colour_text" default:"#ffffff" check:"colour" help:"Text on that colour."`
	ColourDark      string        `key:"colour_dark" default:"#a9bdff" check:"colour" help:"Buttons and links where the reader prefers dark."`
	ColourDarkText  string        `key:"colour_dark_text" default:"#0e1a40" check:"colour" help:"Text on that colour."`
	Radius          string        `key:"radius" default:"0.5rem" check:"radius" help:"Roundness of corners: 0 to 0.75rem, or 0 to 12px."`
	Font            string        `key:"font" default:"system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif" check:"font" help:"Fonts as in CSS, the best first. Only fonts that readers have."`
	SupportEmail    keyfold.Email `key:"support_email" help:"Address of customer care, named where a page cannot help."`
	HelpURL         url.URL       `key:"help_url" check:"link" help:"Help pages."`
	PrivacyURL      url.URL       `key:"privacy_url" check:"link" help:"Privacy statement."`
	SecurityContact url.URL       `key:"security_contact" check:"contact" help:"Who wants to know of security holes: an address or an https URL, for security.txt."`
}

type passwordConfig struct {
	Profile      string        `key:"profile" default:"classic" oneof:"classic,modern" help:"classic: 8 characters of four kinds. modern: 15 characters of any kind."`
	Slots        int           `key:"slots" default:"0" min:"0" max:"1024" help:"Hashes at once. 0: as many as cores."`
	Queue        int           `key:"queue" default:"400" min:"0" max:"100000" help:"How many may wait for a hash before we say that we are busy."`
	MemoryBudget byteSize      `key:"memory_budget" default:"128MiB" min:"8MiB" max:"1024GiB" help:"Memory that all hashes together may take."`
	Wait         time.Duration `key:"wait" default:"5s" min:"100ms" max:"60s" help:"How long one waits for a hash before we say that we are busy."`
	Peppers      peppers       `key:"peppers" secret:"yes" help:"Secrets that legacy systems mixed into their hashes: NAME=VALUE, one on each line. docs/import-hashes.md says when they are needed. They are never stored in the database."`
	Argon2       argon2Config  `key:"argon2"`
}

type argon2Config struct {
	MemoryKiB   int `key:"memory_kib" default:"19456" min:"1024" max:"4194304" help:"Memory of one hash, in KiB."`
	Time        int `key:"time" default:"2" min:"1" max:"100" help:"Passes over that memory."`
	Parallelism int `key:"parallelism" default:"1" min:"1" max:"64" help:"Lanes of one hash."`
}

type timesConfig struct {
	ResetLink           time.Duration `key:"reset_link" default:"60m" min:"5m" max:"24h" help:"The link to set a new password (step 2)."`
	VerifyLink          time.Duration `key:"verify_link" default:"24h" min:"5m" max:"24h" help:"The link that confirms an email address (step 7)."`
	RegistrationSession time.Duration `key:"registration_session" default:"2h" min:"5m" max:"24h" help:"The session between login with a customer ID and login by email (steps 4 to 8)."`
	UserSession         time.Duration `key:"user_session" default:"720h" min:"5m" max:"720h" help:"A login, at the most."`
	UserIdle            time.Duration `key:"user_idle" default:"72h" min:"5m" max:"720h" help:"A login that nobody uses. Not longer than times.user_session."`
	DisputeLink         time.Duration `key:"dispute_link" default:"336h" min:"1h" max:"720h" help:"The link “this was not me” in a notice."`
}

type limitsConfig struct {
	ResetMailsPerHour    int `key:"reset_mails_per_hour" default:"3" min:"1" max:"1000" help:"Reset mails an hour to one mailbox."`
	ResetMailsPerDay     int `key:"reset_mails_per_day" default:"10" min:"1" max:"10000" help:"Reset mails a day to one mailbox."`
	RequestsPerIDPerHour int `key:"requests_per_id_per_hour" default:"20" min:"1" max:"100000" help:"Reset requests an hour for one customer ID or address."`
	LoginTries           int `key:"login_tries" default:"10" min:"1" max:"10000" help:"Failed logins in 15 minutes with one name."`
	LoginTriesDay        int `key:"login_tries_day" default:"50" min:"1" max:"100000" help:"Failed logins a day with one name."`
	VerifyMailsPerHour   int `key:"verify_mails_per_hour" default:"5" min:"1" max:"1000" help:"Verification mails an hour to one mailbox."`
	RequestsPerMinute    int `key:"requests_per_minute" default:"3000" min:"1" max:"1000000" help:"Reset requests a minute, by everybody together."`
	KeyRequestsPerMinute int `key:"key_requests_per_minute" default:"300" min:"1" max:"1000000" help:"Requests a minute with one API key."`
}

type outboxConfig struct {
	Workers int           `key:"workers" default:"4" min:"1" max:"256" help:"Mails that are sent at once."`
	Lease   time.Duration `key:"lease" default:"2m" min:"10s" max:"1h" help:"How long a worker owns a mail before another one may take it."`
	GiveUp  time.Duration `key:"give_up" default:"24h" min:"1m" max:"168h" help:"How long a mail is tried."`
	Timeout time.Duration `key:"timeout" default:"30s" min:"1s" max:"10m" help:"Time for one message. Shorter than outbox.lease."`
}

type auditConfig struct {
	Keep        time.Duration `key:"keep" default:"8760h" min:"720h" max:"87600h" help:"How long events are kept. Their seals stay, so that the trail can still be proven."`
	KeepOrigins time.Duration `key:"keep_origins" default:"720h" min:"1h" max:"87600h" help:"How long network addresses are kept in events. What is left of them fits the seals."`
}
