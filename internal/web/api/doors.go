package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/web"
)

// doors makes routes of ours out of what huma describes, so that the server of
// the pages serves them too, and each has a guard.
type doors struct {
	api    *API
	routes []web.Route
}

// scopeOf is where an operation says which scope it needs.
const scopeOf = "scope"

// Handle takes an operation from huma.
func (d *doors) Handle(op *huma.Operation, do func(huma.Context)) {
	route := web.Route{Pattern: op.Method + " " + op.Path}
	if scope, ok := op.Metadata[scopeOf].(keyfold.Scope); ok {
		route.Guarded = d.api.reads(scope, op, do)
	} else {
		route.Guarded = web.Anyone(func(w http.ResponseWriter, r *http.Request) error {
			return answer(w, r, &call{}, op, do)
		})
	}
	d.routes = append(d.routes, route)
}

// ServeHTTP is not how anything is served here; huma wants to have it.
func (*doors) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
}

// reads lets in who comes with a key that may read something.
func (a *API) reads(scope keyfold.Scope, op *huma.Operation, do func(huma.Context)) web.Guarded {
	return web.Guard("key with scope "+string(scope), func(w http.ResponseWriter, r *http.Request) error {
		var key string
		if sent := r.Header.Values("Authorization"); len(sent) == 1 { // of two, nobody knows which one counts
			key = sent[0]
		}
		at, err := a.Keys.Open(r.Context(), web.From(r).String(), key, scope)
		if err != nil {
			return err
		}
		return answer(w, r, &call{at: at}, op, do)
	})
}

// A call is one request on its way through huma, which hands a handler nothing
// but a context.
type call struct {
	at  apikey.Visit
	err error // of the handler
}

type callKey struct{}

// A page takes what huma writes, so that an answer is sent whole or not at all,
// and errors are told in our own way.
type page struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (p *page) Header() http.Header         { return p.header }
func (p *page) WriteHeader(status int)      { p.status = status }
func (p *page) Write(b []byte) (int, error) { return p.body.Write(b) }

func answer(w http.ResponseWriter, r *http.Request, c *call, op *huma.Operation, do func(huma.Context)) error {
	if err := readable(r); err != nil {
		return err
	}
	p := &page{header: http.Header{}, status: http.StatusOK}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	do(humago.NewContext(op, r, p))
	switch {
	case c.err != nil && keyfold.Refused(c.err) != nil:
		return fmt.Errorf("api: %s: unexpected: %s", op.OperationID, c.err.Error())
	case c.err != nil:
		return c.err
	case p.status == http.StatusUnprocessableEntity:
		return parameters(p.body.Bytes())
	case p.status != http.StatusOK:
		return fmt.Errorf("api: %s: status %d: %s", op.OperationID, p.status, p.body.String())
	}
	w.Header().Set("Content-Type", p.header.Get("Content-Type"))
	_, _ = w.Write(p.body.Bytes())
	return nil
}

// readable refuses what two readers may understand differently, and who wants
// something else than JSON.
func readable(r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return web.ErrBadRequest
	}
	for _, values := range query {
		if len(values) > 1 {
			return web.ErrBadRequest
		}
	}
	if !acceptsJSON(r.Header.Values("Accept")) {
		return keyfold.Refuse(keyfold.Invalid, "api.accept")
	}
	return nil
}

// parameters are the reasons why huma did not like the request. It repeats what
// was sent; we do not.
func parameters(body []byte) error {
	var said struct {
		Errors []struct{ Message, Location string }
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return fmt.Errorf("api: %w", err)
	}
	reasons := keyfold.Refusals{}
	for _, e := range said.Errors {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "api.parameters").On(e.Location).With("Why", e.Message))
	}
	if len(reasons) == 0 {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "api.parameters"))
	}
	return reasons
}

// get describes a GET that needs a scope, and gives its handler the visit: no
// key, no visit, no call.
func get[I, O any](h huma.API, op huma.Operation, scope keyfold.Scope, do func(ctx context.Context, at apikey.Visit, in *I) (O, error)) {
	op.Method, op.Path = http.MethodGet, base+op.Path
	op.Metadata = map[string]any{scopeOf: scope}
	op.Security = []map[string][]string{{keySecurity: {string(scope)}}}
	op.Responses = refusedAs(h, problemsWithKey()...)
	huma.Register(h, op, func(ctx context.Context, in *I) (*body[O], error) {
		c := ctx.Value(callKey{}).(*call)
		var out body[O]
		out.Body, c.err = do(ctx, c.at, in)
		return &out, c.err
	})
}

// A body is what huma wants around an answer.
type body[O any] struct{ Body O }
