// Command sweeper is the Lambda handler of the schedule that records what has
// lapsed.
package main

import (
	"log/slog"
	"os"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/sweep"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start sweeper", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any { return env.Scheduled(sweep.Run) }
