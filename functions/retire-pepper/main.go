// Command retire-pepper is the Lambda function by which an operator takes out a
// pepper that no living token is on: {"version": 1}. It answers with the
// versions that are left.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/rekey"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start retire-pepper", "error", err)
		os.Exit(1)
	}
}

type request struct {
	Version int `json:"version"`
}

func handler(env *boot.Env) any {
	secret, tokens := env.PepperSecret(), env.Store()
	return func(ctx context.Context, r request) (rekey.Report, error) {
		return rekey.Retire(ctx, secret, tokens, r.Version, time.Now())
	}
}
