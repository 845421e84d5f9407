package boot

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// env is an environment of these variables and those of Lambda.
func env(variables map[string]string) *Env {
	lambda := map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "session",
	}
	return NewEnv(func(name string) string {
		if value, set := variables[name]; set {
			return value
		}
		return lambda[name]
	})
}

func TestMissingVariablesAreNamedAllAtOnceAndOnce(t *testing.T) {
	e := NewEnv(func(string) string { return "" })
	e.Store()
	e.Backend()
	e.Peppers()
	e.Cursors()
	e.Catalog()
	err := e.Err()
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"TABLE", "PEPPER_SECRET", "SIGNING_SECRET", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "CATALOG_FILE"} {
		if n := strings.Count("; "+err.Error(), "; "+name); n != 1 {
			t.Errorf("%s is named %d times in: %v", name, n, err)
		}
	}
}

func TestWrongVariablesAreNamed(t *testing.T) {
	catalog := filepath.Join(t.TempDir(), "catalog.json")
	if err := os.WriteFile(catalog, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		value string
		part  func(*Env)
	}{
		"LOG_LEVEL":        {"loud", func(e *Env) { e.Log() }},
		"TOKEN_PREFIX":     {"p-t", func(e *Env) { e.Format() }},
		"MAX_INTEGRATIONS": {"0", func(e *Env) { e.MaxIntegrations() }},
		"CATALOG_FILE":     {catalog, func(e *Env) { e.Catalog() }},
	} {
		e := env(map[string]string{name: test.value})
		test.part(e)
		if err := e.Err(); err == nil || !strings.HasPrefix(err.Error(), name) || !strings.Contains(err.Error(), test.value) {
			t.Errorf("%s=%s: %v", name, test.value, err)
		}
	}
}

func TestDefaultsNeedNoVariable(t *testing.T) {
	r := rig.New(t)
	data, err := r.Catalog.Encode()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "catalog.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	e := env(map[string]string{"LAMBDA_TASK_ROOT": root})
	if e.Log() == nil || e.MaxIntegrations() != 100 || e.Format() != r.Format || !e.Catalog().Has(rig.Readonly) {
		t.Error("a default is not as it should be")
	}
	if err := e.Err(); err != nil {
		t.Error(err)
	}
}

// manager is a Secrets Manager that holds one secret, and can be down.
type manager struct {
	secret string
	down   atomic.Bool
}

func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case m.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" || r.Header.Get("X-Amz-Security-Token") != "session":
		w.WriteHeader(http.StatusBadRequest)
	default:
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": m.secret})
	}
}

func TestAuthorizerStartsWithoutSecretsManagerAndRecovers(t *testing.T) {
	r := rig.New(t)
	pepper, err := os.ReadFile(r.PepperFile)
	if err != nil {
		t.Fatal(err)
	}
	m := &manager{secret: string(pepper)}
	m.down.Store(true)
	server := httptest.NewServer(m)
	defer server.Close()
	e := env(map[string]string{"PEPPER_SECRET": "pepper", "AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL})
	peppers := e.Peppers()
	e.Warm("peppers", func(ctx context.Context) error {
		_, _, err := peppers.Current(ctx)
		return err
	})
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	e.warmUp(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
	if !strings.Contains(log.String(), "start without peppers") {
		t.Errorf("log %q", &log)
	}

	a := gateway.NewAuthorizer(authorize.New(r.Format, r.Store, peppers, r.Catalog, nil, r.Clock.Now), slog.New(slog.DiscardHandler))
	issued := r.Create(t, "acme")
	decide := func() (*gateway.AuthorizerResponse, error) {
		return a.Handle(t.Context(), gateway.NewAuthorizerRequest("arn:aws:execute-api:eu-central-1:1:api/v2/GET"+rig.Path, "/{proxy+}", "GET", rig.Path, []string{issued.Token.Reveal()}))
	}
	if response, err := decide(); err == nil || err.Error() == "Unauthorized" {
		t.Errorf("while Secrets Manager is down: %+v, %v, want a fault", response, err)
	}
	m.down.Store(false)
	if response, err := decide(); err != nil || response.PolicyDocument.Statement[0].Effect != "Allow" {
		t.Errorf("once it is up: %+v, %v", response, err)
	}
}

func TestEachServiceIsCalledAtItsOwnAddress(t *testing.T) {
	var asked atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("X-Amz-Target"))
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	e := env(map[string]string{"TABLE": "t", "AWS_ENDPOINT_URL_DYNAMODB": server.URL})
	if _, err := e.Store().Credential(t.Context(), "x"); err == nil || asked.Load() != "DynamoDB_20120810.GetItem" {
		t.Errorf("asked %v, %v", asked.Load(), err)
	}
	e = env(map[string]string{"TABLE": "t", "AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL})
	if url, set, err := endpoints(e.getenv).GetServiceBaseEndpoint(t.Context(), "DynamoDB"); set || url != "" || err != nil {
		t.Errorf("DynamoDB at %q", url)
	}
}

func TestWarmingIsDoneAtOnceAndWithinItsTime(t *testing.T) {
	e := env(nil)
	met := make(chan struct{})
	e.Warm("one", func(context.Context) error { met <- struct{}{}; return nil })
	e.Warm("other", func(ctx context.Context) error {
		if deadline, limited := ctx.Deadline(); !limited || time.Until(deadline) > warmTimeout {
			t.Error("warming has no end")
		}
		<-met // comes only if both run at the same time
		return nil
	})
	e.warmUp(t.Context(), slog.New(slog.DiscardHandler))
}
