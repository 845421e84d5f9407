package record_test

import (
	"context"
	"fmt"
	"testing"
	"time"

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
