package portal_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// bounces are the pages of a mail that did not arrive.
func bounces(p ui.Page) map[string]templ.Component {
	lost := portal.CheckMailView{Page: p, CustomerID: id, Email: sanne, Sent: noon, Until: noon.Add(24 * time.Hour), Sender: sender, Lost: true}
	late, again := lost, lost
	late.Lost, late.Late = false, true
	again.SentAgain = true
	return map[string]templ.Component{
		"check-lost":       portal.CheckMailPage(lost),
		"check-lost-again": portal.CheckMailPage(again),
		"check-late":       portal.CheckMailPage(late),
	}
}
