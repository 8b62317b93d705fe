package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
)

// A Problem is an answer that something did not work out, as RFC 9457 has it.
type Problem struct {
	Type          string         `json:"type" format:"uri" doc:"Names the kind of problem, and leads to the list of all kinds."`
	Title         string         `json:"title" doc:"What kind of problem it is, in English."`
	Status        int            `json:"status" minimum:"400" maximum:"599"`
	Detail        string         `json:"detail" doc:"What happened this time, in English."`
	ErrorCode     string         `json:"errorCode" pattern:"^[a-z_]+\\.[a-z_]+$" doc:"For programs. It never changes."`
	CorrelationID string         `json:"correlationId" minLength:"1" doc:"Names this request. Give it to customer care with a fault of ours: they find it in the log."`
	UserMessage   string         `json:"userMessage" minLength:"1" doc:"What to show to a person, in the language of Accept-Language: English, Dutch or German."`
	Parameters    []BadParameter `json:"parameters,omitempty" nullable:"false" doc:"What cannot be used of the request."`
}

// A BadParameter is a part of a request that cannot be used.
type BadParameter struct {
	Name string `json:"name" doc:"Such as query.limit."`
	Why  string `json:"why" doc:"In English."`
}

// A kind is one kind of problem.
type kind struct {
	code   string // also the ID of its text
	status int
	title  string
	keyed  bool // a request with a key can end so
}

// kinds are all problems, by status.
func kinds() []kind {
	return []kind{
		{"api.malformed", http.StatusBadRequest, "The request cannot be read", true},
		{"key.unknown", http.StatusUnauthorized, "The key does not work", true},
		{"account.closed", http.StatusForbidden, "The account is closed", true},
		{"api.cross_site", http.StatusForbidden, "The request comes from another website", false},
		{"key.scope", http.StatusForbidden, "The key may not read this", true},
		{"api.no_route", http.StatusNotFound, "There is nothing here", false},
		{"api.method", http.StatusMethodNotAllowed, "This address answers GET only", false},
		{"api.accept", http.StatusNotAcceptable, "The answer is JSON", true},
		{"api.parameters", http.StatusUnprocessableEntity, "A parameter cannot be used", true},
		{"key.slow", http.StatusTooManyRequests, "Too many requests", true},
		{"api.fault", http.StatusInternalServerError, "A fault of ours", true},
		{"api.unavailable", http.StatusServiceUnavailable, "Not available for now", true},
	}
}

func kindOf(code string) kind {
	all := kinds()
	if i := slices.IndexFunc(all, func(k kind) bool { return k.code == code }); i >= 0 {
		return all[i]
	}
	return kindOf("api.fault")
}

func (a *API) typeOf(code string) string {
	return a.PublicURL.JoinPath(base, "problems").String() + "#" + code
}

// gone is the status of a request whose client went away: nobody reads the
// answer, and it is no fault of ours.
const gone = 499

// fail answers a request that did not work out.
func (a *API) fail(w http.ResponseWriter, r *http.Request, f web.Failure) {
	if f.Status == gone {
		w.WriteHeader(gone)
		return
	}
	reason, wait := reasonOf(f.Err)
	k := kindOf(reason.Text)
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	if challenge := challengeOf(reason); challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	p := Problem{
		Type: a.typeOf(k.code), Title: k.title, Status: k.status, ErrorCode: k.code, CorrelationID: web.Reference(r),
		Detail:      say(a.Texts.Printer(keyfold.English), k.code, reason.Args),
		UserMessage: say(a.Texts.Printer(locale.Match(r.Header.Get("Accept-Language"), a.Language.Or(keyfold.English))), k.code, reason.Args),
	}
	for _, bad := range keyfold.Refused(f.Err) {
		if bad.Field != "" {
			p.Parameters = append(p.Parameters, BadParameter{Name: bad.Field, Why: why(bad)})
		}
	}
	var body bytes.Buffer
	text := json.NewEncoder(&body)
	text.SetEscapeHTML(false)
	if err := text.Encode(p); err != nil { // a struct of texts
		panic(err)
	}
	w.Header().Set(CorrelationHeader, p.CorrelationID)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(k.status)
	_, _ = body.WriteTo(w)
}

// whenAway is when to try again what the database could not do.
const whenAway = 30 * time.Second

// reasonOf is an error as a refusal, and when to come back. What is not for the
// other end to know is a fault, and nothing more.
func reasonOf(err error) (*keyfold.Refusal, time.Duration) {
	text := "api.fault"
	reasons := keyfold.Refused(err)
	switch {
	case errors.Is(err, web.ErrBadRequest):
		text = "api.malformed"
	case errors.Is(err, web.ErrCrossSite):
		text = "api.cross_site"
	case errors.Is(err, web.ErrNoRoute):
		text = "api.no_route"
	case errors.Is(err, web.ErrMethod):
		text = "api.method"
	case errors.Is(err, web.ErrFlood):
		return keyfold.Refuse(keyfold.Slow, "key.slow").With("Wait", time.Minute), time.Minute
	case len(reasons) > 0:
		return reasons[0], reasons[0].RetryAfter
	case store.Unavailable(err):
		return keyfold.Refuse(keyfold.Busy, "api.unavailable").With("Wait", whenAway), whenAway
	}
	return keyfold.Refuse(keyfold.Invalid, text), 0
}

// challengeOf is what RFC 6750 has a client told about its key.
func challengeOf(reason *keyfold.Refusal) string {
	switch reason.Text {
	case "key.unknown":
		return "Bearer"
	case "key.scope":
		scope, _ := reason.Args[1].(string)
		return `Bearer error="insufficient_scope", scope="` + scope + `"`
	}
	return ""
}

func why(bad *keyfold.Refusal) string {
	for i := 0; i+1 < len(bad.Args); i += 2 {
		if s, ok := bad.Args[i+1].(string); ok && bad.Args[i] == "Why" {
			return s
		}
	}
	return ""
}

// say is a text with spans of time in words.
func say(p *locale.Printer, id string, args []any) string {
	said := slices.Clone(args)
	for i, arg := range said {
		if d, ok := arg.(time.Duration); ok {
			said[i] = p.Span(d)
		}
	}
	return p.Text(id, said...)
}
