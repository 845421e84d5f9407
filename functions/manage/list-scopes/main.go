// Command list-scopes is the Lambda handler of the operation list-scopes of the
// management API. It reads the catalogue and nothing else.
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
		slog.Error("start list-scopes", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	a := &api.API{Catalog: env.Catalog(), Claim: management.Claim(env), Log: env.Log()}
	return gateway.HTTP(api.Find("list-scopes").Handler(a))
}
