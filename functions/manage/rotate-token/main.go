// Command rotate-token is the Lambda handler of the operation rotate-token of
// the management API. It mints tokens, so it holds the peppers.
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
		slog.Error("start rotate-token", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	a := management.API(env)
	a.Service.Peppers = env.Peppers()
	return gateway.HTTP(api.Find("rotate-token").Handler(a))
}
