package runner_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
)

// signed is a JWT under the issuer's own key.
func signed(t *testing.T, r *localtest.Runner, claims map[string]any) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.Config.DataDir, "issuer.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestManagementTakesJWTsOfItsIssuerAndAudienceAlone(t *testing.T) {
	r := localtest.Start(t)
	for name, c := range map[string]struct {
		claims map[string]any
		status int
	}{
		"all right":        {nil, 200},
		"another audience": {map[string]any{"aud": "another"}, 401},
		"no audience":      {map[string]any{"aud": nil}, 401},
		"another issuer":   {map[string]any{"iss": "http://localhost:1/dev/oidc"}, 401},
		"expired":          {map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, 401},
		"not valid yet":    {map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}, 401},
		"no expiry":        {map[string]any{"exp": nil}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			claims := map[string]any{
				"iss": r.ManagementURL + "/dev/oidc", "aud": "private-integrations", "sub": "somebody",
				"exp": time.Now().Add(time.Hour).Unix(), "cognito:groups": []string{"account:acme:admin"},
			}
			for claim, value := range c.claims {
				if claims[claim] = value; value == nil {
					delete(claims, claim)
				}
			}
			got := r.Manage("GET", integrations, "", "Authorization", "Bearer "+signed(t, r, claims))
			if got.Status != c.status {
				t.Errorf("%s", got)
			}
			if c.status == 401 && (string(got.Body) != `{"message":"Unauthorized"}` ||
				!strings.Contains(got.Header.Get("Www-Authenticate"), `error="invalid_token"`)) {
				t.Errorf("%s %v", got, got.Header)
			}
		})
	}
}

// Sign-in keeps real time, wherever the product's clock stands.
func TestSignInDoesNotExpireWithTheProductsClock(t *testing.T) {
	r := localtest.Start(t)
	if err := r.Clock.Stop(dawn); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*localtest.Runner{r, r.As(localtest.Admin)} {
		if got := r.Manage("GET", integrations, ""); got.Status != 200 {
			t.Errorf("%s", got)
		}
	}
}

func TestWhatIsNoRouteIsToldToProgramsInJSONAndToPeopleOnAPage(t *testing.T) {
	r := localtest.Start(t)
	for request, mediaType := range map[string]string{
		"GET /api": "application/json", "GET /api/v1": "application/json", "GET /api/v2/scopes": "application/json", "GET /api/v1/scopes/x": "application/json",
		"POST /nowhere": "application/json", "DELETE /settings/labs": "application/json",
		"GET /nowhere": "text/html; charset=utf-8", "GET /settings/private-integration": "text/html; charset=utf-8", "GET /favicon.ico": "text/html; charset=utf-8",
		"GET /contacts/ada": "text/html; charset=utf-8", "GET /token": "text/html; charset=utf-8",
	} {
		method, path, _ := strings.Cut(request, " ")
		for _, jwt := range []string{"", "nonsense"} {
			got := r.Send(method, r.ManagementURL+path, "", "Authorization", jwt)
			if got.Status != 404 || got.Header.Get("Content-Type") != mediaType || mediaType == "application/json" && string(got.Body) != `{"message":"Not Found"}` {
				t.Errorf("%s: %s %v", request, got, got.Header)
			}
		}
	}
}

func TestTheDescriptionAndTheSignOfLifeNeedNoSignIn(t *testing.T) {
	r := localtest.Start(t)
	for path, want := range map[string]string{
		"/openapi.json": "application/json", "/docs": "text/html", "/healthz": "application/json",
	} {
		got := r.Send("GET", r.ManagementURL+path, "")
		if got.Status != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), want) || len(got.Body) == 0 {
			t.Errorf("%s: %s %v", path, got, got.Header)
		}
	}
	var document struct{ OpenAPI string }
	if err := r.Send("GET", r.ManagementURL+"/openapi.json", "").Into(&document); err != nil || !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %q: %v", document.OpenAPI, err)
	}
	if got := r.Send("GET", r.APIURL+"/healthz", ""); got.Status != 200 {
		t.Errorf("API v2.0: %s", got)
	}
}

// received is what an upstream got.
type received struct {
	Method, Path string
	Headers      map[string]string
}

// upstreams are two APIs behind the runner that answer with what they got: the
// runner's own and one that is proxied to.
func upstreams(t *testing.T) map[string]string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := received{r.Method, r.URL.EscapedPath(), map[string]string{}}
		for name, values := range r.Header {
			got.Headers[name] = strings.Join(values, ", ")
		}
		_ = json.NewEncoder(w).Encode(got)
	}))
	t.Cleanup(server.Close)
	return map[string]string{"echo": "echo", "proxy": server.URL + "/base"}
}

