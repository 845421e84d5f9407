// Command get-settings is the Lambda handler of the operation get-settings of the
// management API. It tells the quota with the account's own settings.
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
		slog.Error("start get-settings", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	a := management.API(env)
	a.Service.Max = env.MaxIntegrations()
	return gateway.HTTP(api.Find("get-settings").Handler(a))
}
