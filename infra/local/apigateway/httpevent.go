package apigateway

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// event is the call as the event of an HTTP API (payload 2.0).
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func (c *httpCall) event(now time.Time) *events.APIGatewayV2HTTPRequest {
	e := &events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: c.routeKey(), RawPath: c.path, RawQueryString: text(c.query),
		Headers:        map[string]string{},
		PathParameters: c.params,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: c.routeKey(), AccountID: accountID, Stage: "$default", RequestID: c.id, APIID: apiID,
			DomainName: c.r.Host, DomainPrefix: domainPrefix(c.r.Host),
			Time: now.Format(requestTime), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: c.r.Method, Path: c.path, Protocol: c.r.Proto,
				SourceIP: address(c.r), UserAgent: text(c.r.UserAgent()),
			},
		},
	}
	if len(c.params) == 0 {
		e.PathParameters = nil
	}
	if c.claims != nil {
		e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: c.claims},
		}
	}
	for name, values := range received(c.r) {
		if name == "Cookie" {
			e.Cookies = cookies(values)
			continue
		}
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for name, values := range parseQuery(text(c.query)) {
		if e.QueryStringParameters == nil {
			e.QueryStringParameters = map[string]string{}
		}
		e.QueryStringParameters[name] = strings.Join(values, ",")
	}
	e.Body, e.IsBase64Encoded = textOr64(c.r.Header.Get("Content-Type"), c.body)
	return e
}

// cookies splits Cookie headers into the cookies that they hold.
func cookies(values []string) []string {
	var all []string
	for _, value := range values {
		for cookie := range strings.SplitSeq(value, ";") {
			all = append(all, strings.TrimSpace(cookie))
		}
	}
	return all
}

// textOr64 is the body as it stands in the event: text for the media types that
// the gateway takes for text, base64 for others. Bytes that are no text come as
// base64 in any case: JSON has no other way to carry them.
func textOr64(contentType string, body []byte) (text string, encoded bool) {
	if len(body) == 0 {
		return "", false
	}
	if isText(contentType) && utf8.Valid(body) {
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}

func isText(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return strings.HasPrefix(mediaType, "text/") ||
		slices.Contains([]string{"application/json", "application/xml", "application/javascript"}, mediaType)
}
