package web

import (
	"net/http"
	"time"
)

// Cookies sets and reads ours. Over https they have the prefix __Host-, which
// browsers accept only from this very host, for the whole of it. A demo on
// http://localhost cannot have that.
type Cookies struct{ HTTPS bool }

// Set gives the browser a value. Zero until is until the browser is closed.
func (c Cookies) Set(w http.ResponseWriter, name, value string, until time.Time) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: Secure is off for http://localhost only
		Name: c.name(name), Value: value, Path: "/", Expires: until,
		Secure: c.HTTPS, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Get is the value that the browser brought, or nothing.
func (c Cookies) Get(r *http.Request, name string) string {
	cookie, err := r.Cookie(c.name(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Drop takes a value back.
func (c Cookies) Drop(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: as above
		Name: c.name(name), Path: "/", MaxAge: -1, Secure: c.HTTPS, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (c Cookies) name(name string) string {
	if c.HTTPS {
		return "__Host-" + name
	}
	return name
}
