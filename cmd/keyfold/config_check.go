package main

import (
	"net"
	"os"
	"slices"
	"strings"

	"github.com/keyfold/keyfold/internal/smtpclient"
)

// checkNeeds names what is missing for the command at hand.
func (l *loader) checkNeeds(n need) {
	if n != needAll {
		return
	}
	l.demand("public_url", "the links in mails start with it, like https://login.example.com.")
	l.demand("smtp_url", "mail has to be handed over somewhere, like smtp://USER:PASSWORD@mail.example.com:587.")
	l.demand("mail_from", "mail needs a sender, like Customer care <care@example.com>.")
	if l.DatabaseURL.server != nil {
		l.demand("secret", "with PostgreSQL it is not made for you, because all servers must share it. Make one with: openssl rand -base64 32.")
	}
}

func (l *loader) demand(path, why string) {
	if l.texts[path] != "" || l.unread[path] {
		return
	}
	cure := "Set " + l.byPath(path).env()
	if path == "secret" {
		cure += " or KEYFOLD_SECRET_FILE"
	}
	l.problems = append(l.problems, path+" is missing: "+why+" "+cure+", or "+path+" in the YAML file.")
}

// checkWhole finds values that are possible alone and not together. Values that
// could not be read have been reported, and are compared with nothing.
func (l *loader) checkWhole() {
	l.checkBrand(l.Brand)
	if l.read("listen", "metrics_listen") && l.MetricsListen == l.Listen {
		l.problemOf("metrics_listen", "%q is the address of the pages too. Give another port: metrics are not for customers.", l.MetricsListen)
	}
	l.checkDesk()
	if one := byteSize(l.Password.Argon2.MemoryKiB) << 10; one > l.Password.MemoryBudget {
		l.conflict("password.argon2.memory_kib", "password.memory_budget", "must fit into", "must have room for one hash of", "One hash has to fit.")
	}
	if l.Times.UserIdle > l.Times.UserSession {
		l.conflict("times.user_idle", "times.user_session", notMore, notLess, "Change one of them.")
	}
	if l.Limits.ResetMailsPerHour > l.Limits.ResetMailsPerDay {
		l.conflict("limits.reset_mails_per_hour", "limits.reset_mails_per_day", notMore, notLess, "Change one of them.")
	}
	if l.Limits.LoginTries > l.Limits.LoginTriesDay {
		l.conflict("limits.login_tries", "limits.login_tries_day", notMore, notLess, "Change one of them.")
	}
	if l.Outbox.Timeout >= l.Outbox.Lease {
		l.conflict("outbox.timeout", "outbox.lease", "must be less than", "must be more than", "Otherwise another worker would send the same mail.")
	}
	l.checkReminders()
	l.checkLogoFile()
	l.checkHelpDir()
	l.checkBounces()
}

const (
	notMore = "must not be more than"
	notLess = "must not be less than"
)

// conflict notes two values that do not go together. It blames the one that
// was given, if the other one is the default.
func (l *loader) conflict(low, high, lowMust, highMust, why string) {
	if !l.read(low, high) {
		return
	}
	blamed, other, must := low, high, lowMust
	if l.isDefault(low) && !l.isDefault(high) {
		blamed, other, must = high, low, highMust
	}
	l.problemOf(blamed, "%q %s %s (%s). %s", l.texts[blamed], must, other, l.texts[other], why)
}

func (l *loader) isDefault(path string) bool { return l.sources[path].where == fromDefault }

// checkLogoFile looks whether the logo is there.
func (l *loader) checkLogoFile() {
	if l.Brand.Logo == "" {
		return
	}
	info, err := os.Stat(l.Brand.Logo)
	switch {
	case err != nil:
		l.problemOf("brand.logo", "%q cannot be read: %v. Name a file that exists and that this user may read.", l.Brand.Logo, bare(err))
	case !info.Mode().IsRegular() || info.Size() > maxLogo:
		l.problemOf("brand.logo", "%q is no file, or bigger than %s. Every page carries it: give a small file.", l.Brand.Logo, byteSize(maxLogo))
	}
}

// maxLogo is what a page can bear.
const maxLogo = 256 << 10

// read reports whether the values of all these keys are known.
func (l *loader) read(paths ...string) bool {
	return !slices.ContainsFunc(paths, func(p string) bool { return l.unread[p] || l.texts[p] == "" })
}

// owasp are the least costs that OWASP advises for argon2id: any row will do.
var owasp = []struct{ memoryKiB, time int }{{47104, 1}, {19456, 2}, {12288, 3}, {9216, 4}, {7168, 5}}

// findWarnings notes what works, and should not stay as it is.
func (l *loader) findWarnings() {
	if a := l.Password.Argon2; !strongEnough(a) {
		l.warn("password.argon2 (memory_kib %d, time %d) is below what OWASP advises, 19456 and 2: stolen hashes are easier to guess.", a.MemoryKiB, a.Time)
	}
	if l.PublicURL.Scheme == "http" {
		l.warn("public_url %s is http: good for trying out on this machine, not for customers.", l.PublicURL.String())
	}
	if l.PublicURL.Scheme == "https" && len(l.TrustedProxies) == 0 {
		l.warn("trusted_proxies is empty: behind a proxy, all customers share that proxy's address and its limit. Name the proxy, like 127.0.0.1.")
	}
	for _, p := range l.TrustedProxies {
		if p.Bits() == 0 {
			l.warn("trusted_proxies has %s in it: everybody can choose the address that the limits see. Name your proxies only.", p)
		}
	}
	if mail := l.SMTPURL.Server(); mail.Security == smtpclient.NoTLS && !loopback(mail.Host) {
		l.warn("smtp_url says tls=none: mails with links travel in the open to %s.", mail.Host)
	}
	if u := l.DatabaseURL.server; u != nil && u.Query().Get("sslmode") == "disable" && u.Hostname() != "" && !loopback(u.Hostname()) {
		l.warn("database_url says sslmode=disable: data travels in the open to %s.", u.Hostname())
	}
	if host, _, err := net.SplitHostPort(l.MetricsListen); err == nil && !loopback(host) {
		l.warn("metrics_listen %s can be reached from other machines: let a firewall keep strangers out.", l.MetricsListen)
	}
	l.findHelpWarnings()
	if l.fileHasSecrets() {
		l.checkFileMode(l.file)
	}
	l.Warnings = unique(l.Warnings)
}

// fileHasSecrets reports whether the YAML file should be kept from others.
func (l *loader) fileHasSecrets() bool {
	return l.file != "" && slices.ContainsFunc(l.keys, func(k key) bool {
		return k.secret() && strings.HasPrefix(l.sources[k.path].where, l.file+":") &&
			(k.tag.Get("secret") == "yes" || strings.Contains(l.texts[k.path], "@"))
	})
}

func strongEnough(a argon2Config) bool {
	for _, row := range owasp {
		if a.MemoryKiB >= row.memoryKiB && a.Time >= row.time {
			return true
		}
	}
	return false
}

func unique(in []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range in {
		if s = strings.TrimSpace(s); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
