package api

import (
	"context"
	_ "embed" // for the pages below
	"net/http"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// Route is a path that is answered without sign-in.
type Route struct {
	Method  string
	Path    string
	Handler gateway.Handler
}

var (
	//go:embed openapi.json
	description []byte
	//go:embed docs/index.html
	page []byte
	//go:embed docs/openapi-explorer.min.js
	viewer []byte
)

// pagePolicy lets the page load what is served beside it, and nothing else. The
// viewer styles itself from its script.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
	"img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// PublicRoutes are the API's description, the page that shows it, and the sign
// of life. It is a function, so that handlers that serve none of it don't carry
// the files.
func PublicRoutes() []Route {
	const short, long = "public, max-age=300", "public, max-age=86400"
	return []Route{
		{"GET", "/openapi.json", fixed("application/json", short, description)},
		{"GET", "/docs", fixed("text/html; charset=utf-8", short, page)},
		{"GET", "/docs/openapi-explorer.min.js", fixed("text/javascript; charset=utf-8", long, viewer)},
		{"GET", "/healthz", fixed("application/json", "no-store", []byte(`{"status":"ok"}`))},
	}
}

// fixed answers every request with the same body.
func fixed(contentType, caching string, body []byte) gateway.Handler {
	return func(context.Context, *gateway.Request) *gateway.Response {
		return &gateway.Response{
			Status: http.StatusOK,
			Header: map[string]string{
				"Content-Type":            contentType,
				"Cache-Control":           caching,
				"Content-Security-Policy": pagePolicy,
				"X-Content-Type-Options":  "nosniff",
				"Referrer-Policy":         "no-referrer",
			},
			Body: body,
		}
	}
}
