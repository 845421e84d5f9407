package apigateway

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/pkg/route"
)

// HTTPConfig says what stands behind an [HTTP] API.
type HTTPConfig struct {
	Routes []Route
	// Greedy is the route with the template "/{proxy+}", which requests of its
	// method fall to that no other fits; nil: there is none.
	Greedy *Route
	// Verify is the JWT authorizer: it gives the claims of a token that holds.
	// The text of a [*TokenError] is told to the client, that of other errors
	// is logged.
	Verify func(ctx context.Context, bearer string) (claims map[string]any, err error)
	// ThroughJSON sends every event and answer as the JSON that AWS would,
	// where otherwise structs are handed over.
	ThroughJSON bool
	Log         *slog.Logger
}

// Route is a route of an HTTP API with the function behind it.
type Route struct {
	Method   string
	Template string // of package route
	Handler  func(context.Context, *events.APIGatewayV2HTTPRequest) (*events.APIGatewayV2HTTPResponse, error)
	Public   bool // no JWT is asked for
}

// HTTP is the management API: an HTTP API with the stage $default, behind a JWT
// authorizer. It must be served by a server of [NewServer].
type HTTP struct {
	config HTTPConfig
	table  *route.Table
}

// NewHTTP makes the API of config. The error names the route that is wrong.
func NewHTTP(config HTTPConfig) (*HTTP, error) {
	h := &HTTP{config: config}
	routes := make([]route.Route, len(config.Routes))
	h.config.Routes = make([]Route, len(config.Routes))
	for n, r := range config.Routes {
		routes[n] = route.Route{Method: r.Method, Template: r.Template}
		if config.ThroughJSON {
			r.Handler = throughJSON(r.Handler)
		}
		h.config.Routes[n] = r
	}
	if config.Greedy != nil {
		greedy := *config.Greedy
		if config.ThroughJSON {
			greedy.Handler = throughJSON(greedy.Handler)
		}
		h.config.Greedy = &greedy
	}
	var err error
	if h.table, err = route.New(routes); err != nil {
		return nil, fmt.Errorf("HTTP API: %w", err)
	}
	return h, nil
}

// ServeHTTP answers one request.
func (h *HTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &httpCall{r: r, id: newRequestID()}
	c.path, c.query, _ = strings.Cut(r.RequestURI, "?")
	w.Header().Set("Apigw-Requestid", c.id)
	switch {
	case !strings.HasPrefix(c.path, "/"):
		message(w, http.StatusBadRequest)
	case len(r.Method+" "+r.RequestURI+" "+r.Proto)+headerSize(r) > maxHeaders:
		message(w, http.StatusRequestHeaderFieldsTooLarge)
	case !h.find(c):
		message(w, http.StatusNotFound)
	case !c.route.Public && !h.authenticate(w, c):
		message(w, http.StatusUnauthorized)
	default:
		h.call(w, c)
	}
}

// httpCall is one request on its way through the API.
type httpCall struct {
	r      *http.Request
	id     string
	path   string // as it was sent
	query  string // as it was sent, without the question mark
	route  *Route
	params map[string]string
	claims map[string]string
	body   []byte
}

// find looks for the route.
func (h *HTTP) find(c *httpCall) bool { return h.findExact(c) || h.findGreedy(c) }

// findExact looks for one other than the greedy one. Here no path with an escape
// has a route, so that the path is the decoded one as well. One slash at its end
// is not significant.
func (h *HTTP) findExact(c *httpCall) bool {
	n, err := h.table.Match(c.r.Method, c.path)
	if err != nil {
		return false
	}
	c.route = &h.config.Routes[n]
	c.params, _ = route.Params(c.route.Template, c.path)
	for _, value := range c.params {
		if strings.Trim(value, parameterAlphabet) != "" {
			return false
		}
	}
	return true
}

// findGreedy decodes the path, as the real gateway does, after which an escaped
// "?" cuts it.
func (h *HTTP) findGreedy(c *httpCall) bool {
	if h.config.Greedy == nil || h.config.Greedy.Method != c.r.Method || c.path == "/" {
		return false
	}
	decoded, err := url.PathUnescape(c.path)
	if err != nil {
		return false
	}
	c.path, _, _ = strings.Cut(decoded, "?")
	c.path = text(c.path)
	c.route, c.params = h.config.Greedy, map[string]string{"proxy": c.path[1:]}
	return true
}

// parameterAlphabet is what a path parameter may be made of.
const parameterAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// call hands the request to the route's function.
func (h *HTTP) call(w http.ResponseWriter, c *httpCall) {
	var err error
	var tooLarge *http.MaxBytesError
	c.body, err = io.ReadAll(http.MaxBytesReader(w, c.r.Body, maxBody))
	switch {
	case errors.As(err, &tooLarge):
		message(w, http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		message(w, http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), integrationTimeout)
	defer cancel()
	response, body, err := invokeHTTP(ctx, c)
	if err != nil {
		h.config.Log.Error("the function failed", "requestId", c.id, "route", c.routeKey(), "error", err)
		message(w, http.StatusInternalServerError)
		return
	}
	header := w.Header()
	for name, value := range response.Headers {
		switch http.CanonicalHeaderKey(name) {
		case "Connection", "Content-Length", "Transfer-Encoding": // the gateway's own affair
		default:
			header.Set(name, value)
		}
	}
	for _, cookie := range response.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	if len(body) > 0 && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	write(w, response.StatusCode, body)
}

// invokeHTTP calls the function and makes an error of a panic and of an answer
// that API Gateway would not take.
func invokeHTTP(ctx context.Context, c *httpCall) (response *events.APIGatewayV2HTTPResponse, body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	response, err = c.route.Handler(ctx, c.event(time.Now().UTC()))
	switch {
	case err != nil:
	case response == nil:
		err = errors.New("its answer is null")
	case response.StatusCode < 200 || response.StatusCode > 599:
		err = fmt.Errorf("its answer has the status %d", response.StatusCode)
	case response.IsBase64Encoded:
		body, err = base64.StdEncoding.DecodeString(response.Body)
	default:
		body = []byte(response.Body)
	}
	return response, body, err
}

func (c *httpCall) routeKey() string { return c.route.Method + " " + c.route.Template }

// message is the answer of the gateway's own to a status.
func message(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	write(w, status, []byte(`{"message":"`+http.StatusText(status)+`"}`))
}
