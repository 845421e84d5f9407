// Command publisher is the Lambda handler of the table's stream: facts go to the
// event bus, and uses of dead tokens become facts.
package main

import (
	"log/slog"
	"os"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/functions/internal/delivery"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start publisher", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any { return delivery.Changes(env).Handle }
