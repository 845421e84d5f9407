// Package apigateway stands in for the two API Gateways on one machine: [REST]
// for the public API v2.0 and [HTTP] for the management API. Each turns a
// request into the event that AWS would send, calls the very Lambda handler
// that runs there, and does with its answer what the gateway would do.
//
// Both decide on a request's path as it was sent. Nothing is cleaned, decoded
// or redirected on the way to the authorizer.
package apigateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/route"
)

// Limits of both gateways.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const (
	maxHeaders   = 10_240 // bytes of all names and values, at an HTTP API together with the request line
	maxBody      = 10 << 20
	maxMethodARN = 1_600 // bytes

	authorizerTimeout  = 10 * time.Second // what the authorizer's function is given
	integrationTimeout = 29 * time.Second
)

// RESTConfig says what stands behind a [REST] API. Every field without a word
// to the contrary is required.
type RESTConfig struct {
	// Authorizer is the REQUEST authorizer, without any cache.
	Authorizer func(context.Context, *gateway.AuthorizerRequest) (*gateway.AuthorizerResponse, error)
	// Introspect answers `GET /token`.
	Introspect Lambda
	// Upstream is the API that is protected: [Lambda], [Echo] or [Proxy].
	Upstream Upstream
	// ServesV1 hands /v1 to the upstream instead of telling to use API v2.
	ServesV1 bool
	// ForwardAuthorization lets HTTP upstreams see the token.
	ForwardAuthorization bool
	// ThroughJSON sends every event and answer as the JSON that AWS would,
	// where otherwise structs are handed over.
	ThroughJSON bool
	Log         *slog.Logger
}

// REST is the public API: a REST API of stage "v2" with a greedy proxy behind
// a REQUEST authorizer. It must be served by a server of [NewServer].
type REST struct {
	config RESTConfig
	ask    func(context.Context, *call) (*gateway.AuthorizerResponse, error)

	authorizerTimeout, integrationTimeout time.Duration
}

// NewREST makes the API of config.
func NewREST(config RESTConfig) *REST {
	g := &REST{config: config, authorizerTimeout: authorizerTimeout, integrationTimeout: integrationTimeout}
	g.ask = func(ctx context.Context, c *call) (*gateway.AuthorizerResponse, error) {
		event := gateway.NewAuthorizerRequest(c.arn, c.resource, c.r.Method, c.path, c.r.Header["Authorization"])
		return config.Authorizer(ctx, event.From(address(c.r), text(c.r.UserAgent())))
	}
	if config.ThroughJSON {
		g.ask = askThroughJSON(config.Authorizer)
		g.config.Introspect = throughJSON(config.Introspect)
		if handler, ok := config.Upstream.(Lambda); ok {
			g.config.Upstream = Lambda(throughJSON(handler))
		}
	}
	return g
}

// call is one request on its way through the API.
type call struct {
	*REST
	r        *http.Request
	id       string
	path     string // as it was sent
	query    string // as it was sent, without the question mark
	resource string // template that the path fell to
	arn      string // of the method, with the path as it was sent
	body     []byte
	allowed  *gateway.AuthorizerResponse // what the authorizer answered
}

// The resources of the API that have an authorizer.
const (
	introspection = gateway.IntrospectionResource
	proxy         = "/{proxy+}"
)

// ServeHTTP answers one request.
func (g *REST) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{REST: g, r: r, id: newRequestID()}
	c.path, c.query, _ = strings.Cut(r.RequestURI, "?")
	w.Header().Set(requestIDHeader, c.id)
	switch {
	case !isAny(r.Method):
		w.Header().Set("Allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
		c.problem(w, problem.New(problem.MethodNotAllowed))
	case !strings.HasPrefix(c.path, "/"): // the absolute form, the authority form or "*"
		c.problem(w, problem.New(problem.BadRequest).With("The request target must be a path."))
	case headerSize(r) > maxHeaders:
		c.problem(w, problem.New(problem.HeadersTooLarge))
	default:
		c.dispatch(w)
	}
}

// dispatch finds the resource. One slash at the end of a path is stripped, as
// the real gateway does.
func (c *call) dispatch(w http.ResponseWriter) {
	switch path := route.TrimSlash(c.path); {
	case path == catalog.HealthPath && c.r.Method == http.MethodGet:
		c.respond(w, &gateway.Response{
			Status: http.StatusOK,
			Header: map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"},
			Body:   []byte(`{"status":"ok"}`),
		})
	case path == catalog.TokenPath && c.r.Method == http.MethodGet:
		c.through(w, introspection, c.config.Introspect)
	case path == catalog.HealthPath, path == catalog.TokenPath, c.path == "/":
		c.refuse(w, "MISSING_AUTHENTICATION_TOKEN")
	case !c.config.ServesV1 && (path == catalog.V1Path || strings.HasPrefix(path, catalog.V1Path+"/")):
		c.problem(w, problem.New(problem.UseAPIv2))
	default:
		c.through(w, proxy, c.config.Upstream)
	}
}

// through lets the call reach upstream if the authorizer allows it. The body
// is not read before that.
func (c *call) through(w http.ResponseWriter, resource string, upstream Upstream) {
	c.resource, c.arn = resource, arnPrefix+c.r.Method+c.path
	if len(c.arn) > maxMethodARN {
		p := problem.New(problem.BadRequest).With("The path is too long.")
		p.Status = http.StatusRequestURITooLong
		c.problem(w, p)
		return
	}
	if refusal := c.authorize(); refusal != "" {
		c.refuse(w, refusal)
		return
	}
	var tooLarge *http.MaxBytesError
	switch err := c.readBody(w); {
	case errors.As(err, &tooLarge):
		c.refuse(w, "REQUEST_TOO_LARGE")
	case err != nil:
		c.refuse(w, "BAD_REQUEST_BODY")
	default:
		upstream.serve(w, c)
	}
}

func (c *call) readBody(w http.ResponseWriter) (err error) {
	if c.r.Body == http.NoBody {
		return nil
	}
	if c.r.ContentLength > maxBody {
		return &http.MaxBytesError{Limit: maxBody}
	}
	c.body, err = io.ReadAll(http.MaxBytesReader(w, c.r.Body, maxBody))
	return err
}

// isAny reports whether ANY of a REST API covers the method.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-simple-proxy.html
func isAny(method string) bool {
	switch method {
	case "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT":
		return true
	}
	return false
}

// headerSize is how many bytes the names and values of all headers have.
func headerSize(r *http.Request) int {
	size := len("Host") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}
