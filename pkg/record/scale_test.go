package record_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// The goal is for 1,000,000 requests with 1,000 tokens. That takes half a minute:
// go test ./pkg/record -run Requests -requests=1000000
var requests = flag.Int("requests", 50_000, "how many requests are counted, of a thousandth as many tokens")

// minutes is how long they take by the clock.
const minutes = 10

// crowd is many tokens in use.
type crowd struct {
	*rig.Rig
	texts []string
	ids   []token.ID
}

func newCrowd(t testing.TB, tokens int) *crowd {
	t.Helper()
	c := &crowd{Rig: rig.New(t)}
	version, pepper, err := c.Peppers.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := range tokens {
		minted := c.Format.Mint(token.Entropy{byte(n), byte(n >> 8)})
		change, err := integration.Create(
			integration.New{ID: fmt.Sprintf("%026d", n), Account: "acme", Name: "Shop", Scopes: []string{rig.Readonly}}, c.Catalog,
			integration.Minted{ID: minted.ID(), MAC: pepper.MAC(minted), PepperVersion: version}, fact.System, c.Clock.Now())
		if err == nil {
			err = c.Store.Commit(t.Context(), change, tokens, nil)
		}
		if err == nil {
			err = c.Store.MarkUsed(t.Context(), minted.ID(), c.Clock.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
		c.texts, c.ids = append(c.texts, minted.Reveal()), append(c.ids, minted.ID())
	}
	return c
}

// call makes the n-th request.
func (c *crowd) call(ctx context.Context, a *authorize.Authorizer, n int) error {
	_, err := a.Authorize(ctx, authorize.Request{
		Method: "GET", Path: rig.Path, Credentials: []string{c.texts[n%len(c.texts)]}, Address: "203.0.113.7", Agent: "curl/8.5.0",
	})
	return err
}

// counted sums what is stored.
func (c *crowd) counted(t *testing.T) (sum int64) {
	t.Helper()
	rows, err := c.Store.Usage(t.Context(), c.ids, usage.DayOf(rig.Start))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		sum += row.Count
	}
	return sum
}

// ask makes all requests with a recorder that writes as one in a function does,
// and gives how many of them were made when the last minute began.
func (c *crowd) ask(t *testing.T, r *record.Recorder) (before int) {
	t.Helper()
	a := authorize.New(c.Format, c.Store, c.Peppers, c.Catalog, r, c.Clock.Now)
	for n := range *requests {
		if n > 0 && n%(*requests/minutes/60) == 0 {
			c.Clock.Advance(time.Second)
		}
		if err := errors.Join(c.call(t.Context(), a, n), r.Flush(t.Context())); err != nil {
			t.Fatal(err)
		}
		if n*minutes/(*requests) < minutes-1 {
			before = n + 1
		}
	}
	return before
}

// patient is a recorder as functions have it, but for time: on a busy machine a
// write can take longer than a request would wait for it.
func patient(store record.Store, now func() time.Time) *record.Recorder {
	config := record.ForFunctions(store, now)
	config.Patience = time.Minute
	return record.New(config)
}

func TestManyRequestsMakeOneWriteForEachTokenAndMinuteAndAreCountedExactly(t *testing.T) {
	tokens := *requests / 1000
	c := newCrowd(t, tokens)
	p := &pace{Backend: c.DB, now: c.Clock.Now, last: map[table.Key]time.Time{}}
	r := patient(table.New(p), c.Clock.Now)
	c.ask(t, r)
	if p.soon != 0 || p.points != tokens || len(p.last) != tokens {
		t.Errorf("%d of %d writes of %d rows come within a minute of the one before; %d times it was said which day is the newest",
			p.soon, p.writes, len(p.last), p.points)
	}
	t.Logf("%d requests, %d tokens, %d minutes: %d writes", *requests, tokens, minutes, p.writes)
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.counted(t); got != int64(*requests) {
		t.Errorf("%d of %d requests are counted", got, *requests)
	}
}

// pace counts writes, and those that come within a minute of the one before.
type pace struct {
	table.Backend
	now                  func() time.Time
	last                 map[table.Key]time.Time
	writes, points, soon int
}

func (p *pace) WriteEach(ctx context.Context, writes []table.Write) []error {
	now := p.now()
	for _, w := range writes {
		if w.Key.Sort == "LAST" {
			p.points++
			continue
		}
		p.writes++
		if before, written := p.last[w.Key]; written && now.Before(before.Add(time.Minute)) {
			p.soon++
		}
		p.last[w.Key] = now
	}
	return p.Backend.WriteEach(ctx, writes)
}

func TestKilledWithoutWarningTheLastMinuteIsLostAtMost(t *testing.T) {
	c := newCrowd(t, *requests/1000)
	before := c.ask(t, patient(table.New(c.DB), c.Clock.Now))
	if got := c.counted(t); got < int64(before) {
		t.Errorf("%d requests are counted; %d were made before the last minute", got, before)
	}
}
