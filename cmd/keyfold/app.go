package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/keyfold/keyfold/internal/activity"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/bounce"
	"github.com/keyfold/keyfold/internal/contacts"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/feedback"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/help/articles"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/outbox"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/reminder"
	"github.com/keyfold/keyfold/internal/signin"
	"github.com/keyfold/keyfold/internal/smtpclient"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/trail"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/api"
	"github.com/keyfold/keyfold/internal/web/care"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// An app is all parts of a running server, wired.
type app struct {
	db           *store.DB
	registration *registration.Service
	outbox       *outbox.Service
	reminder     *reminder.Service
	server       *smtpclient.Client
	portal       *portal.Portal
	desk         *care.Desk
	api          http.Handler
	gate         *password.Gate
	legacy       legacyChecks
	metrics      *metrics
	log          *slog.Logger
	members      *members.Service
	trail        *trail.Service
	keep         auditConfig
	bounces      *bounce.Maildir // nil: none is read
	hooks        http.Handler    // nil: nobody tells us anything
	bell         chan struct{}   // rings when a request of step 1 has come
	access       chan struct{}   // the same for requests for access
}

// poll is how often a worker looks by itself, for what another replica, or one
// that was killed, has left.
const poll = time.Second

// lookEvery is how often a worker looks for what is due by the clock, where a
// minute does not matter.
const lookEvery = time.Minute

// whileWiring is how much garbage may lie about, in percent of what lives, while
// texts and articles are read: what stays is then not strewn among it. It took
// 9 MiB of the idle server.
const whileWiring = 50

// newApp wires the parts. Close ends them.
func newApp(ctx context.Context, c *config, keepSchema bool, log *slog.Logger, now func() time.Time) (*app, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(whileWiring))
	key := token.NewKey(c.Secret.Reveal())
	db, err := openStore(ctx, c, keepSchema, now)
	if err != nil {
		return nil, err
	}
	a := &app{db: db, log: log, bell: make(chan struct{}, 1), access: make(chan struct{}, 1)}
	if err := a.wire(ctx, c, key, now); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	debug.FreeOSMemory() // reading texts and articles took many times what they are
	return a, nil
}

func openStore(ctx context.Context, c *config, keepSchema bool, now func() time.Time) (*store.DB, error) {
	return store.Open(ctx, store.Options{URL: c.DatabaseURL.Reveal(), Now: now, KeepSchema: keepSchema})
}

func (a *app) wire(ctx context.Context, c *config, key token.Key, now func() time.Time) error {
	if err := checkSecret(ctx, a.db, key); err != nil {
		return err
	}
	texts, err := locale.Load()
	if err != nil {
		return err
	}
	profile, err := password.ParseProfile(c.Password.Profile)
	if err != nil {
		return err
	}
	if a.gate, err = newGate(c, now); err != nil {
		return err
	}
	a.gate.Measure()
	boundMemory(c.Password.MemoryBudget)
	if a.legacy, err = newLegacyChecks(c, a.gate, a.log, now); err != nil {
		return err
	}
	rules := limit.Make(limitsOf(c))
	server := c.SMTPURL.Server()
	server.Hello = c.PublicURL.Hostname()
	a.server = smtpclient.New(server)
	a.outbox = newOutbox(c, a, key, texts)
	a.registration = &registration.Service{
		DB: a.db, Gate: a.gate, Policy: password.Policy{Profile: profile}, Key: key, Entities: c.Entities,
		Brand: c.Brand.Name, Limits: rules, Wake: a.wake, Legacy: a.legacy.systems(), Pace: registration.DefaultPace,
		Times: registration.Times{
			Reset: c.Times.ResetLink, Confirm: c.Times.VerifyLink, Session: c.Times.RegistrationSession, Dispute: c.Times.DisputeLink,
		},
	}
	a.trail, a.keep = &trail.Service{DB: a.db, Key: key}, c.Audit
	a.trail = &trail.Service{DB: a.db, Key: key}
	a.metrics = newMetrics(a)
	a.portal, err = newPortal(c, a, texts, now)
	if err != nil {
		return err
	}
	a.portal.Help = help.NewShelf(helpOptions(c), articles.FS, c.HelpDir, a.log)
	a.portal.Feedback = &feedback.Service{DB: a.db, Key: key, Limits: rules}
	a.portal.SignIn = &signin.Service{
		DB: a.db, Gate: a.gate, Key: key, Limits: rules, Session: c.Times.UserSession, Idle: c.Times.UserIdle,
		Prove: a.registration.ProveLogin,
	}
	return a.wireAccounts(c, notice.Teller{Key: key, Dispute: c.Times.DisputeLink, Wake: a.wake}, rules)
}

