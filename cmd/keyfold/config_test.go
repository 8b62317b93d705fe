package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// samples are, for every key, three values that are possible and one that is
// not. The values stand as `config print` shows them.
var samples = map[string]struct {
	good [3]string
	bad  string
}{
	"listen":                          {[3]string{"127.0.0.1:1", "127.0.0.1:2", ":3"}, "8080"},
	"public_url":                      {[3]string{"https://a.example", "https://b.example:8443", "http://localhost:8080"}, "http://login.example.com"},
	"database_url":                    {[3]string{"sqlite://a.db", "sqlite:///var/b.db", "postgres://db.example/c"}, "mysql://db/x"},
	"smtp_url":                        {[3]string{"smtp://a.example:587", "smtps://b.example", "smtp://c.example?tls=none"}, "http://mail.example"},
	"mail_from":                       {[3]string{"a@example.com", "Care <b@example.com>", "Klantenservice & co <c@example.com>"}, "nobody"},
	"secret":                          {[3]string{strings.Repeat("a", 32), strings.Repeat("b", 40), strings.Repeat("c", 50)}, "short"},
	"trusted_proxies":                 {[3]string{"10.0.0.0/8", "127.0.0.1/32, ::1/128", "fd00::/8"}, "10.0.0.1/8"},
	"care_listen":                     {[3]string{"127.0.0.1:19", "127.0.0.1:20", ":21"}, "9090"},
	"care_url":                        {[3]string{"https://care.a.example", "https://b.example:8444", "http://localhost:8081"}, "http://care.example.com"},
	"care_allow":                      {[3]string{"10.0.0.0/8", "127.0.0.1/32, ::1/128", "fd00::/8"}, "10.0.0.1/8"},
	"metrics_listen":                  {[3]string{"127.0.0.1:9", "127.0.0.1:10", "127.0.0.1:11"}, "9090"},
	"limit_address":                   {[3]string{"1", "2", "3"}, "0"},
	"log_level":                       {[3]string{"debug", "warn", "error"}, "loud"},
	"log_format":                      {[3]string{"text", "json", "text"}, "xml"},
	"default_language":                {[3]string{"nl", "de", "en"}, "tlh"},
	"time_zone":                       {[3]string{"Europe/Amsterdam", "Asia/Singapore", "UTC"}, "Mars/Base"},
	"help_dir":                        {[3]string{"testdata", ".", "../../docs"}, "testdata/logo.svg"},
	"drain":                           {[3]string{"1s", "2s", "3m"}, "15"},
	"brand.name":                      {[3]string{"A", "Polder Hosting", "no"}, "two\nlines"},
	"brand.logo":                      {[3]string{"testdata/logo.svg", "testdata/logo.png", "testdata/logo.svg"}, "logo.exe"},
	"brand.colour":                    {[3]string{"#000000", "#0b6b4f", "#2146a8"}, "red"},
	"brand.colour_text":               {[3]string{"#ffffff", "#fefefe", "#fdfdfd"}, "#333"},
	"brand.colour_dark":               {[3]string{"#ffffff", "#6fd6b0", "#a9bdff"}, "grey"},
	"brand.colour_dark_text":          {[3]string{"#000000", "#0e1a40", "#06261b"}, "#ffffff"},
	"brand.radius":                    {[3]string{"0", "0.25rem", "12px"}, "50%"},
	"brand.font":                      {[3]string{"serif", "'Fira Sans', sans-serif", "Arial"}, "x; } body { display: none"},
	"brand.support_email":             {[3]string{"a@example.com", "b@example.com", "c@example.com"}, "care"},
	"brand.help_url":                  {[3]string{"https://a.example/help", "https://b.example", "https://c.example/?q=1"}, "javascript:alert(1)"},
	"brand.privacy_url":               {[3]string{"https://a.example/p", "https://b.example", "https://c.example/p"}, "http://a.example"},
	"brand.security_contact":          {[3]string{"mailto:a@example.com", "https://b.example/sec", "mailto:c@example.com"}, "call us"},
	"password.profile":                {[3]string{"modern", "classic", "modern"}, "strict"},
	"password.argon2.memory_kib":      {[3]string{"20000", "30000", "40000"}, "8"},
	"password.argon2.time":            {[3]string{"3", "4", "5"}, "two"},
	"password.argon2.parallelism":     {[3]string{"2", "3", "4"}, "0"},
	"password.slots":                  {[3]string{"1", "2", "3"}, "-1"},
	"password.queue":                  {[3]string{"1", "2", "3"}, "many"},
	"password.memory_budget":          {[3]string{"64MiB", "1GiB", "20000KiB"}, "128"},
	"password.peppers":                {[3]string{"a=x", "billing=base64:AP8=", "a-1=hex:00ff"}, "no-name"},
	"password.wait":                   {[3]string{"1s", "2s", "3s"}, "0s"},
	"times.reset_link":                {[3]string{"10m", "20m", "24h"}, "25h"},
	"times.verify_link":               {[3]string{"1h", "2h", "3h"}, "2d"},
	"times.registration_session":      {[3]string{"1h", "3h", "4h"}, "soon"},
	"times.user_session":              {[3]string{"719h", "718h", "100h"}, "31d"},
	"times.user_idle":                 {[3]string{"1h", "2h", "3h"}, "0"},
	"times.dispute_link":              {[3]string{"24h", "48h", "72h"}, "31d"},
	"limits.reset_mails_per_hour":     {[3]string{"1", "2", "4"}, "0"},
	"limits.reset_mails_per_day":      {[3]string{"11", "12", "13"}, "1e3"},
	"limits.requests_per_id_per_hour": {[3]string{"1", "2", "3"}, "none"},
	"limits.login_tries":              {[3]string{"1", "2", "3"}, "0"},
	"limits.login_tries_day":          {[3]string{"51", "52", "53"}, "0"},
	"limits.verify_mails_per_hour":    {[3]string{"1", "2", "3"}, "0"},
	"limits.requests_per_minute":      {[3]string{"1", "2", "3"}, "0"},
	"limits.key_requests_per_minute":  {[3]string{"1", "2", "3"}, "0"},
	"outbox.workers":                  {[3]string{"1", "2", "3"}, "0"},
	"outbox.lease":                    {[3]string{"1m", "3m", "4m"}, "20s"},
	"outbox.give_up":                  {[3]string{"1h", "2h", "3h"}, "8d"},
	"outbox.timeout":                  {[3]string{"1s", "2s", "3s"}, "3m"},
	"bounce.address":                  {[3]string{"a@example.com", "b@example.com", "c@example.com"}, "bounces"},
	"bounce.maildir":                  {[3]string{"testdata/maildir", "./testdata/maildir", "../keyfold/testdata/maildir"}, "testdata"},
	"bounce.secret":                   {[3]string{strings.Repeat("a", 32), strings.Repeat("b", 40), strings.Repeat("c", 50)}, "short"},
	"reminders.after":                 {[3]string{"24h", "none", "1h, 48h"}, "72h 24h"},
	"reminders.drop_pending":          {[3]string{"0s", "24h", "240h"}, "9000h"},
	"audit.keep":                      {[3]string{"720h", "1000h", "8760h"}, "719h"},
	"audit.keep_origins":              {[3]string{"1h", "24h", "720h"}, "59m"},
}

