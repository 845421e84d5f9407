package batch

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/event"
)

// Events deals with events that came over the bus into a queue: people are told.
type Events struct {
	Notifier *deliver.Notifier
	Log      *slog.Logger
}

// Handle tells people of each event of a batch. Those of which it could not are
// left in the queue, and the others go.
func (h *Events) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	var left events.SQSEventResponse
	for _, m := range batch.Records {
		if err := h.tell(ctx, m.Body); err != nil {
			h.Log.ErrorContext(ctx, "people not told", "error", err, "message", m.MessageId)
			left.BatchItemFailures = append(left.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return left, nil
}

func (h *Events) tell(ctx context.Context, body string) error {
	var envelope struct {
		Source string
		Detail json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	if envelope.Source != event.Source {
		return fmt.Errorf("an event of %q is none of ours", envelope.Source)
	}
	e, err := event.Parse(envelope.Detail)
	if err != nil {
		return err
	}
	return h.Notifier.Notify(ctx, e)
}
