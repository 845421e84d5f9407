// Command console is the Lambda handler of the console's pages. It mints tokens,
// so it holds the peppers, and keeps sessions with the sealing keys.
package main

import (
	"context"
	"log/slog"
	"os"
	_ "time/tzdata" // pages show dates in the reader's zone, whatever the runtime's image has

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/functions/internal/management"
	"github.com/private-integrations/private-integrations/functions/internal/pages"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/gateway"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start console", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	a, sealing := management.API(env), env.Sealing()
	env.Warm("sealing keys", func(ctx context.Context) error {
		_, _, err := sealing.Current(ctx)
		return err
	})
	c := pages.Config(env, sealing)
	c.Service, c.Format, c.Catalog = a.Service, a.Format, env.Catalog()
	c.Service.Offer, c.Service.Max, c.Service.Peppers = c.Catalog, env.MaxIntegrations(), env.Peppers()
	return gateway.Pages(console.New(c))
}