// asYAML is a file that gives one key, and nothing else.
func asYAML(path, value string) string {
	var out strings.Builder
	parts := strings.Split(path, ".")
	for depth, name := range parts {
		fmt.Fprintf(&out, "%s%s:", strings.Repeat("  ", depth), name)
		if depth < len(parts)-1 {
			out.WriteString("\n")
		}
	}
	fmt.Fprintf(&out, " %q\n", value)
	return out.String()
}

func yamlFile(tb testing.TB, text string) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "k.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// inForce is the value of a key, secrets in the open.
func inForce(c *config, path string) string {
	for _, k := range keysOf(c) {
		if k.path != path {
			continue
		}
		if h, ok := reflect.TypeAssert[interface{ Reveal() string }](k.value); ok {
			return h.Reveal()
		}
		return k.print()
	}
	return "no such key"
}

func TestEveryKeyIsSetFromEverySource(t *testing.T) {
	for _, k := range keysOf(&config{}) {
		if k.entities() {
			continue // has tests of its own
		}
		s, ok := samples[k.path]
		if !ok {
			t.Errorf("%s has no samples in this test", k.path)
			continue
		}
		t.Run(k.path, func(t *testing.T) {
			t.Parallel()
			in := input{}
			check := func(source, want string) {
				t.Helper()
				c, err := loadConfig(in)
				if err != nil {
					t.Fatalf("%s: %v", source, err)
				}
				if got := inForce(c, k.path); got != want {
					t.Errorf("%s: got %q, want %q", source, got, want)
				}
			}
			in.file = yamlFile(t, asYAML(k.path, s.good[0]))
			check("file", s.good[0])
			if k.secret() {
				in.environ = []string{k.env() + "_FILE=" + yamlFile(t, s.good[1]+"\n")}
				check("_FILE before file", s.good[1])
				in.environ = append(in.environ, k.env()+"="+s.good[2])
				check("variable before _FILE", s.good[2])
			}
			in.environ = []string{k.env() + "=" + s.good[1]}
			check("variable before file", s.good[1])
			if flag := k.flagName(); flag != "" {
				in.flags = map[string]string{k.path: s.good[2]}
				check("flag before variable", s.good[2])
			}
		})
	}
}

