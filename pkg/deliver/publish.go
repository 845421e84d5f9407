// Package deliver brings what has happened to those who want to know: facts to
// the bus that other programs listen to, and notices to people.
//
// Both may be asked to deliver the same thing again, and are: streams, buses and
// queues hand over at least once. An event that is sent again is the same event,
// with the same id; a person is told once.
package deliver

import (
	"context"
	"fmt"

	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Bus takes events on their way to other programs.
type Bus interface {
	// Put sends up to [MaxBatch] events, and gives an error for each, nil for
	// those that were taken.
	Put(ctx context.Context, events []event.Event) []error
}

// MaxBatch and MaxBytes bound what a bus takes at once: EventBridge's bounds,
// the second with room for what an event is wrapped in.
const (
	MaxBatch = 10
	MaxBytes = 200 << 10
)

// Publisher puts facts on a bus.
type Publisher struct {
	Bus    Bus
	Format token.Format
}

// Publish sends the events of facts. It tells how many from the front were
// taken; those behind may have been, or not, and are to be published again. The
// error says why not all were.
func (p *Publisher) Publish(ctx context.Context, facts []fact.Fact) (taken int, err error) {
	events := make([]event.Event, len(facts))
	for n, f := range facts {
		events[n] = event.Of(f, p.Format)
	}
	for taken < len(events) {
		batch := firstBatch(events[taken:])
		for _, err := range p.Bus.Put(ctx, batch) {
			if err != nil {
				return taken, fmt.Errorf("publish %s: %w", events[taken].ID, err)
			}
			taken++
		}
	}
	return taken, nil
}

// firstBatch is as much from the front as a bus takes at once. What is too large
// by itself is left for the bus to refuse.
func firstBatch(events []event.Event) []event.Event {
	bytes := 0
	for n, e := range events {
		bytes += len(e.Text())
		if n == MaxBatch || n > 0 && bytes > MaxBytes {
			return events[:n]
		}
	}
	return events
}
