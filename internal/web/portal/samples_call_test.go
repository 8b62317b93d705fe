package portal_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func callSamples(p ui.Page) map[string]templ.Component {
	p.Person = sanne
	return map[string]templ.Component{
		"call":        portal.CallPage(portal.CallView{Page: p}),
		"call-number": portal.CallPage(portal.CallView{Page: p, PIN: desk.PIN{Digits: "012345", Expires: p.Now.Add(10 * time.Minute)}}),
	}
}
