// Command lookup-token is the Lambda handler of the operation lookup-token of
// the management API. It checks tokens, so it holds the peppers.
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
		slog.Error("start lookup-token", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	a := management.API(env)
	a.Service.Peppers = env.Peppers()
	return gateway.HTTP(api.Find("lookup-token").Handler(a))
}
