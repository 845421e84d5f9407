package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Introspected is what the holder of a token is told about it, dead or alive,
// with habits of RFC 7662. Instants are RFC 3339.
type Introspected struct {
	Active      bool               `json:"active"`
	Reason      integration.Reason `json:"reason,omitempty"` // why it is not
	EndedAt     *string            `json:"endedAt,omitempty"`
	ExpiresAt   *string            `json:"expiresAt"` // null: none
	Scopes      []string           `json:"scopes"`
	Account     string             `json:"accountId"`
	Integration string             `json:"integrationId"`
	Token       string             `json:"tokenId"` // the public id
}

// introspect lets whoever holds a token's right secret through to the answer,
// dead or alive. It stands in the authorizer, in front of `GET /token`, because
// only the gateway can give the challenge of the one 401: it renames that
// header when it comes from an integration.
func (a *Authorizer) introspect(ctx context.Context, r *AuthorizerRequest) (*AuthorizerResponse, error) {
	i, err := a.authorizer.Introspect(ctx, r.credentials())
	if errors.Is(err, authorize.ErrUnauthorized) {
		return nil, errUnauthorized
	}
	if err != nil {
		a.log.ErrorContext(ctx, "authorizer fault", "error", err)
		return nil, errUndecided
	}
	body, err := json.Marshal(introspected(i))
	if err != nil {
		a.log.ErrorContext(ctx, "authorizer fault", "error", err)
		return nil, errUndecided
	}
	// This call alone: a dead token opens nothing else of the stage.
	response := answer("Allow", r.MethodARN, i.Credential)
	response.Context.Introspection = string(body)
	return response, nil
}

func introspected(i authorize.Introspection) Introspected {
	out := Introspected{
		Active: i.Ended == nil, Scopes: i.Scopes,
		Account: i.Account, Integration: i.Integration, Token: string(i.ID),
	}
	if !i.Deadline.At.IsZero() {
		at := i.Deadline.At.Format(integration.Layout)
		out.ExpiresAt = &at
	}
	if i.Ended != nil {
		at := i.Ended.At.Format(integration.Layout)
		out.Reason, out.EndedAt = i.Ended.Reason, &at
	}
	return out
}

// Introspect is the Lambda handler of `GET /token`: it hands on what the
// authorizer found out, and needs no access to anything.
func Introspect(_ context.Context, r *Request) *Response {
	body := r.Authorizer["introspection"]
	if body == "" {
		return ProblemResponse(problem.New(problem.Unavailable))
	}
	return &Response{
		Status: http.StatusOK,
		Header: map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"},
		Body:   []byte(body),
	}
}
