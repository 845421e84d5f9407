// Command smoke asks a deployed or local stack what it must refuse, and fails
// if any of it gets through: `make smoke API=… MANAGE=… TOKEN=…`. What API
// Gateway does with some requests is told nowhere; such cases are told and not
// judged, as long as nothing without a credential gets through.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "smoke:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("smoke", flag.ContinueOnError)
	flags.SetOutput(out)
	var (
		api     = flags.String("api", "", "`URL` of API v2.0")
		manage  = flags.String("manage", "", "`URL` of the management API")
		token   = flags.String("token", "", "a living token that may GET the path")
		jwt     = flags.String("jwt", "", "a sign-in of an admin of the account; without it some cases are left out")
		account = flags.String("account", "acme", "`id` of the account")
		path    = flags.String("path", "/contacts", "`path` that the token may GET")
		header  = flags.String("header", "Version: 2021-07-28", "`line` that API v2.0 needs in every request")
	)
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"api", *api}, {"manage", *manage}, {"token", *token}} {
		if f.value == "" {
			return fmt.Errorf("-%s is missing: smoke -api URL -manage URL -token TOKEN [-jwt JWT]", f.name)
		}
	}
	near, err := forge(*token)
	if err != nil {
		return err
	}
	public, err := newServer(*api, *header)
	if err != nil {
		return fmt.Errorf("-api: %w", err)
	}
	management, err := newServer(*manage, "")
	if err != nil {
		return fmt.Errorf("-manage: %w", err)
	}
	checks := publicChecks(strings.TrimSuffix(*path, "/"), near)
	return report(ctx, out, []suite{
		{"API v2.0 at " + *api, public, checks},
		{"The management API at " + *manage, management, managementChecks(*account, near, *jwt)},
		{"The console at " + *manage, management, consoleChecks(management.tls != nil)},
	}, *jwt == "")
}
