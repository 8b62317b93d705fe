package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/token"
)

// Marks tell the browsers apart that have logged in with a name: their tries are
// counted apart from everybody else's, so that who guesses from elsewhere cannot
// keep the holder out. A mark opens nothing.
type Marks struct {
	Cookies Cookies
	Cookie  string                          // its name
	Sign    func(name, nonce string) string // so that nobody makes one up
}

const (
	markFor = 180 * 24 * time.Hour
	marks   = 4 // names in one browser
)

// Of is the mark that a browser has for a name; empty without one.
func (m Marks) Of(r *http.Request, name string) string {
	for mark := range strings.SplitSeq(m.Cookies.Get(r, m.Cookie), ".") {
		nonce, tag, _ := strings.Cut(mark, ":")
		if nonce != "" && tag == m.Sign(name, nonce) {
			return nonce
		}
	}
	return ""
}

// Put marks a browser for a name.
func (m Marks) Put(w http.ResponseWriter, r *http.Request, name string, now time.Time) {
	if m.Of(r, name) != "" {
		return
	}
	nonce := token.New().Reveal()[:16]
	all := []string{nonce + ":" + m.Sign(name, nonce)}
	for mark := range strings.SplitSeq(m.Cookies.Get(r, m.Cookie), ".") {
		if mark != "" && len(mark) < 80 && len(all) < marks {
			all = append(all, mark)
		}
	}
	m.Cookies.Set(w, m.Cookie, strings.Join(all, "."), now.Add(markFor))
}
