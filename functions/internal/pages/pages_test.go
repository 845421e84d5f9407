package pages_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/functions/internal/pages"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// variables are those that the function needs, and those of Lambda.
func variables() map[string]string {
	return map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"SEALING_SECRET": "sealing", "OIDC_ISSUER": "https://127.0.0.1:1", "OIDC_CLIENT_ID": "console",
		"CONSOLE_URL": "https://console.example.com", "API_BASE_URL": "https://api.example.com/v2/",
	}
}

func env(variables map[string]string) *boot.Env {
	return boot.NewEnv(func(name string) string { return variables[name] })
}

func TestMissingVariablesAreNamedAllAtOnce(t *testing.T) {
	e := env(nil)
	pages.Config(e, e.Sealing())
	err := e.Err()
	if err == nil {
		t.Fatal("no error")
	}
	for name := range variables() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

func TestWrongVariablesAreNamed(t *testing.T) {
	for name, wrong := range map[string]string{
		"CONSOLE_URL": "console.example.com", "API_BASE_URL": "api.example.com", "SESSION_LIFETIME": "8", "BRAND_COLOR": "blue",
		"BRAND_LOGO": "http://example.com/logo.png", "BRAND_NAME": " ",
	} {
		all := variables()
		all[name] = wrong
		e := env(all)
		pages.Config(e, e.Sealing())
		if err := e.Err(); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s=%s: %v", name, wrong, err)
		}
	}
	all := variables()
	all["SESSION_LIFETIME"] = "25h"
	e := env(all)
	pages.Config(e, e.Sealing())
	if err := e.Err(); err == nil || !strings.Contains(err.Error(), "SESSION_LIFETIME") {
		t.Errorf("a session of 25 hours: %v", err)
	}
}

func TestVariablesReachTheConsole(t *testing.T) {
	all := variables()
	all["BRAND_NAME"], all["BRAND_LOGO"], all["SESSION_LIFETIME"], all["MEMBERSHIP_CLAIM"] = "Acme", "https://acme.test/logo.svg", "1h", "roles"
	e := env(all)
	c := pages.Config(e, e.Sealing())
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	if c.APIURL != "https://api.example.com/v2" || c.URL != "https://console.example.com" || c.Brand.Name != "Acme" || c.Brand.LogoURL != "https://acme.test/logo.svg" {
		t.Errorf("%+v", c)
	}
	if s := c.SignIn; s.Lifetime.Hours() != 1 || s.Claim != "roles" || s.Issuer != all["OIDC_ISSUER"] || s.ClientID != "console" || s.URL != c.URL || s.Secret != nil {
		t.Errorf("%+v", s.Config)
	}
}

func TestClientsSecretIsReadFromItsSecret(t *testing.T) {
	manager := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked map[string]string
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked["SecretId"] != "arn:aws:secretsmanager:client" {
			t.Errorf("asked for %v, %v", asked, err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write([]byte(`{"SecretString":"of the client\n"}`))
	}))
	defer manager.Close()
	all := variables()
	all["OIDC_CLIENT_SECRET_ARN"], all["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = "arn:aws:secretsmanager:client", manager.URL
	e := env(all)
	c := pages.Config(e, e.Sealing())
	if secret, err := c.SignIn.Secret(t.Context()); err != nil || secret != "of the client" {
		t.Errorf("%q, %v", secret, err)
	}
}

// The function has to start while others are down, and to tell people so.
func TestConsoleTellsPeopleThatTheProviderIsDown(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	all := variables()
	all["OIDC_ISSUER"], all["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = down.URL, down.URL
	e := env(all)
	c := pages.Config(e, e.Sealing())
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	h := gateway.Pages(console.New(c))
	event := &events.APIGatewayV2HTTPRequest{RawPath: "/signin", RawQueryString: "moved=1"}
	event.RequestContext.HTTP.Method = "GET"
	answer, err := h(context.Background(), event)
	if err != nil || answer.StatusCode != http.StatusBadGateway || !strings.Contains(answer.Body, "identity provider does not answer") {
		t.Errorf("%+v, %v", answer, err)
	}
}
