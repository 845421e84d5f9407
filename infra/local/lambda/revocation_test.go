package lambda_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/infra/local/lambda"
)

// rotations is how many tokens are revoked, by as many admins at once as there
// are lanes.
const (
	rotations = 1000
	lanes     = 4
)

// A token that was revoked through one process is refused by two others, which
// have both let it pass before, with the very next request.
func TestARevokedTokenIsRefusedByEveryAuthorizersVeryNextRequest(t *testing.T) {
	c := newCloud(t)
	authorizers := []*lambda.Function{c.start(t, "authorizer"), c.start(t, "authorizer")}
	golden := payload(t, "authorizer.json", "{token}")
	decide := func(f *lambda.Function, token string) string {
		answer, err := f.Invoke(t.Context(), bytes.ReplaceAll(golden, []byte("{token}"), []byte(token)))
		switch {
		case err != nil:
			return err.Error()
		case bytes.Contains(answer, []byte(`"Effect":"Allow"`)):
			return "Allow"
		}
		return string(answer)
	}
	var all sync.WaitGroup
	for range lanes {
		made, rotate := c.create(t), c.start(t, "rotate-token")
		all.Go(func() {
			id, token := made.Integration.ID, made.Token
			for n := range rotations / lanes {
				for _, f := range authorizers {
					if got := decide(f, token); got != "Allow" {
						t.Errorf("rotation %d: the new token: %s", n, got)
						return
					}
				}
				next, err := rotateNow(t, rotate, id)
				if err != nil {
					t.Errorf("rotation %d: %v", n, err)
					return
				}
				for _, f := range authorizers {
					if got := decide(f, token); got != "Unauthorized" {
						t.Errorf("rotation %d: the revoked token: %s", n, got)
					}
				}
				token = next
			}
		})
	}
	all.Wait()
}

// rotateNow has the function rotate-token end every token of an integration and
// gives the new one.
func rotateNow(t *testing.T, f *lambda.Function, id string) (token string, err error) {
	const account = "acme"
	event, err := json.Marshal(events.APIGatewayV2HTTPRequest{
		RouteKey:       "POST /api/v1/accounts/{accountId}/integrations/{integrationId}/rotate",
		RawPath:        "/api/v1/accounts/" + account + "/integrations/" + id + "/rotate",
		Headers:        map[string]string{"content-type": "application/json"},
		PathParameters: map[string]string{"accountId": account, "integrationId": id},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "POST"},
			Authorizer: &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
				JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{
					Claims: map[string]string{"iss": "https://issuer.test", "sub": "u1", "cognito:groups": "[account:acme:admin]"},
				},
			},
		},
		Body: `{"expireOld":"now"}`,
	})
	if err != nil {
		return "", err
	}
	answer, err := f.Invoke(t.Context(), event)
	if err != nil {
		return "", err
	}
	var out events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(answer, &out); err != nil {
		return "", err
	}
	var made issued
	if err := json.Unmarshal([]byte(out.Body), &made); err != nil || out.StatusCode != 200 {
		return "", fmt.Errorf("%s, %w", answer, err)
	}
	return made.Token, nil
}
