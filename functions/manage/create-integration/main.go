// Command create-integration is the Lambda handler of the operation
// create-integration of the management API. It mints tokens, so it holds the
// peppers.
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
		slog.Error("start create-integration", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	a := management.API(env)
	a.Service.Offer = env.Catalog()
	a.Service.Max = env.MaxIntegrations()
	a.Service.Peppers = env.Peppers()
	return gateway.HTTP(api.Find("create-integration").Handler(a))
}
