// Command set-permission is the Lambda handler of the operation set-permission of the
// management API.
package main

import (
	"log/slog"
	"os"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/functions/internal/management"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/gateway"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start set-permission", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	return gateway.HTTP(api.Find("set-permission").Handler(management.API(env)))
}
