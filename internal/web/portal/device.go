package portal

import (
	"net/http"

	"github.com/keyfold/keyfold/internal/web"
)

func (p *Portal) marks() web.Marks {
	return web.Marks{Cookies: p.cookies(), Cookie: deviceCookie, Sign: p.deviceTag}
}

// device is the mark that this browser has for a name; empty without one.
func (p *Portal) device(r *http.Request, name string) string { return p.marks().Of(r, name) }

// remember marks this browser for a name.
func (p *Portal) remember(w http.ResponseWriter, r *http.Request, name string) {
	p.marks().Put(w, r, name, p.Now())
}

func (p *Portal) deviceTag(name, nonce string) string {
	return p.Registration.Key.Tag("device", name, nonce)
}
