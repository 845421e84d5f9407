package record_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// nowhere stores nothing and says that it did.
type nowhere struct{}

func (nowhere) AddUsage(_ context.Context, additions []usage.Addition) []usage.Added {
	added := make([]usage.Added, len(additions))
	for n := range added {
		added[n].Done = true
	}
	return added
}

// BenchmarkNote is what counting adds to each request.
func BenchmarkNote(b *testing.B) {
	start := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	r := record.New(record.ForFunctions(nowhere{}, func() time.Time { return start }))
	uses := make([]usage.Use, 1000)
	for n := range uses {
		uses[n] = usage.Use{
			Token: token.ID(fmt.Sprintf("%022d", n)), Account: "acme", Integration: "i", At: start,
			Operation: "GET /contacts/{contactId}", Scopes: scope.NewSet("contacts.readonly"),
			Caller: usage.NewCaller("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"),
		}
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		r.Note(uses[n%len(uses)])
	}
}

// BenchmarkRequestPaired makes requests, from the event to the policy, of a
// thousand tokens on disk with and without counting by turns, and compares the
// medians: what else the machine does strikes both alike. Nothing is due
// meanwhile.
func BenchmarkRequestPaired(b *testing.B) {
	const tokens, block = 1000, 10
	c := newCrowd(b, tokens)
	golden, err := os.ReadFile("../../events/authorizer.json")
	if err != nil {
		b.Fatal(err)
	}
	events := make([][]byte, tokens)
	for n, text := range c.texts {
		events[n] = bytes.ReplaceAll(golden, []byte("pit_REPLACE_WITH_A_TOKEN"), []byte(text))
	}
	uses := record.New(record.ForFunctions(nowhere{}, c.Clock.Now))
	quiet := slog.New(slog.DiscardHandler)
	handlers := []*gateway.Authorizer{
		gateway.NewAuthorizer(c.AuthorizerOver(c.Store), quiet),
		gateway.NewAuthorizer(authorize.New(c.Format, c.Store, c.Peppers, c.Catalog, uses, c.Clock.Now), quiet).After(uses.Flush),
	}
	took := make([][]float64, len(handlers))
	run := func(h int, from int) {
		began := time.Now()
		for n := range block {
			if _, err := handlers[h].Invoke(b.Context(), events[(from+n)%tokens]); err != nil {
				b.Fatal(err)
			}
		}
		took[h] = append(took[h], float64(time.Since(began).Nanoseconds())/block)
	}
	for n := 0; n < tokens; n += block {
		run(0, n)
		run(1, n) // the first uses are written
	}
	took = make([][]float64, len(handlers))
	for n := 0; b.Loop(); n++ {
		run(n%2, n*block)
		run(1-n%2, n*block)
	}
	medians := make([]float64, len(took))
	for h := range took {
		slices.Sort(took[h])
		medians[h] = took[h][len(took[h])/2]
	}
	b.ReportMetric(0, "ns/op") // of a block of both, which tells nothing
	b.ReportMetric(medians[0], "ns/plain")
	b.ReportMetric(medians[1], "ns/counted")
	b.ReportMetric(100*(medians[1]/medians[0]-1), "%more")
}
