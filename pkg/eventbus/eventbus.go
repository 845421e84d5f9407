// Package eventbus puts events on an EventBridge bus.
package eventbus

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/event"
)

// Bus is one bus. Safe for concurrent use.
type Bus struct {
	client *eventbridge.Client
	name   *string
}

var _ deliver.Bus = (*Bus)(nil)

// New opens the bus of that name or ARN.
func New(cfg aws.Config, name string) *Bus {
	return &Bus{eventbridge.NewFromConfig(cfg), aws.String(name)}
}

// Put sends up to [deliver.MaxBatch] events. Some may be taken and others not.
func (b *Bus) Put(ctx context.Context, events []event.Event) []error {
	answers := make([]error, len(events))
	out, err := b.client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: b.entries(events)})
	if err == nil && len(out.Entries) != len(events) {
		err = fmt.Errorf("put %d events: EventBridge answers for %d", len(events), len(out.Entries))
	}
	for n := range answers {
		switch {
		case err != nil:
			answers[n] = err
		case out.Entries[n].ErrorCode != nil:
			answers[n] = fmt.Errorf("EventBridge refuses: %s: %s", *out.Entries[n].ErrorCode, aws.ToString(out.Entries[n].ErrorMessage))
		}
	}
	return answers
}

func (b *Bus) entries(events []event.Event) []types.PutEventsRequestEntry {
	entries := make([]types.PutEventsRequestEntry, len(events))
	for n, e := range events {
		entries[n] = types.PutEventsRequestEntry{
			EventBusName: b.name,
			Source:       aws.String(event.Source),
			DetailType:   aws.String(string(e.Type)),
			Time:         aws.Time(e.At.Time),
			Detail:       aws.String(string(e.Text())),
		}
	}
	return entries
}
