package lambda_test

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// front is a server that notes when it is connected to.
type front struct {
	*httptest.Server
	mu       sync.Mutex
	accepted []time.Time
}

// serve serves handler, over TLS if asked to.
func serve(t *testing.T, handler http.Handler, tls bool) *front {
	t.Helper()
	f := &front{Server: httptest.NewUnstartedServer(handler)}
	f.Listener = noting{f.Listener, f}
	if tls {
		f.StartTLS()
	} else {
		f.Start()
	}
	t.Cleanup(f.Close)
	return f
}

// proxy serves what is at address.
func proxy(t *testing.T, address string, tls bool) *front {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, httputil.NewSingleHostReverseProxy(to), tls)
}

// connections are the instants at which it was connected to.
func (f *front) connections() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.accepted)
}

type noting struct {
	net.Listener
	front *front
}

func (l noting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.front.mu.Lock()
		l.front.accepted = append(l.front.accepted, time.Now())
		l.front.mu.Unlock()
	}
	return c, err
}

// fronted puts fronts before both services and gives the variables that lead
// there.
func (c *cloud) fronted(t *testing.T, tls bool) (database, secrets *front, variables []string) {
	t.Helper()
	database, secrets = proxy(t, c.Env["AWS_ENDPOINT_URL_DYNAMODB"], tls), serve(t, c.Secrets, tls)
	variables = []string{"AWS_ENDPOINT_URL_DYNAMODB", database.URL, "AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.URL}
	if tls {
		variables = append(variables, trust(t, database)...)
	}
	return database, secrets, variables
}

// trust gives the variables that make a Go program trust the certificate of f,
// beside those that this machine trusts: a program on AWS has all of them to
// read as well.
func trust(t *testing.T, f *front) []string {
	t.Helper()
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt") // where Debian keeps it
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})...)
	folder := t.TempDir()
	file := filepath.Join(folder, "ca-bundle.crt")
	if err := os.WriteFile(file, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"SSL_CERT_FILE", file, "SSL_CERT_DIR", folder}
}
