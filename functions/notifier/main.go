// Command notifier is the Lambda handler of the queue of events that people are
// told of.
package main

import (
	"log/slog"
	"os"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/functions/internal/delivery"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start notifier", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any { return delivery.Events(env).Handle }
