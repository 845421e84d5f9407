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
	"github.com/private-integrations/private-integrations/pkg/table"
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
	lambda.StartWithOptions(h, env.options(log)...)
	return nil
}

// options lets a function that has something left to do at its end be told of
// it: Lambda sends SIGTERM to no other.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
func (e *Env) options(log *slog.Logger) []lambda.Option {
	if len(e.end) == 0 {
		return nil
	}
	return []lambda.Option{lambda.WithEnableSIGTERM(func() {
		ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
		do(ctx, log, "end without ", e.end)
		cancel()
		os.Exit(0)
	})}
}

// AtEnd has something done when the function is told to end.
func (e *Env) AtEnd(what string, do func(context.Context) error) {
	e.end = append(e.end, task{what, do})
}

// endTimeout is within the half second that Lambda leaves after SIGTERM.
const endTimeout = 400 * time.Millisecond

// garbage is by how many per cent the heap may grow before it is cleared. A
// function's is so small that it would be cleared every few invocations.
const garbage = 400

// A task is done before the first invocation or after the last.
type task struct {
	what string
	do   func(context.Context) error
}

// Warm has something done before the first invocation, so that this does not
// pay for it.
func (e *Env) Warm(what string, do func(context.Context) error) {
	e.warm = append(e.warm, task{what, do})
}

// warmTimeout keeps the start within the ten seconds that Lambda gives it.
const warmTimeout = 5 * time.Second

// warmUp does all that is to be warmed at once. What fails is logged and no
// more: the invocation that needs it tries again, and answers as it can.
func (e *Env) warmUp(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	do(ctx, log, "start without ", e.warm)
}

func do(ctx context.Context, log *slog.Logger, without string, tasks []task) {
	var all sync.WaitGroup
	for _, t := range tasks {
		all.Go(func() {
			if err := t.do(ctx); err != nil {
				log.WarnContext(ctx, without+t.what, "error", err)
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
func (e *Env) Scheduled(run func(context.Context, *table.Store, time.Time) (sweep.Report, error)) any {
	return scheduled(e.Store(), e.Log(), run)
}

func scheduled(store *table.Store, log *slog.Logger,
	run func(context.Context, *table.Store, time.Time) (sweep.Report, error),
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
