// Package gateway speaks with API Gateway: the events that it sends to Lambda
// handlers, the answers that it takes, and the answers that it gives by itself.
package gateway

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// AuthorizerRequest is what is read of a REST API's REQUEST authorizer event
// (payload 1). The event has much more; it is not decoded.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-input.html
type AuthorizerRequest struct {
	MethodARN         string         `json:"methodArn"`
	Resource          string         `json:"resource"`
	Path              string         `json:"path"`
	HTTPMethod        string         `json:"httpMethod"`
	Headers           credentials    `json:"headers"`
	MultiValueHeaders credentials    `json:"multiValueHeaders"`
	RequestContext    requestContext `json:"requestContext"`
}

// requestContext is what the gateway itself says of the caller. Headers that
// proxies add, such as X-Forwarded-For, are the caller's own word.
type requestContext struct {
	Identity identity `json:"identity"`
}

type identity struct {
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// UnmarshalJSON reads an event. Two headers of one name are for the authorizer
// to refuse, not for a decoder.
func (r *AuthorizerRequest) UnmarshalJSON(event []byte) error {
	type fields AuthorizerRequest
	return json.Unmarshal(event, (*fields)(r), jsontext.AllowDuplicateNames(true))
}

// credentials are the values of the Authorization headers in a map of headers.
// They are gathered however often, and in whatever letter case, the name stands
// in the map, where a plain field would keep the last and hide that there were
// two. The other headers are passed over without a copy.
type credentials []string

var authorizationName = []byte(`"authorization"`)

// UnmarshalJSONFrom reads a map of values or of lists of values, or null.
func (c *credentials) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		if !bytes.EqualFold(name, authorizationName) {
			if err := d.SkipValue(); err != nil {
				return err
			}
			continue
		}
		if d.PeekKind() == '[' {
			var values []string
			err = json.UnmarshalDecode(d, &values)
			*c = append(*c, values...)
		} else {
			var value string
			err = json.UnmarshalDecode(d, &value)
			*c = append(*c, value)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// MarshalJSON writes the map of headers that the values came from.
func (c credentials) MarshalJSON() ([]byte, error) {
	if c == nil {
		return []byte("null"), nil
	}
	return json.Marshal(map[string][]string{"Authorization": c})
}

// NewAuthorizerRequest makes the event for callers in the same process; values
// are those of the Authorization headers.
func NewAuthorizerRequest(methodARN, resource, method, path string, values []string) *AuthorizerRequest {
	return &AuthorizerRequest{
		MethodARN: methodARN, Resource: resource, Path: path, HTTPMethod: method,
		MultiValueHeaders: values,
	}
}

// From adds to the event where the request came from and what sent it.
func (r *AuthorizerRequest) From(address, agent string) *AuthorizerRequest {
	r.RequestContext.Identity = identity{address, agent}
	return r
}

// credentials are the values of the Authorization headers.
func (r *AuthorizerRequest) credentials() []string {
	if len(r.MultiValueHeaders) > 0 {
		return r.MultiValueHeaders
	}
	return r.Headers
}

// AuthorizerResponse is the policy and context that an authorizer answers.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
type AuthorizerResponse struct {
	PrincipalID    string            `json:"principalId"`
	PolicyDocument Policy            `json:"policyDocument"`
	Context        AuthorizerContext `json:"context"`
}

// Policy is an IAM policy of one statement.
type Policy struct {
	Version   string
	Statement [1]Statement
}

// Statement allows or denies calls.
type Statement struct {
	Action   string
	Effect   string
	Resource string
}

// AuthorizerContext is what the authorizer tells the gateway's templates and
// the integration behind. API Gateway makes a string of each value.
type AuthorizerContext struct {
	Account     string `json:"accountId,omitempty"`
	Integration string `json:"integrationId,omitempty"`
	Token       string `json:"tokenId,omitempty"`
	Scopes      string `json:"scopes,omitempty"` // with a space between
	Path        string `json:"path,omitempty"`   // the path that was checked

	// Of a refusal, for the body and the challenge.
	Code      string `json:"code,omitempty"`
	Title     string `json:"title,omitempty"`
	Detail    string `json:"detail,omitempty"`
	Challenge string `json:"challenge,omitempty"`

	// Of an introspection: the answer as JSON.
	Introspection string `json:"introspection,omitempty"`
}

// IntrospectionResource is the resource behind which a token's holder learns
// about it.
const IntrospectionResource = "/token"

// errUnauthorized has the one text that makes API Gateway answer 401.
var errUnauthorized = errors.New("Unauthorized")

// errUndecided makes API Gateway answer 500, mapped to 503. The cause is logged
// and not part of the answer.
var errUndecided = errors.New("the request could not be decided")

// Authorizer is the Lambda handler in front of the routes of API v2.0.
type Authorizer struct {
	authorizer *authorize.Authorizer
	log        *slog.Logger
	after      func(context.Context) error
}

// NewAuthorizer makes the handler.
func NewAuthorizer(a *authorize.Authorizer, log *slog.Logger) *Authorizer {
	return &Authorizer{a, log, nil}
}

// After has something done before each answer, which does not depend on it: a
// function is frozen as soon as it has answered.
func (a *Authorizer) After(do func(context.Context) error) *Authorizer {
	a.after = do
	return a
}

// Invoke is the handler as Lambda calls it: an event in JSON, and the policy in
// JSON. Going round encoding/json, which would read all of it first, makes an
// invocation three times as fast.
func (a *Authorizer) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	var r AuthorizerRequest
	if err := r.UnmarshalJSON(event); err != nil {
		a.log.ErrorContext(ctx, "authorizer fault", "error", "the event can't be read")
		return nil, errUndecided
	}
	response, err := a.Handle(ctx, &r)
	if err != nil {
		return nil, err
	}
	return json.Marshal(response)
}

// Handle answers one event. Its Allow names the whole stage, which is safe only
// because nothing caches it: the authorizer's TTL must be 0.
func (a *Authorizer) Handle(ctx context.Context, r *AuthorizerRequest) (*AuthorizerResponse, error) {
	if r.Resource == IntrospectionResource {
		return a.introspect(ctx, r)
	}
	if a.after != nil {
		defer func() {
			if err := a.after(ctx); err != nil {
				a.log.WarnContext(ctx, "usage not written", "error", err)
			}
		}()
	}
	c, err := a.authorizer.Authorize(ctx, authorize.Request{
		Method: r.HTTPMethod, Path: r.Path, Credentials: r.credentials(),
		Address: r.RequestContext.Identity.SourceIP, Agent: r.RequestContext.Identity.UserAgent,
	})
	if err != nil {
		return a.refuse(ctx, r, c, err)
	}
	response := answer("Allow", stage(r.MethodARN), c)
	response.Context.Path = r.Path
	return response, nil
}

// refuse turns the reasons for which a request does not pass into what API
// Gateway understands: a denial with words, the one 401, or a fault.
func (a *Authorizer) refuse(ctx context.Context, r *AuthorizerRequest, c integration.Credential, err error) (*AuthorizerResponse, error) {
	var p problem.Problem
	challenge := ""
	switch scope := (*authorize.ScopeError)(nil); {
	case errors.Is(err, authorize.ErrUnauthorized):
		return nil, errUnauthorized
	case errors.Is(err, authorize.ErrUnknownRoute):
		p = problem.New(problem.UnknownRoute)
		challenge = Challenge
	case errors.As(err, &scope):
		p = problem.New(problem.InsufficientScope).With(needs(scope.Needed))
		challenge = Challenge + `, error="insufficient_scope", scope="` + scope.Needed + `"`
	default:
		a.log.ErrorContext(ctx, "authorizer fault", "error", err)
		return nil, errUndecided
	}
	response := answer("Deny", stage(r.MethodARN), c)
	response.Context.Code, response.Context.Title, response.Context.Detail = string(p.Code), p.Title, p.Detail
	response.Context.Challenge = challenge
	return response, nil
}

// needs says which scopes are needed: one, or several with spaces between.
func needs(scopes string) string {
	if strings.Contains(scopes, " ") {
		return "This operation needs all of the scopes: " + scopes
	}
	return "This operation needs the scope: " + scopes
}

// answer is a policy of one statement, with who calls as its context.
func answer(effect, resource string, c integration.Credential) *AuthorizerResponse {
	return &AuthorizerResponse{
		PrincipalID: c.Integration,
		PolicyDocument: Policy{
			Version:   "2012-10-17",
			Statement: [1]Statement{{Action: "execute-api:Invoke", Effect: effect, Resource: resource}},
		},
		Context: AuthorizerContext{
			Account: c.Account, Integration: c.Integration, Token: string(c.ID), Scopes: c.Scopes.String(),
		},
	}
}

// stage cuts a method ARN, arn:…:api/stage/METHOD/path, after the stage and
// names all below it.
func stage(methodARN string) string {
	api := strings.IndexByte(methodARN, '/')
	if api < 0 {
		return methodARN
	}
	end := strings.IndexByte(methodARN[api+1:], '/')
	if end < 0 {
		return methodARN
	}
	return methodARN[:api+1+end+1] + "*"
}
