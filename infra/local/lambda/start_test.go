package lambda_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/lambda"
	"github.com/private-integrations/private-integrations/pkg/gateway"
)

func TestEveryFunctionStarts(t *testing.T) {
	c := newCloud(t)
	for _, pattern := range []string{"/functions/*/main.go", "/functions/*/*/main.go"} {
		sources, err := filepath.Glob(root + pattern)
		if err != nil || len(sources) == 0 {
			t.Fatalf("%s: %v, %v", pattern, sources, err)
		}
		for _, source := range sources {
			c.start(t, filepath.Base(filepath.Dir(source))).Stop()
		}
	}
}

func TestAFunctionThatLacksAVariableSaysWhichAndEnds(t *testing.T) {
	c := newCloud(t)
	for function, variable := range map[string]string{
		"authorizer": "TABLE", "create-integration": "PEPPER_SECRET", "list-events": "SIGNING_SECRET", "console": "SEALING_SECRET", "sweeper": "TABLE", "list-scopes": "CATALOG_FILE",
	} {
		var log strings.Builder
		config := c.config(t, function)
		delete(config.Env, variable)
		config.Log = io.MultiWriter(&log, t.Output())
		if _, err := lambda.Start(config); err == nil || !strings.Contains(err.Error(), "exit status 1") {
			t.Errorf("%s without %s: %v", function, variable, err)
		}
		var line struct{ Level, Msg, Error string }
		if err := json.Unmarshal([]byte(log.String()), &line); err != nil || line.Level != "ERROR" ||
			line.Msg != "start "+function || !strings.Contains(line.Error, variable) {
			t.Errorf("%s without %s: log %q", function, variable, &log)
		}
	}
}

func TestAColdStartWithoutSecretsManagerIs503AndRecovers(t *testing.T) {
	c := newCloud(t)
	made := c.create(t)
	for name, down := range map[string]func(*testing.T) (address string, up func()){
		"it refuses": func(*testing.T) (string, func()) {
			c.Secrets.down.Store(true)
			return c.Env["AWS_ENDPOINT_URL_SECRETS_MANAGER"], func() { c.Secrets.down.Store(false) }
		},
		"nobody listens": func(t *testing.T) (string, func()) {
			s := serve(t, c.Secrets, false)
			address := s.Listener.Addr().String()
			s.Close()
			return s.URL, func() {
				l, err := net.Listen("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				again := &http.Server{Handler: c.Secrets}
				go func() { _ = again.Serve(l) }()
				t.Cleanup(func() { _ = again.Close() })
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			address, up := down(t)
			authorizer := c.start(t, "authorizer", "AWS_ENDPOINT_URL_SECRETS_MANAGER", address)
			v2 := c.publicAPI(t, authorizer)
			for range 2 {
				got := ask(v2, "GET", "/contacts/", made.Token, "")
				if got.Code != 503 || got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), `"unavailable"`) {
					t.Errorf("a living token: %d %s", got.Code, got.Body)
				}
			}
			for _, text := range []string{"", "pit_x", unknownToken(t)} {
				if got := ask(v2, "GET", "/contacts/", text, ""); got.Code != 401 || got.Header().Get("WWW-Authenticate") != gateway.Challenge {
					t.Errorf("no token: %d %s", got.Code, got.Body)
				}
			}
			up()
			if got := ask(v2, "GET", "/contacts/", made.Token, ""); got.Code != 200 {
				t.Errorf("once it is up: %d %s", got.Code, got.Body)
			}
		})
	}
}

func TestNoInvocationPaysAHandshake(t *testing.T) {
	c := newCloud(t)
	database, secrets, variables := c.fronted(t, true)
	authorizer := c.start(t, "authorizer", variables...)
	for _, f := range []*front{database, secrets} {
		if n := len(f.connections()); n != 1 {
			t.Errorf("%d connections before the invocations, want 1", n)
		}
	}
	// What is written of a use has a short deadline, and a call that is given up
	// takes its connection along: that is another matter than the handshake. An
	// unknown token is looked up and nothing is written. So many calls meet what
	// ends a connection once in a hundred.
	for range 500 {
		if _, err := authorizer.Invoke(t.Context(), payload(t, "authorizer.json", unknownToken(t))); err == nil || err.Error() != "Unauthorized" {
			t.Errorf("an unknown token: %v", err)
		}
	}
	for _, f := range []*front{database, secrets} {
		if n := len(f.connections()); n != 1 {
			t.Errorf("%d connections after 500 of them, want 1", n)
		}
	}
}
