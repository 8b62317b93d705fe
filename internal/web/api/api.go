// Package api is what programs of customers see: with an API key they read one
// account. It describes itself at /api/v1/openapi.json. Keys are made in the
// portal.
package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
)

// An API serves the accounts of keys.
type API struct {
	Keys      *apikey.Service
	Read      store.Reader
	Texts     *locale.Catalog
	Entities  keyfold.Entities
	PublicURL *url.URL
	Language  keyfold.Language // for programs that want none of ours
	Clients   web.Clients
	Flood     *web.Flood
	Log       *slog.Logger
	Now       func() time.Time
	Observe   func(route string, status int, took time.Duration)
}

// base is where all of it is.
const base = "/api/v1"

// CorrelationHeader names a request in each answer, and in the log.
const CorrelationHeader = "X-Correlation-Id"

// Handler serves the API, behind the same protection as the pages.
func (a *API) Handler() (http.Handler, error) {
	routes, err := a.Routes()
	if err != nil {
		return nil, err
	}
	s := &web.Server{
		Routes: routes, PublicURL: a.PublicURL, Clients: a.Clients, Flood: a.Flood, Log: a.Log, Now: a.Now, Fail: a.fail, Observe: a.Observe,
	}
	return s.Handler(), nil
}

// Routes is every door of the API, and who may go through it.
func (a *API) Routes() ([]web.Route, error) {
	d := &doors{api: a}
	described := huma.NewAPI(config(a.PublicURL), d)
	a.operations(described)
	doc, err := documents(described.OpenAPI())
	if err != nil {
		return nil, err
	}
	for _, document := range doc {
		d.routes = append(d.routes, web.Route{Pattern: "GET " + base + document.path, Guarded: web.Anyone(document.serve)})
	}
	for i, route := range d.routes {
		d.routes[i].Guarded = web.Guard(route.Who(), func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set(CorrelationHeader, web.Reference(r))
			return route.Handle(w, r)
		})
	}
	return d.routes, nil
}

// A document is the description of the API in one form.
type document struct {
	path, kind string
	body       []byte
}

func documents(d *huma.OpenAPI) ([]document, error) {
	// Huma's own form of an error is not ours.
	delete(d.Components.Schemas.Map(), "ErrorModel")
	delete(d.Components.Schemas.Map(), "ErrorDetail")
	asJSON, err := d.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("api: describe: %w", err)
	}
	asYAML, err := d.YAML()
	if err != nil {
		return nil, fmt.Errorf("api: describe: %w", err)
	}
	return []document{
		{"/openapi.json", "application/openapi+json", asJSON},
		{"/openapi.yaml", "application/openapi+yaml", asYAML},
	}, nil
}

func (d document) serve(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", d.kind)
	_, _ = w.Write(d.body)
	return nil
}
