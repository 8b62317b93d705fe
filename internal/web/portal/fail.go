package portal

import (
	"errors"
	"net/http"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// fail is the page for a request that did not work out.
func (p *Portal) fail(w http.ResponseWriter, r *http.Request, f web.Failure) {
	view, status := ErrorView{Reference: f.Reference}, f.Status
	view.Kind, view.RetryAfter = failurePage(f.Err)
	if reasons := keyfold.Refused(f.Err); len(reasons) > 0 {
		view.Why = reasons[0].Text
	}
	if view.Kind == Unavailable {
		status = http.StatusServiceUnavailable
	}
	if view.RetryAfter > 0 {
		w.Header().Set("Retry-After", web.Seconds(view.RetryAfter))
	}
	if err := p.showError(w, r, status, view); err != nil {
		p.Log.ErrorContext(r.Context(), "error page failed", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// failurePage is which page an error is told on, and when to come back.
func failurePage(err error) (ErrorKind, time.Duration) {
	reasons := keyfold.Refused(err)
	switch {
	case errors.Is(err, web.ErrCrossSite), errors.Is(err, web.ErrBadRequest):
		return Forbidden, 0
	case errors.Is(err, web.ErrNoRoute):
		return NotFound, 0
	case errors.Is(err, web.ErrMethod):
		return Method, 0
	case errors.Is(err, web.ErrTooLarge):
		return TooLarge, 0
	case errors.Is(err, web.ErrFlood):
		return Slow, time.Minute
	case len(reasons) > 0:
		return refusedPage(reasons[0])
	case store.Unavailable(err):
		return Unavailable, 30 * time.Second
	}
	return Fault, 0
}

func refusedPage(reason *keyfold.Refusal) (ErrorKind, time.Duration) {
	switch reason.Kind {
	case keyfold.Slow:
		return Slow, reason.RetryAfter
	case keyfold.Busy:
		return Busy, reason.RetryAfter
	case keyfold.NotFound:
		return NotFound, 0
	case keyfold.Invalid, keyfold.Denied, keyfold.Conflict, keyfold.Gone:
	}
	return Forbidden, 0
}

func (p *Portal) showError(w http.ResponseWriter, r *http.Request, status int, view ErrorView) error {
	view.Page = p.page(w, r)
	view.Cookie = view.Cookie && view.Kind != SessionOver
	view.Answers = answersTo(view)
	return web.Render(w, r, status, ErrorPage(view))
}

// near is the refusal whose article says most about an error page that has none
// of its own.
var near = map[ErrorKind]string{
	NotFound: "link.unknown", Slow: "login.slow", Busy: "login.slow",
	Forbidden: "login.failed", Cookies: "login.failed", WrongBrowser: "login.failed", SessionOver: "login.failed", Method: "login.failed",
}

// answersTo is the article about an error page: about the reason, about the page,
// or about what is near it.
func answersTo(v ErrorView) []ui.HelpLink {
	if v.Help.Answer == nil {
		return nil
	}
	for _, id := range []string{v.Why, "error." + string(v.Kind), near[v.Kind]} {
		if link, ok := v.Help.Answer(id); ok {
			return []ui.HelpLink{link}
		}
	}
	return nil
}

// retryAfter tells machines what the page tells people.
func retryAfter(w http.ResponseWriter, reasons keyfold.Refusals) {
	if len(reasons) > 0 && reasons[0].RetryAfter > 0 {
		w.Header().Set("Retry-After", web.Seconds(reasons[0].RetryAfter))
	}
}
