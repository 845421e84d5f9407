// Command authorizer is the Lambda authorizer in front of API v2.0. Peppers and
// the connection to the table are ready before it takes its first request.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start authorizer", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	store, peppers := env.Store(), env.Peppers()
	env.Warm("peppers", func(ctx context.Context) error {
		_, _, err := peppers.Current(ctx)
		return err
	})
	env.Warm("a connection to the table", func(ctx context.Context) error {
		if _, err := store.Credential(ctx, "warm"); !errors.Is(err, integration.ErrNotFound) {
			return err
		}
		return nil
	})
	uses := env.Uses(store)
	a := authorize.New(env.Format(), store, peppers, env.Catalog(), uses, time.Now)
	return gateway.NewAuthorizer(a, env.Log()).After(uses.Flush)
}
