package care

import (
	"errors"
	"net/http"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
)

// An errorKind is a page that says what went wrong. Its texts have the IDs
// "care.error_" and the kind, with "_title" or "_lede".
type errorKind string

const (
	notFound    errorKind = "not_found"
	elsewhere   errorKind = "elsewhere" // the form is from another site
	sessionOver errorKind = "session_over"
	refused     errorKind = "refused" // the refusal says why
	tooFast     errorKind = "slow"
	busy        errorKind = "busy"
	fault       errorKind = "fault"
	method      errorKind = "method"
	tooLarge    errorKind = "too_large"
)

// fail is the page for a request that did not work out.
func (d *Desk) fail(w http.ResponseWriter, r *http.Request, f web.Failure) {
	view, status := ErrorView{Reference: f.Reference, Kind: kindOf(f.Err)}, f.Status
	if reasons := keyfold.Refused(f.Err); len(reasons) > 0 {
		view.Why = reasons[0]
		if wait := reasons[0].RetryAfter; wait > 0 {
			w.Header().Set("Retry-After", web.Seconds(wait))
		}
	}
	switch view.Kind {
	case tooFast:
		if view.Why == nil {
			w.Header().Set("Retry-After", web.Seconds(time.Minute))
		}
	case busy:
		status = http.StatusServiceUnavailable
	default:
	}
	if err := d.showError(w, r, status, view); err != nil {
		d.Log.ErrorContext(r.Context(), "error page failed", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// kindOf is which page an error is told on.
func kindOf(err error) errorKind {
	reasons := keyfold.Refused(err)
	switch {
	case errors.Is(err, web.ErrCrossSite), errors.Is(err, web.ErrBadRequest):
		return elsewhere
	case errors.Is(err, web.ErrNoRoute), len(reasons) > 0 && reasons[0].Kind == keyfold.NotFound:
		return notFound
	case errors.Is(err, web.ErrMethod):
		return method
	case errors.Is(err, web.ErrTooLarge):
		return tooLarge
	case errors.Is(err, web.ErrFlood), len(reasons) > 0 && reasons[0].Kind == keyfold.Slow:
		return tooFast
	case store.Unavailable(err), len(reasons) > 0 && reasons[0].Kind == keyfold.Busy:
		return busy
	case len(reasons) > 0:
		return refused
	}
	return fault
}

// showError asks for no session: the page must come when nothing else does.
func (d *Desk) showError(w http.ResponseWriter, r *http.Request, status int, view ErrorView) error {
	view.Page = d.door(r)
	return web.Render(w, r, status, ErrorPage(view))
}