// wireAccounts wires what is about accounts that have an owner.
func (a *app) wireAccounts(c *config, teller notice.Teller, rules limit.Rules) (err error) {
	keys := &apikey.Service{DB: a.db, Teller: teller, Limits: rules}
	a.portal.Keys = keys
	a.reminder = &reminder.Service{DB: a.db, Teller: teller, After: c.Reminder.After, Drop: c.Reminder.DropPending}
	a.portal.Activity = &activity.Service{DB: a.db}
	a.portal.Linking = &linking.Service{DB: a.db, Teller: teller, Entities: c.Entities, Limits: rules, Prove: a.registration.ProveLogin}
	a.portal.Ownership = &ownership.Service{DB: a.db, Teller: teller, Limits: rules}
	a.members = &members.Service{
		DB: a.db, Gate: a.gate, Policy: a.registration.Policy, Entities: c.Entities, Brand: c.Brand.Name, Limits: rules, Teller: teller,
		Prove: a.registration.ProveLogin,
	}
	a.portal.Members = a.members
	a.portal.Contacts = &contacts.Service{DB: a.db, Teller: teller, Limits: rules}
	a.portal.Desk = &desk.Service{
		DB: a.db, Teller: teller, Limits: rules, SendAgain: a.registration.SendAgain, Freeze: a.registration.FreezeFor,
	}
	a.desk = newDesk(c, a, teller, rules)
	a.wireBounces(c)
	a.api, err = newAPI(c, a, keys)
	return err
}

// checkSecret refuses a secret that is not the one with which this database was
// begun: the links that are out, and those of other replicas, would open
// nothing.
func checkSecret(ctx context.Context, db *store.DB, key token.Key) error {
	ours := key.Tag("fingerprint")
	return db.Update(ctx, func(tx *store.Tx) error {
		theirs, err := tx.SetMeta(ctx, "secret", ours)
		if err == nil && theirs != ours {
			return errOtherSecret
		}
		return err
	})
}

var errOtherSecret = errors.New("this is not the secret (KEYFOLD_SECRET) that this database was begun with: links in mails would stop working. " +
	"Bring the earlier secret back. If it is lost, run this command once against the database and start again; " +
	"customers then ask for new links: delete from meta where name = 'secret'")

func newGate(c *config, now func() time.Time) (*password.Gate, error) {
	p := c.Password
	return password.NewGate(password.GateConfig{
		Slots: cmp.Or(p.Slots, cores()), Queue: p.Queue, Wait: p.Wait, Now: now, Peppers: p.Peppers.byName,
		MemoryBudget: uint64(max(0, int64(p.MemoryBudget))),
		Params: password.Params{
			MemoryKiB: uint32(p.Argon2.MemoryKiB), Time: uint32(p.Argon2.Time), Parallelism: uint8(p.Argon2.Parallelism), //nolint:gosec // G115: the loader checks the bounds
		},
	})
}

func limitsOf(c *config) limit.Config {
	return limit.Config{
		ResetMailsHour: c.Limits.ResetMailsPerHour, ResetMailsDay: c.Limits.ResetMailsPerDay,
		RequestsIDHour: c.Limits.RequestsPerIDPerHour, LoginTries: c.Limits.LoginTries, LoginTriesDay: c.Limits.LoginTriesDay,
		VerifyMailsHour: c.Limits.VerifyMailsPerHour, RequestsAddress: c.LimitAddress, RequestsAll: c.Limits.RequestsPerMinute,
		KeyRequests: c.Limits.KeyRequestsPerMinute,
	}
}

func newOutbox(c *config, a *app, key token.Key, texts *locale.Catalog) *outbox.Service {
	public, desk := c.PublicURL, c.deskURL()
	return &outbox.Service{
		DB: a.db, Key: key, Texts: mailtext.New(texts), Server: a.server, Entities: c.Entities, PublicURL: &public, DeskURL: &desk,
		Brand: mailtext.Brand{
			Name: c.Brand.Name, Colour: c.Brand.Colour, ColourText: c.Brand.ColourText,
			ColourDark: c.Brand.ColourDark, ColourDarkText: c.Brand.ColourDarkText,
		},
		From: c.MailFrom.Email, FromName: senderName(c), Bounces: c.Bounce.Address, EntityNames: c.SenderNames, Log: a.log, Workers: c.Outbox.Workers, Lease: c.Outbox.Lease,
		Timeout: c.Outbox.Timeout, GiveUp: c.Outbox.GiveUp, Poll: poll, Sent: registration.SentReset,
		Patience: c.Drain / 3, // for the mail server, and once more for the database
	}
}

func senderName(c *config) string {
	if c.MailFrom.Name != "" {
		return c.MailFrom.Name
	}
	return c.Brand.Name
}

