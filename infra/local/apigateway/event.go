package apigateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/pkg/route"
)

// What no request decides.
const (
	accountID   = "000000000000"
	apiID       = "local"
	stage       = "v2"
	requestTime = "02/Jan/2006:15:04:05 -0700"
)

// proxyEvent is the call as the event of a Lambda proxy integration (payload
// 1.0), without body and without what the authorizer said. Names of headers
// come as net/http spells them: in the cloud their case is the caller's.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
func (c *call) proxyEvent() *events.APIGatewayProxyRequest {
	now := time.Now().UTC()
	e := &events.APIGatewayProxyRequest{
		Resource: c.resource, Path: c.path, HTTPMethod: c.r.Method,
		MultiValueHeaders:               received(c.r),
		MultiValueQueryStringParameters: parseQuery(text(c.query)),
		RequestContext: events.APIGatewayProxyRequestContext{
			AccountID: accountID, ResourceID: apiID, APIID: apiID, Stage: stage,
			DomainName: c.r.Host, DomainPrefix: domainPrefix(c.r.Host),
			RequestID: c.id, ExtendedRequestID: c.id,
			Protocol: c.r.Proto, HTTPMethod: c.r.Method, ResourcePath: c.resource, Path: "/" + stage + c.path,
			RequestTime: now.Format(requestTime), RequestTimeEpoch: now.UnixMilli(),
			Identity: events.APIGatewayRequestIdentity{SourceIP: address(c.r), UserAgent: text(c.r.UserAgent())},
		},
	}
	e.Headers = last(e.MultiValueHeaders)
	e.QueryStringParameters = last(e.MultiValueQueryStringParameters)
	if c.resource == proxy {
		// Of all parts of the event, this one is decoded.
		rest := strings.TrimPrefix(route.TrimSlash(c.path), "/")
		if decoded, err := url.PathUnescape(rest); err == nil {
			rest = decoded
		}
		e.PathParameters = map[string]string{"proxy": rest}
	}
	return e
}

// authorizerEvent is the whole event of a REQUEST authorizer.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-input.html
type authorizerEvent struct {
	Type      string `json:"type"`
	MethodARN string `json:"methodArn"`
	*events.APIGatewayProxyRequest
	Body *string `json:"body,omitempty"` // hides that of the proxy event: authorizers get none
}

func (c *call) authorizerEvent() *authorizerEvent {
	return &authorizerEvent{Type: "REQUEST", MethodARN: c.arn, APIGatewayProxyRequest: c.proxyEvent()}
}

// received gives the headers of r, and those that the gateway adds.
func received(r *http.Request) http.Header {
	header := make(http.Header, len(r.Header)+3)
	for name, values := range r.Header {
		header[name] = make([]string, len(values))
		for n, value := range values {
			header[name][n] = text(value)
		}
	}
	header["Host"] = []string{r.Host}
	hops := append(slices.Clone(header["X-Forwarded-For"]), address(r))
	header["X-Forwarded-For"] = []string{strings.Join(hops, ", ")}
	header["X-Forwarded-Proto"] = []string{"http"}
	return header
}

// last gives the last value of each name, nil if there is none.
func last(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	single := make(map[string]string, len(values))
	for name, all := range values {
		single[name] = all[len(all)-1]
	}
	return single
}

// parseQuery decodes a query; it gives nil for an empty one. What is no escape
// stays as it is: the gateway refuses no query.
func parseQuery(query string) map[string][]string {
	var values map[string][]string
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		if values == nil {
			values = map[string][]string{}
		}
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name)
		values[name] = append(values[name], unescape(value))
	}
	return values
}

func unescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return text(decoded)
	}
	return s
}

// text is s as JSON can carry it: each byte that is no UTF-8 becomes U+FFFD, so
// that a function sees the same whether or not its events go through JSON.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

func domainPrefix(host string) string {
	prefix, _, _ := strings.Cut(host, ".")
	return prefix
}
