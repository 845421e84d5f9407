// Package localtest runs the whole product inside a test and talks to it over
// HTTP, as its clients do.
package localtest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Admin is the user that a [Runner] is asked by unless another is named.
const Admin = "admin@acme.test"

// Runner is a running product and one user of it.
type Runner struct {
	*runner.Runner
	Config runner.Config

	t      testing.TB
	client *http.Client
	jwt    string
	stop   func()
}

// Config is that of a runner for tests: ports that are free, sample contacts,
// schedules only when asked to, and a data folder that is yet to be made.
func Config(t testing.TB) runner.Config {
	return runner.Config{
		DataDir: filepath.Join(t.TempDir(), "data"), Port: "0", APIPort: "0",
		Upstream: "contacts", TokenPrefix: token.DefaultPrefix, MaxIntegrations: 100, Sample: true,
		Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// Start runs the product until the test ends, or [Runner.Stop] is called.
func Start(t testing.TB, configure ...func(*runner.Config)) *Runner {
	t.Helper()
	config := Config(t)
	for _, c := range configure {
		c(&config)
	}
	lendKey(t, config.DataDir)
	product, err := runner.New(config)
	if err != nil {
		t.Fatalf("start the runner: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- product.Run(ctx) }()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	r := &Runner{Runner: product, Config: config, t: t}
	r.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	r.stop = sync.OnceFunc(func() {
		cancel()
		transport.CloseIdleConnections()
		if err := <-stopped; err != nil {
			t.Errorf("stop the runner: %v", err)
		}
	})
	t.Cleanup(r.stop)
	return r.As(Admin)
}

// Stop stops the product as Ctrl-C does.
func (r *Runner) Stop() { r.stop() }

// As is the same product asked by another user.
func (r *Runner) As(user string) *Runner {
	r.t.Helper()
	jwt := r.Manage("GET", "/dev/token?user="+user, "")
	if jwt.Status != http.StatusOK {
		r.t.Fatalf("sign in as %s: %d %s", user, jwt.Status, jwt.Body)
	}
	borrowKey(r.t, r.Config.DataDir)
	other := *r
	other.jwt = string(jwt.Body)
	return &other
}

// Manage sends a request to the management port: a path, a JSON body (empty:
// none) and pairs of names and values of headers.
func (r *Runner) Manage(method, path, body string, headers ...string) Answer {
	r.t.Helper()
	if r.jwt != "" {
		headers = append([]string{"Authorization", "Bearer " + r.jwt}, headers...)
	}
	if body != "" {
		headers = append([]string{"Content-Type", "application/json"}, headers...)
	}
	return r.Send(method, r.ManagementURL+path, body, headers...)
}

// API sends a request to API v2.0 with a token (empty: none) and pairs of names
// and values of headers.
func (r *Runner) API(method, path, token string, headers ...string) Answer {
	r.t.Helper()
	headers = append([]string{"Version", "2021-07-28"}, headers...)
	if token != "" {
		headers = append([]string{"Authorization", token}, headers...)
	}
	return r.Send(method, r.APIURL+path, "", headers...)
}

// Send sends a request to any address; of headers named twice the later value
// counts, and an empty one takes the header out. It may be used by many
// goroutines at once: where nothing is answered the test fails and goes on.
func (r *Runner) Send(method, url, body string, headers ...string) Answer {
	r.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		r.t.Errorf("%s %s: %v", method, url, err)
		return Answer{}
	}
	for n := 0; n+1 < len(headers); n += 2 {
		switch name, value := headers[n], headers[n+1]; {
		case value == "":
			request.Header.Del(name)
		case strings.EqualFold(name, "Host"):
			request.Host = value
		default:
			request.Header.Set(name, value)
		}
	}
	response, err := r.client.Do(request)
	if err != nil {
		r.t.Errorf("%s %s: %v", method, url, err)
		return Answer{}
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Errorf("%s %s: %v", method, url, err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: answer}
}

// loan is an issuer's key that the runners of one test binary hand on: making
// one takes longer than most tests.
var loan struct {
	sync.Mutex
	key []byte
}

const keyFile = "issuer.pem"

// lendKey puts the key into a data folder that has none.
func lendKey(t testing.TB, folder string) {
	loan.Lock()
	defer loan.Unlock()
	file := filepath.Join(folder, keyFile)
	if _, err := os.Stat(file); err == nil || loan.key == nil {
		return
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, loan.key, 0o600); err != nil {
		t.Fatal(err)
	}
}

// borrowKey keeps the key of the first runner that signed somebody in.
func borrowKey(t testing.TB, folder string) {
	loan.Lock()
	defer loan.Unlock()
	if loan.key != nil {
		return
	}
	key, err := os.ReadFile(filepath.Join(folder, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	loan.key = key
}
