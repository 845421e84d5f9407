// Package sweep records, a while after it happened, that tokens have died by
// the clock. It is housekeeping: a token is dead from its deadline on, swept or
// not.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// Store finds what is due and writes changes.
type Store interface {
	// Due calls visit with the integrations for which something is due by
	// until, and stops with its error. Some may have been dealt with already.
	Due(ctx context.Context, until time.Time, visit func(account, id string) error) error
	// Integration reads one, a deleted one too. Error: integration.ErrNotFound.
	Integration(ctx context.Context, account, id string) (integration.Integration, error)
	// Commit writes a change at once or not at all. Error:
	// integration.ErrConflict.
	Commit(ctx context.Context, c integration.Change, max int, receipt *integration.Receipt) error
}

// Report tells what a run did.
type Report struct {
	Visited  int  `json:"visited"`  // integrations for which something was due
	Changed  int  `json:"changed"`  // those of which something was recorded
	Lost     int  `json:"lost"`     // those that others changed meanwhile: left for the next run
	Failed   int  `json:"failed"`   // those that could not be read or written
	Complete bool `json:"complete"` // whether all that was due was visited within the time
}

// Run records what has lapsed by now. It ends when ctx does, with what it has
// done by then; the error is a fault.
func Run(ctx context.Context, store Store, now time.Time) (Report, error) {
	return Each(ctx, store, now, func(_ context.Context, i integration.Integration) (integration.Change, error) {
		return i.Sweep(integration.Instant(now)), nil
	})
}

// Each takes every integration for which something is due through a transition
// and writes those that changed. A lost race is left for the next run, and so
// is one that fails, which does not keep the others waiting.
func Each(ctx context.Context, store Store, now time.Time,
	transition func(context.Context, integration.Integration) (integration.Change, error),
) (Report, error) {
	var (
		report Report
		fault  error
	)
	now = integration.Instant(now)
	err := store.Due(ctx, now, func(account, id string) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		report.Visited++
		changed, err := apply(ctx, store, account, id, transition)
		switch {
		case errors.Is(err, integration.ErrConflict):
			report.Lost++
		case err != nil && ctx.Err() == nil:
			report.Failed++
			fault = fmt.Errorf("%s of %s: %w", id, account, err)
		case changed:
			report.Changed++
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return report, fmt.Errorf("find what is due: %w", err)
	}
	report.Complete = ctx.Err() == nil
	return report, fault
}

func apply(ctx context.Context, store Store, account, id string,
	transition func(context.Context, integration.Integration) (integration.Change, error),
) (changed bool, err error) {
	i, err := store.Integration(ctx, account, id)
	if errors.Is(err, integration.ErrNotFound) {
		return false, nil // the index lags
	}
	if err != nil {
		return false, err
	}
	c, err := transition(ctx, i)
	if err != nil || c.Empty() {
		return false, err
	}
	err = store.Commit(ctx, c, 0, nil)
	return err == nil, err
}
