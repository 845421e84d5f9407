package record_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// flaky is a table some of whose writes fail, without having been done.
type flaky struct {
	table.Backend
	fail func() bool
}

func (f flaky) WriteEach(ctx context.Context, writes []table.Write) []error {
	became := make([]error, len(writes))
	var (
		rest  []table.Write
		place []int
	)
	for n, w := range writes {
		if became[n] = errDown; !f.fail() {
			rest, place = append(rest, w), append(place, n)
		}
	}
	for n, err := range f.Backend.WriteEach(ctx, rest) {
		became[place[n]] = err
	}
	return became
}

// Whatever instances note, in whatever order they write it, and whatever goes
// wrong on the way: once all have written, nothing is missing and nothing is
// counted twice.
func TestNothingIsLostOrCountedTwiceAmongInstancesThatFailAtTimes(t *testing.T) {
	r := rig.New(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		failing := false
		fail := func() bool { return failing && rapid.IntRange(0, 2).Draw(t, "fails") == 0 }
		instances := make([]*record.Recorder, 3)
		for n := range instances {
			config := record.ForFunctions(table.New(flaky{r.DB, fail}), r.Clock.Now)
			config.Patience = time.Minute // which a busy machine does not use up
			instances[n] = record.New(config)
		}
		tokens := []token.ID{token.ID(fmt.Sprintf("%021da", run)), token.ID(fmt.Sprintf("%021db", run))}
		from := usage.DayOf(r.Clock.Now())
		want, last := map[token.ID]int64{}, map[token.ID]time.Time{}
		instance := func(t *rapid.T) *record.Recorder { return instances[rapid.IntRange(0, 2).Draw(t, "instance")] }
		t.Repeat(map[string]func(*rapid.T){
			"note": func(t *rapid.T) {
				u := usage.Use{
					Token: rapid.SampledFrom(tokens).Draw(t, "token"), Account: "acme", Integration: "i", At: r.Clock.Now(),
					Operation: fmt.Sprintf("GET /%d", rapid.IntRange(0, 3).Draw(t, "operation")), Scopes: scope.NewSet(rig.Readonly),
					Caller: usage.NewCaller(fmt.Sprintf("192.0.2.%d", rapid.IntRange(0, 30).Draw(t, "caller")), "x"),
				}
				instance(t).Note(u)
				want[u.Token]++
				last[u.Token] = u.At
			},
			"flush": func(t *rapid.T) {
				if err := instance(t).Flush(context.Background()); err != nil && !errors.Is(err, errDown) {
					t.Fatal(err)
				}
			},
			"fail": func(*rapid.T) { failing = !failing },
			"wait": func(t *rapid.T) {
				r.Clock.Advance(time.Duration(rapid.SampledFrom([]int64{1, 5_000, 60_000, 30_000_000}).Draw(t, "milliseconds")) * time.Millisecond)
			},
		})
		failing = false
		for _, i := range instances {
			if err := i.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range tokens {
			rows, err := r.Store.Usage(context.Background(), []token.ID{id}, from)
			if err != nil {
				t.Fatal(err)
			}
			checkSums(t, rows, want[id])
		}
		uses, err := r.Store.LastUses(context.Background(), tokens)
		if err != nil {
			t.Fatal(err)
		}
		for id, at := range last {
			if !uses[id].Equal(at) {
				t.Fatalf("last used %v, want %v", uses[id], at)
			}
		}
	})
}

// checkSums holds that every way of counting comes to the same.
func checkSums(t *rapid.T, rows []usage.Row, want int64) {
	sums := map[string]int64{}
	for _, row := range rows {
		sums["requests"] += row.Count
		sums["operations"] += row.Others.Operations
		for _, n := range row.Operations {
			sums["operations"] += n
		}
		sums["callers"] += row.Others.Callers
		for _, calls := range row.Callers {
			sums["callers"] += calls.Count
		}
		sums["scopes"] += row.Scopes[rig.Readonly]
		if len(row.Callers) > usage.MaxCallers {
			t.Fatalf("%d callers on %s", len(row.Callers), row.Day)
		}
	}
	for _, what := range []string{"requests", "operations", "callers", "scopes"} {
		if sums[what] != want {
			t.Fatalf("%d %s, want %d", sums[what], what, want)
		}
	}
}
