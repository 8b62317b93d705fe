package portal

import (
	"net/http"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A StoppedKind is why a right password helps nobody on.
type StoppedKind string

// The kinds.
const (
	StoppedFrozen      StoppedKind = "frozen"
	StoppedClosed      StoppedKind = "closed"
	StoppedContactless StoppedKind = "contactless" // nobody could be told
)

// stoppedBy are the refusals of a login that tell who is right that only care
// can help.
var stoppedBy = map[string]StoppedKind{
	"account.frozen": StoppedFrozen, "account.closed": StoppedClosed, "legacy.no_contact": StoppedContactless,
}

// stopped shows the page of a refusal that has one.
func (p *Portal) stopped(w http.ResponseWriter, r *http.Request, id keyfold.CustomerID, err error) error {
	for text, why := range stoppedBy {
		if keyfold.RefusedAs(err, text) {
			view := AccountStoppedView{Page: p.page(w, r), CustomerID: id.String(), Why: why}
			return web.Render(w, r, http.StatusForbidden, AccountStoppedPage(view))
		}
	}
	return err
}

func (v AccountStoppedView) text(part string) string { return "stopped." + string(v.Why) + "." + part }

func (v AccountStoppedView) icon() string {
	switch v.Why {
	case StoppedFrozen:
		return "pause"
	case StoppedContactless:
		return "mail"
	case StoppedClosed:
	}
	return "lock"
}

func (v AccountStoppedView) tone() string {
	if v.Why == StoppedClosed {
		return ""
	}
	return "warn"
}

// A LegacyDownView is for who cannot be let in or refused, because the old
// system does not answer. It is the same for every customer ID.
type LegacyDownView struct {
	ui.Page
	CustomerID string
}

func (p *Portal) showLegacyDown(w http.ResponseWriter, r *http.Request, id keyfold.CustomerID, why error) error {
	retryAfter(w, keyfold.Refused(why))
	view := LegacyDownView{Page: p.page(w, r), CustomerID: id.String()}
	return web.Render(w, r, http.StatusServiceUnavailable, LegacyDownPage(view))
}
