package boot

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/private-integrations/private-integrations/pkg/sweep"
)

// Run makes a function's handler and serves its invocations. It returns only if
// the function can't start.
func Run(handler func(*Env) any) error {
	debug.SetGCPercent(garbage)
	env := NewEnv(os.Getenv)
	log := env.Log()
	slog.SetDefault(log)
	h := handler(env)
	if err := env.Err(); err != nil {
		return fmt.Errorf("read the environment: %w", err)
	}
	env.warmUp(context.Background(), log)
	lambda.Start(h)
	return nil
}

// garbage is by how many per cent the heap may grow before it is cleared. A
// function's is so small that it would be cleared every few invocations.
const garbage = 400

// A warmer opens a connection, or fetches keys, before the first invocation.
type warmer struct {
	what string
	do   func(context.Context) error
}

// Warm has something done before the first invocation, so that this does not
// pay for it.
func (e *Env) Warm(what string, do func(context.Context) error) {
	e.warm = append(e.warm, warmer{what, do})
}

// warmTimeout keeps the start within the ten seconds that Lambda gives it.
const warmTimeout = 5 * time.Second

// warmUp does all that is to be warmed at once. What fails is logged and no
// more: the invocation that needs it tries again, and answers as it can.
func (e *Env) warmUp(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	var all sync.WaitGroup
	for _, w := range e.warm {
		all.Go(func() {
			if err := w.do(ctx); err != nil {
				log.WarnContext(ctx, "start without "+w.what, "error", err)
			}
		})
	}
	all.Wait()
}

// margin is how long before its deadline a scheduled run ends, so that it can
// still tell what it did.
const margin = 5 * time.Second

// Scheduled makes the handler of a schedule, whatever its event says. What is
// left at the end of its time is for the next run.
func (e *Env) Scheduled(run func(context.Context, sweep.Store, time.Time) (sweep.Report, error)) any {
	return scheduled(e.Store(), e.Log(), run)
}

func scheduled(store sweep.Store, log *slog.Logger,
	run func(context.Context, sweep.Store, time.Time) (sweep.Report, error),
) func(context.Context) (sweep.Report, error) {
	return func(ctx context.Context) (sweep.Report, error) {
		if deadline, limited := ctx.Deadline(); limited {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
			defer cancel()
		}
		report, err := run(ctx, store, time.Now())
		log.InfoContext(ctx, "run", "report", report)
		return report, err
	}
}
