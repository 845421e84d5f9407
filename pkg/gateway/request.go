package gateway

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Request is a request as a handler sees it, whichever gateway it came through.
type Request struct {
	ID         string // of the gateway
	Method     string
	Host       string // the domain that was asked
	Path       string
	Params     map[string]string // of the path, not decoded further
	Query      url.Values
	RawQuery   string            // as it was sent; of HTTP APIs alone
	Header     map[string]string // names in lower case
	Cookies    []string          // "name=value"; of HTTP APIs alone, which keep them apart
	Body       []byte
	Address    string            // of the caller
	Claims     map[string]string // of the JWT that an HTTP API has checked; nil: none
	Authorizer map[string]string // what the authorizer of a REST API said; nil: nothing
}

// Response is what a handler answers.
type Response struct {
	Status  int
	Header  map[string]string
	Cookies []string // values of Set-Cookie; HTTP APIs alone hand them on
	Body    []byte
}

// Handler answers a request. It has no error: what went wrong is an answer too.
type Handler func(ctx context.Context, r *Request) *Response

// ProblemResponse is the answer that tells p.
func ProblemResponse(p problem.Problem) *Response {
	header := map[string]string{"Content-Type": problem.ContentType, "Cache-Control": "no-store"}
	if p.Status == http.StatusServiceUnavailable {
		header["Retry-After"] = retryAfter
	}
	return &Response{Status: p.Status, Header: header, Body: p.JSON()}
}

// answerOf calls h. A panic is logged and answered as a fault of ours.
func answerOf(ctx context.Context, h Handler, r *Request) (response *Response) {
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "panic in a handler", "panic", p, "requestId", r.ID)
			fault := problem.New(problem.Internal)
			fault.RequestID = r.ID
			response = ProblemResponse(fault)
		}
	}()
	return h(ctx, r)
}

// HTTP makes the Lambda handler of an HTTP API's route (payload 2.0) of h. What
// anybody may keep is compressed for clients that take that.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func HTTP(h Handler) func(context.Context, *events.APIGatewayV2HTTPRequest) (*events.APIGatewayV2HTTPResponse, error) {
	return httpHandler(h, func(r *Request) (err error) {
		r.Query, err = url.ParseQuery(r.RawQuery)
		return err
	})
}

// Pages is [HTTP] of what [Serve] makes of h, which reads queries by itself: people
// are told of one that can't be read as they are of anything else.
func Pages(h http.Handler) func(context.Context, *events.APIGatewayV2HTTPRequest) (*events.APIGatewayV2HTTPResponse, error) {
	return httpHandler(Serve(h), func(*Request) error { return nil })
}

func httpHandler(h Handler, readQuery func(*Request) error) func(context.Context, *events.APIGatewayV2HTTPRequest) (*events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, e *events.APIGatewayV2HTTPRequest) (*events.APIGatewayV2HTTPResponse, error) {
		r := &Request{
			ID: e.RequestContext.RequestID, Method: e.RequestContext.HTTP.Method,
			Host: e.RequestContext.DomainName, Path: e.RawPath, Params: e.PathParameters, RawQuery: e.RawQueryString,
			Header: lower(e.Headers), Cookies: e.Cookies, Address: e.RequestContext.HTTP.SourceIP,
		}
		if a := e.RequestContext.Authorizer; a != nil && a.JWT != nil {
			r.Claims = a.JWT.Claims
		}
		err := readQuery(r)
		if err == nil {
			r.Body, err = body(e.Body, e.IsBase64Encoded)
		}
		response := badRequest(r, err)
		if err == nil {
			response = compressed(r, answerOf(ctx, h, r))
		}
		text, encoded := bodyText(response.Body)
		return &events.APIGatewayV2HTTPResponse{
			StatusCode: response.Status, Headers: response.Header, Cookies: response.Cookies,
			Body: text, IsBase64Encoded: encoded,
		}, nil
	}
}

// REST makes the Lambda handler of a REST API's method (proxy integration,
// payload 1.0) of h.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
func REST(h Handler) func(context.Context, *events.APIGatewayProxyRequest) (*events.APIGatewayProxyResponse, error) {
	return func(ctx context.Context, e *events.APIGatewayProxyRequest) (*events.APIGatewayProxyResponse, error) {
		r := &Request{
			ID: e.RequestContext.RequestID, Method: e.HTTPMethod,
			Host: e.RequestContext.DomainName, Path: e.Path, Params: e.PathParameters,
			Query: e.MultiValueQueryStringParameters, Header: lower(e.Headers),
			Address: e.RequestContext.Identity.SourceIP,
		}
		if e.RequestContext.Authorizer != nil {
			r.Authorizer = make(map[string]string, len(e.RequestContext.Authorizer))
			for name, value := range e.RequestContext.Authorizer {
				if text, ok := value.(string); ok {
					r.Authorizer[name] = text
				}
			}
		}
		var err error
		r.Body, err = body(e.Body, e.IsBase64Encoded)
		response := badRequest(r, err)
		if err == nil {
			response = answerOf(ctx, h, r)
		}
		text, encoded := bodyText(response.Body)
		return &events.APIGatewayProxyResponse{
			StatusCode: response.Status, Headers: response.Header, Body: text, IsBase64Encoded: encoded,
		}, nil
	}
}

// badRequest is the answer to an event that can't be read; nil without err.
func badRequest(r *Request, err error) *Response {
	if err == nil {
		return nil
	}
	p := problem.New(problem.BadRequest)
	p.RequestID = r.ID
	return ProblemResponse(p)
}

func lower(headers map[string]string) map[string]string {
	all := make(map[string]string, len(headers))
	for name, value := range headers {
		all[strings.ToLower(name)] = value
	}
	return all
}

func body(text string, encoded bool) ([]byte, error) {
	if encoded {
		return base64.StdEncoding.DecodeString(text)
	}
	return []byte(text), nil
}

// bodyText is b as an event can carry it.
func bodyText(b []byte) (text string, encoded bool) {
	if utf8.Valid(b) {
		return string(b), false
	}
	return base64.StdEncoding.EncodeToString(b), true
}
