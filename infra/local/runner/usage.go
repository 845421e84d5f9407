package runner

import (
	"context"
	"time"

	"github.com/private-integrations/private-integrations/pkg/record"
)

// recorder gathers what tokens are used for. Other than a function, the runner
// goes on between two requests: it writes beside them and in batches that share
// a sync to disk, but none so large that requests would wait for it.
func (r *Runner) recorder() *record.Recorder {
	return record.New(record.Config{
		Store: r.data.table, Now: r.Clock.Now, Batch: 200, Patience: 10 * time.Second, Tokens: 250_000,
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

// restAfter is by how many times a batch is followed by rest: where a great many
// tokens are used for the first time at once, their usage waits, and not the
// requests that come in meanwhile.
const restAfter = 9

func (r *Runner) flushUsage(ctx context.Context) {
	for r.uses.Due() && ctx.Err() == nil {
		began := time.Now()
		if err := r.uses.Flush(context.WithoutCancel(ctx)); err != nil { // what was begun is ended
			r.config.Log.WarnContext(ctx, "usage", "error", err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(restAfter * time.Since(began)):
		}
	}
}
