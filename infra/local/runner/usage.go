package runner

import (
	"context"
	"time"

	"github.com/private-integrations/private-integrations/pkg/record"
)

// recorder gathers what tokens are used for. Other than a function, the runner
// goes on between two requests: it writes beside them and in large batches,
// which share a sync to disk.
func (r *Runner) recorder() *record.Recorder {
	return record.New(record.Config{
		Store: r.data.table, Now: r.Clock.Now, Batch: 1000, Patience: 10 * time.Second, Tokens: 100_000,
	})
}

// writeUsage writes usage as it comes due until ctx ends, and then closes the
// channel.
func (r *Runner) writeUsage(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	due := ticks(r.config.UsageEvery)
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-due:
				r.flushUsage(ctx)
			}
		}
	}()
	return done
}

func (r *Runner) flushUsage(ctx context.Context) {
	for r.uses.Due() && ctx.Err() == nil {
		if err := r.uses.Flush(ctx); err != nil {
			r.config.Log.WarnContext(ctx, "usage", "error", err)
			return
		}
	}
}
