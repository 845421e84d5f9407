// Command rotate-pepper is the rotation function of the secret that holds the
// peppers: Secrets Manager calls it to add a new one.
package main

import (
	"log/slog"
	"os"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start rotate-pepper", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any { return env.PepperRotation().Handle }
