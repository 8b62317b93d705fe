package portal_test

import (
	"github.com/a-h/templ"

	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func legacyPages(p ui.Page) map[string]templ.Component {
	return map[string]templ.Component{
		"legacy-down":         portal.LegacyDownPage(portal.LegacyDownView{Page: p, CustomerID: id}),
		"stopped-contactless": portal.AccountStoppedPage(portal.AccountStoppedView{Page: p, CustomerID: id, Why: portal.StoppedContactless}),
	}
}
