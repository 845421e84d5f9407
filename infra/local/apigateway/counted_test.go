package apigateway_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/apigateway"
	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// paired are servers of one product that are asked by turns, so that what else
// the machine does strikes all alike.
type paired struct {
	*rig.Rig
	client *http.Client
	texts  []string
	urls   []string
	took   [][]float64 // microseconds of a request, by server
}

func (p *paired) serve(b *testing.B, uses authorize.Uses) {
	quiet := slog.New(slog.DiscardHandler)
	a := authorize.New(p.Format, p.Rig.Store, p.Peppers, p.Catalog, uses, p.Clock.Now)
	s := httptest.NewServer(apigateway.NewREST(apigateway.RESTConfig{
		Authorizer: gateway.NewAuthorizer(a, quiet).Handle, Introspect: gateway.REST(gateway.Introspect),
		Upstream: apigateway.Echo(), Log: quiet,
	}))
	b.Cleanup(s.Close)
	p.urls = append(p.urls, s.URL)
}

// ask makes some requests of a server, each with another token.
func (p *paired) ask(b *testing.B, server, from int) {
	const block = 5
	began := time.Now()
	for n := range block {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, p.urls[server]+rig.Path, nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Authorization", p.texts[(from*block+n)%len(p.texts)])
		response, err := p.client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			b.Fatal(response.Status)
		}
	}
	p.took[server] = append(p.took[server], float64(time.Since(began).Nanoseconds())/1000/block)
}

// turns are orders in which each server stands at each place once.
var turns = [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {1, 0, 2}, {0, 2, 1}}

// BenchmarkCountedRequestPaired makes requests over HTTP, of a thousand tokens on
// disk, of a server that counts them and of two that don't. By how much the
// medians of those two differ is the noise.
func BenchmarkCountedRequestPaired(b *testing.B) {
	p := &paired{Rig: rig.New(b), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}}
	for n := range 1000 {
		issued := p.Create(b, fmt.Sprintf("account%d", n/100))
		p.texts = append(p.texts, issued.Token.Reveal())
	}
	uses := record.New(record.Config{Store: p.Rig.Store, Now: p.Clock.Now, Batch: 1000, Patience: time.Minute, Tokens: 10_000})
	p.serve(b, nil)
	p.serve(b, uses)
	p.serve(b, nil)
	p.took = make([][]float64, len(p.urls))
	for n := range 200 { // first uses, and connections
		for server := range p.urls {
			p.ask(b, server, n)
		}
	}
	p.took = make([][]float64, len(p.urls))
	for n := 0; b.Loop(); n++ {
		for _, server := range turns[n%len(turns)] {
			p.ask(b, server, n)
		}
	}
	medians := make([]float64, len(p.took))
	for n, took := range p.took {
		slices.Sort(took)
		medians[n] = took[len(took)/2]
	}
	b.ReportMetric(0, "ns/op") // of some requests of all, which tells nothing
	b.ReportMetric(medians[0], "µs/plain")
	b.ReportMetric(medians[1], "µs/counted")
	b.ReportMetric(medians[2], "µs/plain-again")
}
