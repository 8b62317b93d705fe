package care

import (
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A LoginView is the form for both proofs.
type LoginView struct {
	ui.Page
	ui.Form

	Notice string // message ID
	Email  string
}

// A MeView is one's own login.
type MeView struct {
	Page

	Since, Expires time.Time
	Origin         string
}

// A NotYoursView is for who comes to a door of another role.
type NotYoursView struct{ Page }

// An ErrorView is every page that says that something did not work.
type ErrorView struct {
	ui.Page

	Kind      errorKind
	Why       *keyfold.Refusal // nil: the kind says all
	Reference string
}

func (v ErrorView) text(part string) string { return "care.error_" + string(v.Kind) + "_" + part }

// said is what happened: the refusal in its own words, where it has any.
func (v ErrorView) said() string {
	if v.Why != nil && v.Kind != notFound && v.Kind != busy {
		return v.Refused(v.Why)
	}
	return v.Text(v.text("lede"))
}
