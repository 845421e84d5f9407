// Command delete-integration is the Lambda handler of the operation
// delete-integration of the management API.
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
		slog.Error("start delete-integration", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	a := management.API(env)
	return gateway.HTTP(api.Find("delete-integration").Handler(a))
}
