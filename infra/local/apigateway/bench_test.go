package apigateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// allowAll answers what the authorizer answers to a token that may pass.
func allowAll(_ context.Context, r *gateway.AuthorizerRequest) (*gateway.AuthorizerResponse, error) {
	return &gateway.AuthorizerResponse{
		PrincipalID: "01KA1B2C3D4E5F6G7H8J9K0M1N",
		PolicyDocument: gateway.Policy{
			Version:   "2012-10-17",
			Statement: [1]gateway.Statement{{Action: "execute-api:Invoke", Effect: "Allow", Resource: arnPrefix + "*"}},
		},
		Context: gateway.AuthorizerContext{
			Account: "acme", Integration: "01KA1B2C3D4E5F6G7H8J9K0M1N", Token: "0000000000000000000000",
			Scopes: "contacts.readonly contacts.write", Path: r.Path,
		},
	}, nil
}

// sink is a ResponseWriter that costs next to nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

func benchmarkRequest() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/contacts/ada", http.NoBody)
	r.Header.Set("Authorization", "Bearer pit_placeholder")
	r.Header.Set("Version", "2021-07-28")
	r.Header.Set("User-Agent", "bench/1")
	return r
}

// allocations that the gateway itself may make for a request that passes.
const maxAllocations = 25

func TestAllowPathAllocatesLittle(t *testing.T) {
	g := NewREST(RESTConfig{Authorizer: allowAll, Upstream: Echo()})
	r := benchmarkRequest()
	n := testing.AllocsPerRun(100, func() {
		w := &sink{header: http.Header{}}
		if g.ServeHTTP(w, r); w.status != http.StatusOK {
			t.Fatal(w.status)
		}
	})
	if n > maxAllocations {
		t.Errorf("%v allocations, want at most %d", n, maxAllocations)
	}
}

func BenchmarkServeAllowed(b *testing.B) {
	g := NewREST(RESTConfig{Authorizer: allowAll, Upstream: Echo()})
	r := benchmarkRequest()
	b.ReportAllocs()
	for b.Loop() {
		g.ServeHTTP(&sink{header: http.Header{}}, r)
	}
}

// BenchmarkServeVerified is the same with the real authorizer on a real store.
func BenchmarkServeVerified(b *testing.B) {
	w := newWorld(b)
	m := w.create("contacts.readonly")
	g := NewREST(w.rest(Echo()))
	r := benchmarkRequest()
	r.Header.Set("Authorization", "Bearer "+m.text)
	b.ReportAllocs()
	for b.Loop() {
		out := &sink{header: http.Header{}}
		if g.ServeHTTP(out, r); out.status != http.StatusOK {
			b.Fatal(out.status)
		}
	}
}
