// Command introspect is the Lambda handler of `GET /token`. It hands on what
// the authorizer found out and reaches nothing.
package main

import (
	"log/slog"
	"os"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/gateway"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start introspect", "error", err)
		os.Exit(1)
	}
}

func handler(*boot.Env) any { return gateway.REST(gateway.Introspect) }
