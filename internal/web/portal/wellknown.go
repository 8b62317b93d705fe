package portal

import (
	"fmt"
	"net/http"
	"time"
)

// changePassword is where password managers send people.
func (p *Portal) changePassword(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/passwordReset/request", http.StatusSeeOther)
	return nil
}

// securityFor is how long security.txt holds: RFC 9116 wants less than a year.
const securityFor = 180 * 24 * time.Hour

// showSecurity is security.txt: whom to tell of a hole.
func (p *Portal) showSecurity(w http.ResponseWriter, _ *http.Request) error {
	contact := p.Site.SecurityContact
	if contact == "" && p.Site.SupportEmail != "" {
		contact = "mailto:" + p.Site.SupportEmail
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if contact == "" {
		contact = p.Site.PublicURL.JoinPath("/login").String()
	}
	// By the day: two replicas, or two moments, give the same text.
	until := p.Now().UTC().Truncate(24 * time.Hour).Add(securityFor)
	_, _ = fmt.Fprintf(w, "Contact: %s\nExpires: %s\nPreferred-Languages: en, nl, de\nCanonical: %s\n",
		contact, until.Format(time.RFC3339), p.Site.PublicURL.JoinPath("/.well-known/security.txt"))
	return nil
}
