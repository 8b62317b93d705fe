package api

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// keySecurity is what the description calls a key.
const keySecurity = "key"

// version is that of the description. What is there stays as it is as long as
// the address has a 1 in it; more may come.
const version = "1.0.0"

const about = `Reads one customer account, with an API key of it. Nothing can be changed.

A key is made on the page API keys of the account, by its owner or an admin. It says which account is read, and its scopes say what of it.
Fields may be added to answers: read what you know, and leave the rest.`

// config is what huma needs to know. It serves nothing by itself: no page with
// scripts of others, and no schema whose address comes from the request.
func config(public *url.URL) huma.Config {
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Keyfold customer API", Version: version, Description: about,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Servers: []*huma.Server{{URL: strings.TrimSuffix(public.String(), "/")}},
			Tags: []*huma.Tag{
				{Name: "account", Description: "What a key reads."},
				{Name: "about", Description: "What needs no key."},
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{keySecurity: {
					Type: "http", Scheme: "bearer",
					Description: "An API key of the account. The names beside it are the scopes that it needs.",
				}},
			},
		},
		Formats: huma.DefaultFormats, DefaultFormat: "application/json",
		RejectUnknownQueryParameters: true,
	}
	c.AllowAdditionalPropertiesByDefault = true // programs of today read answers of tomorrow
	return c
}

// problemsWithKey are the kinds of problems of an operation that needs a key.
func problemsWithKey() []kind {
	return slices.DeleteFunc(kinds(), func(k kind) bool { return !k.keyed })
}

// refusedAs describes the answers that are problems, and the headers of all.
func refusedAs(h huma.API, all ...kind) map[string]*huma.Response {
	schema := h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	responses := map[string]*huma.Response{"200": {Description: "The answer", Headers: correlated()}}
	for _, k := range all {
		status := strconv.Itoa(k.status)
		if there := responses[status]; there != nil {
			there.Description += ", or: " + describe(k)
			continue
		}
		response := &huma.Response{
			Description: describe(k), Headers: correlated(),
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
		}
		switch k.status {
		case http.StatusUnauthorized:
			response.Headers["WWW-Authenticate"] = header("Bearer, and nothing more: what is wrong with the key is not told", true)
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			response.Headers["Retry-After"] = &huma.Param{Description: "Seconds until it makes sense to come back", Required: true, Schema: &huma.Schema{Type: "integer"}}
		}
		responses[status] = response
	}
	return responses
}

func describe(k kind) string { return k.title + " (`" + k.code + "`)" }

func correlated() map[string]*huma.Param {
	return map[string]*huma.Param{CorrelationHeader: header("Names this request", true)}
}

func header(what string, always bool) *huma.Param {
	return &huma.Param{Description: what, Required: always, Schema: &huma.Schema{Type: "string"}}
}
