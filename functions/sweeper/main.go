// Command sweeper is the Lambda handler of the schedule that records what has
// lapsed.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start sweeper", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	return env.Scheduled(func(ctx context.Context, store *table.Store, now time.Time) (sweep.Report, error) {
		return sweep.Run(ctx, store, now)
	})
}
