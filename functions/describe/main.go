// Command describe is the Lambda handler of the management API's description,
// the page that shows it, and the sign of life. It reaches nothing.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start describe", "error", err)
		os.Exit(1)
	}
}

func handler(*boot.Env) any {
	pages := map[string]gateway.Handler{}
	for _, r := range api.PublicRoutes() {
		pages[r.Path] = r.Handler
	}
	return gateway.HTTP(func(ctx context.Context, r *gateway.Request) *gateway.Response {
		if page, found := pages[r.Path]; found {
			return page(ctx, r)
		}
		return gateway.ProblemResponse(problem.New(problem.NotFound))
	})
}
