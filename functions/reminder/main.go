// Command reminder is the Lambda handler of the schedule that records which
// tokens have become old.
package main

import (
	"log/slog"
	"os"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/remind"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start reminder", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any { return env.Scheduled(remind.Run) }
