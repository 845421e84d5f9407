// Package batch deals with what is handed over in batches and at least once: the
// changes of the table, as its stream has them, and the events of a queue. It
// answers which of a batch have to be handed over again.
package batch

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/tripwire"
)

// Store keeps integrations and their tokens, and what was written of them.
type Store interface {
	tripwire.Store
	// Written reads what lies under a key. Error: integration.ErrNotFound.
	Written(ctx context.Context, key table.Key) (table.Written, error)
}

// Input is what Lambda hands over: a batch of the stream or, from an operator,
// the keys of items that have to be dealt with again.
type Input struct {
	events.DynamoDBEvent
	Again []string `json:"again"` // such as "ACCOUNT#acme/FACT#…", as the log has them
}

// Changes deals with what was written to the table: new facts are published, and
// uses of dead tokens become facts.
type Changes struct {
	Publisher *deliver.Publisher
	Store     Store
	Now       func() time.Time
	Log       *slog.Logger
}

// Deal deals with changes in their order, as far as it gets: done are those from
// the front that need not be handed over again.
func (c *Changes) Deal(ctx context.Context, written []table.Written) (done int, err error) {
	for done < len(written) {
		facts, failed := leadingFacts(written[done:])
		if len(facts) > 0 {
			taken, err := c.Publisher.Publish(ctx, facts)
			done += taken
			if err != nil {
				return done, err
			}
			continue
		}
		if failed != nil {
			return done, failed
		}
		if err := c.dealWithUse(ctx, written[done]); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

func (c *Changes) dealWithUse(ctx context.Context, w table.Written) error {
	u, err := w.Reuse()
	if u == nil || err != nil {
		return err
	}
	return tripwire.Touch(ctx, c.Store, *u, c.Now())
}

// leadingFacts reads the facts from the front up to the first change that is
// none, or can't be read.
func leadingFacts(written []table.Written) (facts []fact.Fact, err error) {
	for _, w := range written {
		f, err := w.Fact()
		if f == nil || err != nil {
			return facts, err
		}
		facts = append(facts, *f)
	}
	return facts, nil
}

// again deals with what lies under some keys, as far as it gets.
func (c *Changes) again(ctx context.Context, keys []string) error {
	for _, text := range keys {
		partition, sort, _ := strings.Cut(text, "/")
		w, err := c.Store.Written(ctx, table.Key{Partition: partition, Sort: sort})
		if err != nil {
			return err
		}
		if !w.Awaited() {
			return fmt.Errorf("%s is neither a fact nor the use of a dead token", text)
		}
		if _, err := c.Deal(ctx, []table.Written{w}); err != nil {
			return fmt.Errorf("deal with %s again: %w", text, err)
		}
	}
	return nil
}

// Handle is the face of Deal to Lambda. What is left is handed over again from
// the first of it on. A batch of which nothing can be done is a failure of the
// whole, which Lambda halves until the change that is to blame is alone: told of
// that one by number, it would retry all that follow it in vain as well.
func (c *Changes) Handle(ctx context.Context, e Input) (events.DynamoDBEventResponse, error) {
	if len(e.Again) > 0 {
		return events.DynamoDBEventResponse{}, c.again(ctx, e.Again)
	}
	written := make([]table.Written, 0, len(e.Records))
	var unread error
	for n, r := range e.Records {
		w, err := readRecord(r)
		if err != nil {
			unread = fmt.Errorf("read record %d of %d: %w", n+1, len(e.Records), err)
			break
		}
		written = append(written, w)
	}
	done, err := c.Deal(ctx, written)
	if err == nil {
		err = unread
	}
	if err == nil {
		return events.DynamoDBEventResponse{}, nil
	}
	first := e.Records[done]
	c.Log.ErrorContext(ctx, "change not dealt with", "error", err, "done", done, "of", len(e.Records),
		"key", keyOf(first).String(), "sequenceNumber", first.Change.SequenceNumber)
	if done == 0 {
		return events.DynamoDBEventResponse{}, err
	}
	return events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{
		{ItemIdentifier: first.Change.SequenceNumber},
	}}, nil
}