// problemsOf are the reasons why in is refused.
func problemsOf(tb testing.TB, in input) problems {
	tb.Helper()
	_, err := loadConfig(in)
	ps, _ := errors.AsType[problems](err)
	return ps
}

func TestEveryImpossibleValueIsRefusedWithKeyAndSource(t *testing.T) {
	for _, k := range keysOf(&config{}) {
		s, ok := samples[k.path]
		if !ok {
			continue
		}
		t.Run(k.path, func(t *testing.T) {
			t.Parallel()
			file := yamlFile(t, "# one\n"+asYAML(k.path, s.bad))
			line := 2 + strings.Count(k.path, ".")
			cases := map[string]input{
				k.env():                            {environ: []string{k.env() + "=" + s.bad}},
				file + ":" + fmt.Sprint(line) + "": {file: file},
			}
			if k.flagName() != "" {
				cases[k.flagName()] = input{flags: map[string]string{k.path: s.bad}}
			}
			if k.secret() {
				cases[k.env()+"_FILE"] = input{environ: []string{k.env() + "_FILE=" + yamlFile(t, s.bad)}}
			}
			for source, in := range cases {
				ps := problemsOf(t, in)
				if len(ps) != 1 || !strings.HasPrefix(ps[0], source+": "+k.path+" ") {
					t.Errorf("from %s: got %q", source, ps)
					continue
				}
				if shown := strings.Contains(ps[0], fmt.Sprintf("%q", s.bad)); shown == k.secret() {
					t.Errorf("value shown: %v in %s", shown, ps[0])
				}
				if strings.Count(strings.TrimSuffix(ps[0], "."), ". ") == 0 {
					t.Errorf("no cure in %q", ps[0])
				}
			}
		})
	}
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	file := yamlFile(t, "listen: x\ntimes:\n  reset_link: 2d\n  user_idel: 1h\nbrand: red\noutbox: {timeout: 3m}\n")
	got := problemsOf(t, input{
		file: file, need: needAll,
		environ: []string{"KEYFOLD_LOG_LEVEL=loud", "KEYFOLD_PASSWORD_PROFIL=modern", "KEYFOLD_LISTEN_FILE=x"},
	})
	for i, p := range got {
		got[i] = strings.Replace(strings.SplitN(p, " ", 3)[0]+" "+strings.SplitN(p, " ", 3)[1], file, "FILE", 1)
	}
	want := problems{
		"KEYFOLD_LISTEN_FILE: only", "KEYFOLD_PASSWORD_PROFIL: is", "FILE:4: times.user_idel", "FILE:5: brand",
		"FILE:1: listen", "KEYFOLD_LOG_LEVEL: log_level", "FILE:3: times.reset_link",
		"public_url is", "smtp_url is", "mail_from is", "FILE:6: outbox.timeout",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownNamesAreRefusedWithTheNearestOne(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   input
		want string
	}{
		{input{environ: []string{"KEYFOLD_PASSWRD_PROFILE=x"}}, "Did you mean KEYFOLD_PASSWORD_PROFILE?"},
		{input{environ: []string{"KEYFOLD_RESET_LINK=1h"}}, "Did you mean KEYFOLD_TIMES_RESET_LINK?"},
		{input{environ: []string{"KEYFOLD_ZZZZZZZZZZZZZZZZ=1"}}, "See docs/config.md for all names."},
		{input{file: yamlFile(t, "lisen: x\n")}, "k.yaml:1: lisen is not a key that we know. Did you mean listen?"},
		{input{file: yamlFile(t, "\nprofile: modern\n")}, "k.yaml:2: profile is not a key that we know. Did you mean password.profile?"},
		{input{file: yamlFile(t, "times:\n  reset_lnk: 1h\n")}, "Did you mean times.reset_link?"},
		{input{file: yamlFile(t, "entities:\n- {code: NL, nam: x}\n")}, "k.yaml:2: entities[NL].nam is not a key of an entity. Did you mean name?"},
	} {
		if got := problemsOf(t, test.in); !strings.Contains(got.Error(), test.want) {
			t.Errorf("got %v, want %q in it", got, test.want)
		}
	}
}

func TestForeignVariablesAreLeftAlone(t *testing.T) {
	t.Parallel()
	environ := []string{
		"PATH=/bin", "KEYFOLDX=1", "KEYFOLD_PORT=tcp://10.0.0.1:80", "KEYFOLD_PORT_80_TCP=x", "KEYFOLD_SERVICE_HOST=x",
		"KEYFOLD_SERVICE_PORT=80", "KEYFOLD_SERVICE_PORT_HTTP=80", "KEYFOLD_LISTEN=",
	}
	c, err := loadConfig(input{environ: environ})
	if err != nil || c.Listen != "127.0.0.1:8080" {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestBrokenFilesAreRefusedInWords(t *testing.T) {
	t.Parallel()
	const canary = "CANARY-4711"
	for _, text := range []string{
		"secret: \"" + canary + "\n", "listen: [\n", "a: b: c " + canary + "\n", "\tlisten: x\n", "listen: x\nlisten: y\n",
		"- a\n", "just text " + canary, "listen: {a: b}\n", "listen: [a, b]\n", "listen: &a x\n", "listen: !!str x\n",
		"---\nlisten: :1\n---\nlisten: :2\n", "password:\n  argon2: 3\n", "entities: 3\n", "entities: []\n", "entities: [a]\n",
		"<<: {listen: x}\n", "times.reset_link: 1h\n", "secret: &x " + canary + "\n",
	} {
		got := problemsOf(t, input{file: yamlFile(t, text)})
		if len(got) == 0 || !strings.Contains(got[0], "k.yaml:") || strings.Contains(got.Error(), canary) {
			t.Errorf("%q: got %q", text, got)
		}
	}
	for _, text := range []string{"", "# nothing\n", "brand:\n", "listen:\n", "---\n"} {
		if got := problemsOf(t, input{file: yamlFile(t, text)}); got != nil {
			t.Errorf("%q: got %q", text, got)
		}
	}
	if got := problemsOf(t, input{file: "nowhere.yaml"}); len(got) != 1 || !strings.HasPrefix(got[0], "--config: ") {
		t.Errorf("got %q", got)
	}
}

func TestValuesAreReadIntoTheirTypes(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(input{need: needAll, environ: []string{
		"KEYFOLD_PUBLIC_URL=https://Login.Example.COM:443/", "KEYFOLD_SMTP_URL=smtp://u:p%40@mail.example",
		"KEYFOLD_MAIL_FROM=\"Care, of customers\" <care@example.com>", "KEYFOLD_TIMES_DISPUTE_LINK=1d12h",
		"KEYFOLD_BRAND_COLOUR=#05A", "KEYFOLD_BRAND_SECURITY_CONTACT=sec@example.com", "KEYFOLD_DATABASE_URL=sqlite:///srv/x.db",
		"KEYFOLD_TRUSTED_PROXIES=10.0.0.7, fd00::/8 ::ffff:10.0.0.8", "KEYFOLD_PASSWORD_MEMORY_BUDGET=64MiB",
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{
		c.PublicURL.String(), c.SMTPURL.Reveal(), c.MailFrom.Name, c.MailFrom.Email.String(), c.Times.DisputeLink.String(),
		c.Brand.Colour, c.Brand.SecurityContact.String(), c.DatabaseURL.Path(), fmt.Sprint(c.TrustedProxies), fmt.Sprint(int64(c.Password.MemoryBudget)),
	}
	want := []string{
		"https://login.example.com", "smtp://u:p%40@mail.example", "Care, of customers", "care@example.com", "36h0m0s",
		"#0055aa", "mailto:sec@example.com", "/srv/x.db", "[10.0.0.7/32 fd00::/8 10.0.0.8/32]", "67108864",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestValuesThatDoNotGoTogetherAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ environ, want string }{
		{"KEYFOLD_OUTBOX_LEASE=20s", `KEYFOLD_OUTBOX_LEASE: outbox.lease "20s" must be more than outbox.timeout (30s)`},
		{"KEYFOLD_OUTBOX_TIMEOUT=2m", `KEYFOLD_OUTBOX_TIMEOUT: outbox.timeout "2m" must be less than outbox.lease (2m)`},
		{"KEYFOLD_TIMES_USER_SESSION=1h", `KEYFOLD_TIMES_USER_SESSION: times.user_session "1h" must not be less than times.user_idle (72h)`},
		{"KEYFOLD_REMINDERS_DROP_PENDING=2h", `KEYFOLD_REMINDERS_DROP_PENDING: reminders.drop_pending "2h" must not be less than times.verify_link (24h)`},
		{"KEYFOLD_TIMES_USER_IDLE=721h", "is out of range. Give 5m to 720h."},
		{"KEYFOLD_LIMITS_LOGIN_TRIES=51", "must not be more than limits.login_tries_day (50)"},
		{"KEYFOLD_LIMITS_RESET_MAILS_PER_DAY=2", "must not be less than limits.reset_mails_per_hour (3)"},
		{"KEYFOLD_PASSWORD_MEMORY_BUDGET=16MiB", "must have room for one hash of password.argon2.memory_kib (19456)"},
		{"KEYFOLD_PASSWORD_ARGON2_MEMORY_KIB=200000", "must fit into password.memory_budget (128MiB)"},
		{"KEYFOLD_BRAND_COLOUR=#abc", "with the light page (#ffffff)"},
		{"KEYFOLD_BRAND_COLOUR_DARK=#222222", "with the dark page (#1a1a18)"},
		{"KEYFOLD_BRAND_COLOUR_TEXT=#333", "KEYFOLD_BRAND_COLOUR_TEXT: brand.colour_text \"#333\" has a contrast of 1.5 to 1 with brand.colour (#2146a8)"},
		{"KEYFOLD_BRAND_COLOUR_DARK=#777", "KEYFOLD_BRAND_COLOUR_DARK: "},
		{"KEYFOLD_METRICS_LISTEN=127.0.0.1:8080", "is the address of the pages too"},
		{"KEYFOLD_BRAND_LOGO=nowhere.svg", "cannot be read: no such file"},
	} {
		if got := problemsOf(t, input{environ: []string{test.environ}}); !strings.Contains(got.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.environ, got, test.want)
		}
	}
}

func TestUnsafeOrImpossibleValuesAreRefused(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"PUBLIC_URL":      {"https://", "login.example.com", "https://a.example/portal", "https://a.example/?x", "https://u:p@a.example", "ftp://a.example", "https://kundenmünze.example", "https://a.example/#x", "http://localhost.example.com"},
		"DATABASE_URL":    {"sqlite://", "sqlite://:memory:", "sqlite://a/", "sqlite://a.db?mode=ro", "postgres://host", "keyfold.db"},
		"SMTP_URL":        {"smtp://", "smtp://h:99999", "smtp://h/path", "smtp://h?tls=maybe", "smtps://h?tls=none", "smtp://h?starttls=no"},
		"MAIL_FROM":       {"Care <care>", "a@example.com, b@example.com", "<>", "A <a@example.com>, B <b@example.com>", "a@example.com>", "x@y.example <a@example.com>", "Care care@example.com"},
		"TRUSTED_PROXIES": {"all", "10.0.0.0/33", "10.0.0.1/8", "fe80::1%eth0"},
		"LISTEN":          {"localhost", ":x", ":70000", "http://x:1"},
		"TIME_ZONE":       {"Local", "../etc"},
		"REMINDERS_AFTER": {"24", "24h,24h", "30m", "24h, none", "7d,1d", "9000h"},
		"DRAIN":           {"-1s", "11m", "1x", "d", "-1d"},
		"BRAND_FONT":      {"a;b", "url(x)", "'open", "a\\b", "</style>"},
		"BRAND_RADIUS":    {"1rem", "13px", "-1px", "calc(1px)"},
	} {
		for _, v := range values {
			if got := problemsOf(t, input{environ: []string{"KEYFOLD_" + name + "=" + v}}); len(got) != 1 {
				t.Errorf("%s=%s: got %q", name, v, got)
			}
		}
	}
}
