// Command local runs the whole product on this machine: `make run`.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/signin"
	"github.com/private-integrations/private-integrations/pkg/token"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "private-integrations:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	config, err := configuration()
	if err != nil {
		return err
	}
	r, err := runner.New(config)
	if err != nil {
		return err
	}
	fmt.Print(r.Greeting())
	return r.Run(ctx)
}

// configuration reads the environment; docs/local.md tells of each variable.
func configuration() (runner.Config, error) {
	e := &environment{}
	c := runner.Config{
		DataDir:              e.text("DATA_DIR", "data"),
		Port:                 e.text("PORT", "8080"),
		APIPort:              e.text("API_PORT", "8081"),
		Catalog:              filepath.SplitList(e.text("CATALOG", "")),
		AllowUnscoped:        e.choice("CATALOG_UNSCOPED", "refuse", "allow") == "allow",
		Upstream:             e.text("UPSTREAM", "contacts"),
		ForwardAuthorization: e.choice("FORWARD_AUTHORIZATION", "0", "1") == "1",
		TokenPrefix:          e.text("TOKEN_PREFIX", token.DefaultPrefix),
		MaxIntegrations:      e.count("MAX_INTEGRATIONS", 100),
		BrandName:            e.text("BRAND_NAME", console.DefaultName),
		BrandLogo:            e.text("BRAND_LOGO", ""),
		BrandColor:           e.text("BRAND_COLOR", console.DefaultColor),
		APIBaseURL:           e.text("API_BASE_URL", ""),
		SessionLifetime:      e.lifetime("SESSION_LIFETIME", signin.DefaultLifetime),
		Sample:               e.choice("SAMPLE", "1", "0") == "1",
		SweepEvery:           e.duration("SWEEP_EVERY", time.Minute),
		RemindEvery:          e.duration("REMIND_EVERY", time.Hour),
		UsageEvery:           e.duration("USAGE_EVERY", time.Second),
		ThroughJSON:          e.choice("THROUGH_JSON", "0", "1") == "1",
		Now:                  time.Now,
		Log:                  slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	return c, errors.Join(e.faults...)
}

// environment reads variables and gathers what is wrong with them.
type environment struct{ faults []error }

func (e *environment) text(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func (e *environment) choice(name, otherwise, other string) string {
	value := e.text(name, otherwise)
	if value != otherwise && value != other {
		e.faults = append(e.faults, fmt.Errorf("%s=%s: must be %s or %s", name, value, otherwise, other))
	}
	return value
}

func (e *environment) count(name string, otherwise int) int {
	n, err := strconv.Atoi(e.text(name, strconv.Itoa(otherwise)))
	if err != nil || n < 1 {
		e.faults = append(e.faults, fmt.Errorf("%s=%s: must be a whole number from 1", name, os.Getenv(name)))
	}
	return n
}

func (e *environment) lifetime(name string, otherwise time.Duration) time.Duration {
	d, err := time.ParseDuration(e.text(name, otherwise.String()))
	if err != nil || d < time.Minute || d > signin.MaxLifetime {
		e.faults = append(e.faults, fmt.Errorf("%s=%s: must be a duration from 1m to %.0fh, such as 8h", name, os.Getenv(name), signin.MaxLifetime.Hours()))
	}
	return d
}

func (e *environment) duration(name string, otherwise time.Duration) time.Duration {
	d, err := time.ParseDuration(e.text(name, otherwise.String()))
	if err != nil || d < 0 {
		e.faults = append(e.faults, fmt.Errorf("%s=%s: must be a duration such as 30s, or 0 for never", name, os.Getenv(name)))
	}
	return d
}
