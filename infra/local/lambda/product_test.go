package lambda_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/infra/local/apigateway"
	"github.com/private-integrations/private-integrations/infra/local/lambda"
	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// publicAPI puts a stand-in for the public API before an authorizer and the
// functions behind it.
func (c *cloud) publicAPI(t *testing.T, authorizer *lambda.Function) http.Handler {
	t.Helper()
	type (
		event  = events.APIGatewayProxyRequest
		answer = events.APIGatewayProxyResponse
	)
	return apigateway.NewREST(apigateway.RESTConfig{
		Authorizer: deciding(authorizer),
		Introspect: lambda.Handler[event, answer](c.start(t, "introspect")),
		Upstream:   apigateway.Lambda(lambda.Handler[event, answer](c.start(t, "contacts"))),
		Log:        slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
}

// deciding has f decide, by events with what is read of them.
func deciding(f *lambda.Function) func(context.Context, *gateway.AuthorizerRequest) (*gateway.AuthorizerResponse, error) {
	decide := lambda.Handler[map[string]any, gateway.AuthorizerResponse](f)
	return func(ctx context.Context, r *gateway.AuthorizerRequest) (*gateway.AuthorizerResponse, error) {
		return decide(ctx, &map[string]any{
			"type": "REQUEST", "methodArn": r.MethodARN, "resource": r.Resource, "path": r.Path, "httpMethod": r.HTTPMethod,
			"multiValueHeaders": map[string][]string{"Authorization": r.MultiValueHeaders},
		})
	}
}

// managementAPI puts a stand-in for the management API, to which any JWT is
// right, before the function of each operation.
func (c *cloud) managementAPI(t *testing.T, claims map[string]any) http.Handler {
	t.Helper()
	var routes []apigateway.Route
	add := func(method, path, function string, public bool) {
		f := lambda.Handler[events.APIGatewayV2HTTPRequest, events.APIGatewayV2HTTPResponse](c.start(t, function))
		routes = append(routes, apigateway.Route{Method: method, Template: path, Handler: f, Public: public})
	}
	for _, o := range api.Operations {
		add(o.Method, o.Path, o.ID, false)
	}
	for _, p := range api.PublicRoutes() {
		add(p.Method, p.Path, "describe", true)
	}
	h, err := apigateway.NewHTTP(apigateway.HTTPConfig{
		Routes: routes, Verify: func(context.Context, string) (map[string]any, error) { return claims, nil },
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends a request with a bearer token.
func ask(h http.Handler, method, path, bearer, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Version", "2021-07-28")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestBootstrapsTogetherAreTheProduct(t *testing.T) {
	c := newCloud(t)
	management := c.managementAPI(t, map[string]any{"iss": "https://issuer.test", "sub": "u1", "email": "admin@acme.test", api.DefaultClaim: "[account:acme:admin]"})
	v2 := c.publicAPI(t, c.start(t, "authorizer"))
	soon := time.Now().Add(2 * time.Hour).UTC().Format("2006-01-02T15:04:05")
	var id, token string
	missing := map[string]bool{}
	for _, o := range api.Operations {
		missing[o.ID] = true
	}
	for _, step := range []struct{ operation, body, want string }{
		{"list-scopes", "", `"contacts.write"`},
		{"create-integration", `{"name":"Export","scopes":["contacts.readonly"]}`, `"Export"`},
		{"get-integration", "", `"version":1`},
		{"list-integrations", "", `"integrations":[{`},
		{"edit-integration", `{"name":"Import"}`, `"Import"`},
		{"rotate-token", `{"expireOld":"later"}`, `"rotating"`},
		{"get-rotation", "", `"rotatedAt"`},
		{"move-rotation", `{"expiresAt":"` + soon + `Z"}`, soon},
		{"cancel-rotation", "", `"rotation_cancelled"`},
		{"rotate-token", `{"expireOld":"later"}`, `"rotating"`},
		{"complete-rotation", "", `"rotation_completed"`},
		{"lookup-token", `{"token":"{token}"}`, `"active":true`},
		{"expire-tokens", `{"at":"` + soon + `Z"}`, soon},
		{"clear-expiry", "", `"expiresAt":null`},
		{"list-events", "", `"expiry.cleared"`},
		{"list-members", "", `"email":"admin@acme.test"`},
		{"set-permission", `{"privateIntegrations":"manage"}`, `"manage"`},
		{"set-settings", `{"graceHours":24,"operator":{"maxIntegrations":100}}`, `"graceHours":24`},
		{"get-settings", "", `"graceHours":24`},
		{"list-audit", "", `"settings.changed"`},
		{"list-notifications", "", `"notifications":[`},
		{"get-advice", "", `"contacts.readonly"`},
	} {
		o := api.Find(step.operation)
		delete(missing, o.ID)
		path := strings.NewReplacer(
			"{accountId}", "acme", "{integrationId}", id, "{userId}", account.MemberID("https://issuer.test", "u1"),
		).Replace(o.Path)
		got := ask(management, o.Method, path, "jwt", strings.ReplaceAll(step.body, "{token}", token))
		if got.Code != o.Status || !strings.Contains(got.Body.String(), step.want) {
			t.Fatalf("%s: %d %s", o.ID, got.Code, got.Body)
		}
		if made := (issued{}); json.Unmarshal(got.Body.Bytes(), &made) == nil && made.Token != "" {
			id, token = made.Integration.ID, made.Token
		}
	}
	// The first use is written at once, and the rest in a minute.
	for _, c := range []struct {
		path   string
		status int
	}{{"/contacts/", 200}, {"/contacts/nobody", 404}, {"/token", 200}, {"/nowhere", 403}} {
		if got := ask(v2, "GET", c.path, token, ""); got.Code != c.status {
			t.Errorf("GET %s: %d %s", c.path, got.Code, got.Body)
		}
	}
	for _, p := range api.PublicRoutes() {
		if got := ask(management, p.Method, p.Path, "", ""); got.Code != 200 || got.Body.Len() == 0 {
			t.Errorf("%s: %d", p.Path, got.Code)
		}
	}
	usage := api.Find("get-usage")
	delete(missing, usage.ID)
	if got := ask(management, "GET", "/api/v1/accounts/acme/integrations/"+id+"/usage", "jwt", ""); got.Code != usage.Status || !strings.Contains(got.Body.String(), `"path":"/contacts"`) {
		t.Errorf("usage: %d %s", got.Code, got.Body)
	}
	remove := api.Find("delete-integration")
	delete(missing, remove.ID)
	if got := ask(management, "DELETE", "/api/v1/accounts/acme/integrations/"+id, "jwt", ""); got.Code != remove.Status {
		t.Errorf("delete: %d %s", got.Code, got.Body)
	}
	if got := ask(v2, "GET", "/contacts/", token, ""); got.Code != 401 {
		t.Errorf("with a token of what was deleted: %d %s", got.Code, got.Body)
	}
	if len(missing) > 0 {
		t.Errorf("not asked for: %v", missing)
	}
}
