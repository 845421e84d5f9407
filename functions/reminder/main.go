// Command reminder is the Lambda handler of the schedule that records what
// people should know in time: old tokens, expiries, windows that end, idle tokens.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start reminder", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	return env.Scheduled(func(ctx context.Context, store *table.Store, now time.Time) (sweep.Report, error) {
		return remind.Run(ctx, store, now)
	})
}