func TestUpstreamsAreToldWhoCallsAndNotTheToken(t *testing.T) {
	for name, upstream := range upstreams(t) {
		t.Run(name, func(t *testing.T) {
			r := localtest.Start(t, func(c *runner.Config) { c.Upstream = upstream })
			created := r.Manage("POST", integrations, readonly)
			got := callUpstream(t, r, created.Token(),
				"X-Account-Id", "globex", "X_integration_id", "forged", "x-token-ID", "forged", "X-Scopes", "everything", "X.Scopes", "everything",
				"X-Of-The-Client", "kept")
			for header, want := range map[string]string{
				"X-Account-Id": "acme", "X-Integration-Id": created.ID(), "X-Scopes": "contacts.readonly contacts.write", "X-Of-The-Client": "kept",
			} {
				if got.Headers[header] != want {
					t.Errorf("%s: %q, not %q", header, got.Headers[header], want)
				}
			}
			if id := got.Headers["X-Token-Id"]; id == "" || !strings.HasPrefix(created.Token(), "pit_"+id) {
				t.Errorf("X-Token-Id: %q", id)
			}
			for header, value := range got.Headers {
				if strings.Contains(value, "forged") || strings.Contains(value, "everything") || strings.Contains(value, created.Token()) || header == "Authorization" {
					t.Errorf("%s: %q", header, value)
				}
			}
		})
	}
}

func TestUpstreamsSeeTheTokenWhereTheDeploymentAsksForIt(t *testing.T) {
	for name, upstream := range upstreams(t) {
		t.Run(name, func(t *testing.T) {
			r := localtest.Start(t, func(c *runner.Config) { c.Upstream, c.ForwardAuthorization = upstream, true })
			token := r.Manage("POST", integrations, readonly).Token()
			if got := callUpstream(t, r, token); got.Headers["Authorization"] != token {
				t.Errorf("Authorization: %q", got.Headers["Authorization"])
			}
		})
	}
}

func callUpstream(t *testing.T, r *localtest.Runner, token string, headers ...string) received {
	t.Helper()
	answer := r.API("PUT", "/contacts/ada?fields=name", token, headers...)
	var got received
	if err := answer.Into(&got); err != nil || answer.Status != 200 {
		t.Fatalf("%s %v", answer, err)
	}
	if got.Method != "PUT" || strings.TrimPrefix(got.Path, "/base") != "/contacts/ada" {
		t.Errorf("%s %s", got.Method, got.Path)
	}
	return got
}

func TestARefusedRequestDoesNotReachTheUpstream(t *testing.T) {
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	t.Cleanup(server.Close)
	r := localtest.Start(t, func(c *runner.Config) { c.Upstream = server.URL })
	created := r.Manage("POST", integrations, `{"name":"Export","scopes":["contacts.readonly"]}`)
	for _, c := range []struct{ method, path, token, want string }{
		{"GET", "/contacts/ada", "", "401 invalid_token"},
		{"DELETE", "/contacts/ada", created.Token(), "403 insufficient_scope"},
		{"GET", "/nowhere", created.Token(), "403 unknown_route"},
		{"GET", "/token", created.Token(), "200"},
		{"GET", "/v1/contacts/ada", created.Token(), "404 use_api_v2"},
	} {
		if got := r.API(c.method, c.path, c.token); outcome(got) != c.want {
			t.Errorf("%s %s: %s, not %s", c.method, c.path, got, c.want)
		}
	}
	if reached != 0 {
		t.Errorf("%d requests went through", reached)
	}
	if got := r.API("GET", "/contacts/ada", created.Token()); got.Status != 200 || reached != 1 {
		t.Errorf("one that is allowed: %s, and %d went through", got, reached)
	}
}

func TestFilesComeCompressedAndPagesAsTheyAre(t *testing.T) {
	r := localtest.Start(t)
	for path, want := range map[string]string{
		"/docs/openapi-explorer.min.js": "gzip", "/openapi.json": "gzip", "/assets/console.css": "gzip", "/assets/console.js": "gzip", "/help": "gzip", "/healthz": "",
	} {
		plain := r.Send("GET", r.ManagementURL+path, "", "Accept-Encoding", "identity")
		got := r.Send("GET", r.ManagementURL+path, "", "Accept-Encoding", "gzip")
		if got.Status != 200 || got.Header.Get("Content-Encoding") != want || want != "" && len(got.Body) > len(plain.Body)/2 {
			t.Errorf("%s: %d, %q, %d of %d bytes", path, got.Status, got.Header.Get("Content-Encoding"), len(got.Body), len(plain.Body))
		}
	}
}
