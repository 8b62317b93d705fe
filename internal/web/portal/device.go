package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/token"
)

// A browser that has logged in with a name, or reset its password, carries a
// mark of it: its tries are counted apart from everybody else's, so that who
// guesses from elsewhere cannot keep the holder out. The mark opens nothing.
const (
	deviceFor   = 180 * 24 * time.Hour
	deviceMarks = 4 // names in one browser
)

// device is the mark that this browser has for a name; empty without one.
func (p *Portal) device(r *http.Request, name string) string {
	for mark := range strings.SplitSeq(p.cookies().Get(r, deviceCookie), ".") {
		nonce, tag, _ := strings.Cut(mark, ":")
		if nonce != "" && tag == p.deviceTag(name, nonce) {
			return nonce
		}
	}
	return ""
}

// remember marks this browser for a name.
func (p *Portal) remember(w http.ResponseWriter, r *http.Request, name string) {
	if p.device(r, name) != "" {
		return
	}
	nonce := token.New().Reveal()[:16]
	marks := []string{nonce + ":" + p.deviceTag(name, nonce)}
	for mark := range strings.SplitSeq(p.cookies().Get(r, deviceCookie), ".") {
		if mark != "" && len(mark) < 80 && len(marks) < deviceMarks {
			marks = append(marks, mark)
		}
	}
	p.cookies().Set(w, deviceCookie, strings.Join(marks, "."), p.Now().Add(deviceFor))
}

func (p *Portal) deviceTag(name, nonce string) string {
	return p.Registration.Key.Tag("device", name, nonce)
}