func brandOf(c *config) (ui.Brand, error) {
	brand := ui.Brand{
		Name: c.Brand.Name, Colour: c.Brand.Colour, ColourText: c.Brand.ColourText, ColourDark: c.Brand.ColourDark,
		ColourDarkText: c.Brand.ColourDarkText, Radius: c.Brand.Radius, Font: c.Brand.Font,
	}
	if c.Brand.Logo != "" {
		logo, err := os.ReadFile(c.Brand.Logo)
		if err != nil {
			return brand, fmt.Errorf("brand.logo: %w", err)
		}
		brand.LogoFile, brand.LogoType = logo, strings.ToLower(filepath.Ext(c.Brand.Logo))
	}
	return brand, nil
}

func newPortal(c *config, a *app, texts *locale.Catalog, now func() time.Time) (*portal.Portal, error) {
	brand, err := brandOf(c)
	if err != nil {
		return nil, err
	}
	assets, err := ui.NewAssets(brand)
	if err != nil {
		return nil, err
	}
	public := c.PublicURL
	return &portal.Portal{
		Registration: a.registration, Read: a.db.Reader(), Texts: texts, Entities: c.Entities, Policy: a.registration.Policy,
		Brand: brand, Assets: assets, Clients: web.Clients{Trusted: c.TrustedProxies}, Flood: web.NewFlood(c.LimitAddress, now),
		Log: a.log, Now: now, Observe: a.metrics.observe,
		Site: portal.Site{
			PublicURL: &public, Language: c.DefaultLanguage, Zone: c.TimeZone, Sender: c.MailFrom.Email.String(),
			SupportEmail: c.Brand.SupportEmail.String(), HelpURL: text(c.Brand.HelpURL), PrivacyURL: text(c.Brand.PrivacyURL),
			SecurityContact: text(c.Brand.SecurityContact),
		},
	}, nil
}

// newAPI shares its limiter of floods with the pages: a client is one client.
func newAPI(c *config, a *app, keys *apikey.Service) (http.Handler, error) {
	p := a.portal
	served := &api.API{
		Keys: keys, Read: p.Read, Texts: p.Texts, Entities: p.Entities, PublicURL: p.Site.PublicURL, Language: c.DefaultLanguage,
		Clients: p.Clients, Flood: p.Flood, Log: a.log, Now: p.Now, Observe: a.metrics.observe,
	}
	return served.Handler()
}

func text(u url.URL) string { return u.String() }

// wake tells the workers that there may be something to do.
func (a *app) wake() {
	for _, bell := range []chan struct{}{a.bell, a.access} {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
	a.outbox.Wake()
}

// work runs the workers until ctx ends, and returns when they have stopped.
func (a *app) work(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { a.registration.Run(ctx, a.log, a.bell, poll) })
	all.Go(func() { a.portal.Linking.Run(ctx, a.log, poll) })
	all.Go(func() { a.members.Run(ctx, a.log, a.access, poll) })
	all.Go(func() { a.outbox.Run(ctx) })
	all.Go(func() { a.portal.Ownership.Run(ctx, a.log, lookEvery) })
	all.Go(func() { a.reminder.Run(ctx, a.log, lookEvery) })
	all.Go(func() { a.portal.Contacts.Run(ctx, a.log, lookEvery) })
	all.Go(func() { a.portal.Help.Run(ctx, helpEvery) })
	all.Go(func() { a.portal.Feedback.Run(ctx, a.log, lookEvery) })
	all.Go(func() { a.trail.Run(ctx, a.log, poll) })
	all.Go(func() { a.trail.Keep(ctx, a.log, a.keep.Keep, a.keep.KeepOrigins, sweepEvery) })
	all.Go(func() { a.readBounces(ctx) })
	all.Go(func() { a.desk.Cases.Run(ctx, a.log, poll) })
	all.Go(func() { a.desk.Second.Run(ctx, a.log, lookEvery) })
	all.Go(func() { a.desk.Finder.Run(ctx, a.log, poll) })
	all.Go(func() { a.desk.Funnel.Run(ctx, a.log, poll) })
	all.Go(func() { a.sweep(ctx) })
	all.Go(func() { a.gate.Tidy(ctx, debug.FreeOSMemory) })
	all.Wait()
}

// Close ends what newApp began.
func (a *app) Close() error {
	return errors.Join(a.server.Close(), a.legacy.Close(), a.db.Close())
}

// handler is the portal and the API, and the two doors for machines that watch us.
func (a *app) handler(stopping <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", a.portal.Handler())
	mux.Handle("/api/", a.api)
	a.mountHooks(mux)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-stopping:
			answer(w, errors.New("stopping"))
			return
		default:
		}
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		err := a.ready(ctx)
		if err != nil {
			a.log.WarnContext(ctx, "not ready", "error", err)
		}
		answer(w, err)
	})
	return mux
}

// answer tells a machine yes or no. Why is for the log: anybody may ask.
func answer(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("not ready\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
