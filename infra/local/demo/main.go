// Command demo walks the life of an integration against a throw-away runner and
// prints each request and its answer: `make demo`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/token"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run starts a runner in a folder of its own, tells the story against it, and
// leaves nothing behind.
func run(ctx context.Context, out io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "private-integrations-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	r, err := runner.New(runner.Config{
		DataDir: folder, Port: "0", APIPort: "0", Upstream: "contacts",
		TokenPrefix: token.DefaultPrefix, MaxIntegrations: 100, Sample: true,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() { stopped <- r.Run(ctx) }()
	defer func() {
		stop()
		err = errors.Join(err, <-stopped)
	}()
	return (&teller{out: out, management: r.ManagementURL, api: r.APIURL}).tell(ctx, story)
}
