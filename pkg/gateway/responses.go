package gateway

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Challenge is the WWW-Authenticate header of refusals (RFC 6750, section 3).
const Challenge = `Bearer realm="v2.0"`

// GatewayResponse is an answer that the REST API in front of v2.0 gives by
// itself. Its texts may hold $context variables, which are put in as they are.
type GatewayResponse struct {
	Type     string // of API Gateway
	Status   int
	Template string
	Headers  map[string]string // literal text, or "context.…" for a variable
}

// retryAfter is how many seconds a client waits after a fault of ours.
const retryAfter = "2"

// GatewayResponses lists them. The CDK app makes them, and the local gateway
// answers with them.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
var GatewayResponses = []GatewayResponse{
	fixed("UNAUTHORIZED", problem.InvalidToken, map[string]string{"WWW-Authenticate": Challenge}),
	denied(),
	fixed("AUTHORIZER_FAILURE", problem.Unavailable, map[string]string{"Retry-After": retryAfter}),
	fixed("AUTHORIZER_CONFIGURATION_ERROR", problem.Unavailable, map[string]string{"Retry-After": retryAfter}),
	fixed("MISSING_AUTHENTICATION_TOKEN", problem.NotFound, nil),
	fixed("RESOURCE_NOT_FOUND", problem.NotFound, nil),
	fixed("BAD_REQUEST_BODY", problem.BadRequest, nil),
	fixed("UNSUPPORTED_MEDIA_TYPE", problem.UnsupportedMedia, nil),
	fixed("REQUEST_TOO_LARGE", problem.BodyTooLarge, nil),
	fixed("THROTTLED", problem.TooManyRequests, map[string]string{"Retry-After": "1"}),
	fixed("WAF_FILTERED", problem.TooManyRequests, map[string]string{"Retry-After": "60"}), // its one rule is a rate
	fixed("QUOTA_EXCEEDED", problem.TooManyRequests, map[string]string{"Retry-After": "60"}),
	fixed("INTEGRATION_FAILURE", problem.UpstreamFailed, nil),
	fixed("INTEGRATION_TIMEOUT", problem.UpstreamTimeout, nil),
	fixed("DEFAULT_4XX", problem.BadRequest, nil),
	fixed("DEFAULT_5XX", problem.Internal, nil),
}

// GatewayResponseOf finds the answer of a type of API Gateway's.
func GatewayResponseOf(kind string) GatewayResponse {
	for _, r := range GatewayResponses {
		if r.Type == kind {
			return r
		}
	}
	panic("gateway: no response of type " + kind)
}

// fixed is a response that says the same each time, but for the request's id.
// The status is left to the table, but not for DEFAULT_4XX and DEFAULT_5XX:
// those stand for answers of several statuses.
func fixed(kind string, code problem.Code, headers map[string]string) GatewayResponse {
	p := problem.New(code)
	p.RequestID = "$context.requestId"
	return GatewayResponse{kind, p.Status, string(p.JSON()), withMediaType(headers)}
}

// denied says what the authorizer's Deny gave as its reason. Templates don't
// escape, so the authorizer puts in only texts that need none.
func denied() GatewayResponse {
	p := problem.Problem{
		Type:  problem.Documentation + "#$context.authorizer.code",
		Title: "$context.authorizer.title", Status: 403, Code: "$context.authorizer.code",
		Detail: "$context.authorizer.detail", RequestID: "$context.requestId",
	}
	return GatewayResponse{"ACCESS_DENIED", p.Status, string(p.JSON()), withMediaType(map[string]string{
		"WWW-Authenticate": "context.authorizer.challenge",
	})}
}

func withMediaType(headers map[string]string) map[string]string {
	all := map[string]string{"Content-Type": problem.ContentType, "Cache-Control": "no-store"}
	for name, value := range headers {
		all[name] = value
	}
	return all
}

var contextVariable = regexp.MustCompile(`\$context\.[A-Za-z0-9_.]+`)

// Render puts the values of $context variables into the response, as API
// Gateway does: simple substitution, nothing escaped, and nothing for a variable
// that there is not.
func (r GatewayResponse) Render(values map[string]string) *Response {
	headers := make(map[string]string, len(r.Headers))
	for name, value := range r.Headers {
		if variable, found := strings.CutPrefix(value, "context."); found {
			value = values[variable]
		}
		headers[name] = value
	}
	body := contextVariable.ReplaceAllStringFunc(r.Template, func(variable string) string {
		return values[strings.TrimPrefix(variable, "$context.")]
	})
	return &Response{Status: r.Status, Header: headers, Body: []byte(body)}
}

// Values are the variables below $context.authorizer, by name.
func (c AuthorizerContext) Values() map[string]string {
	var values map[string]string
	b, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(b, &values)
	}
	if err != nil {
		panic(err) // a struct of strings
	}
	return values
}
