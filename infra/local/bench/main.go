// Command bench measures what the product promises about speed and prints each
// figure beside its goal: `make bench`. It reports and never fails for a slow
// machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	integrations := flag.Int("integrations", 1_000_000, "how many integrations lie on disk")
	folder := flag.String("data", ".build/bench", "where they are kept from one run to the next")
	lasting := flag.Duration("for", 10*time.Second, "how long the runner is put under load, each of three times")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *folder, *integrations, *lasting); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string, integrations int, lasting time.Duration) error {
	fmt.Printf("%-58s %14s   %s\n", "figure", "measured", "goal")
	if err := benchmarks(ctx); err != nil {
		return err
	}
	if err := counting(ctx); err != nil {
		return err
	}
	if err := seed(ctx, folder, integrations); err != nil {
		return fmt.Errorf("seed %s: %w", folder, err)
	}
	return load(ctx, folder, integrations, lasting)
}

// row prints one figure.
func row(what, measured, goal string) { fmt.Printf("%-58s %14s   %s\n", what, measured, goal) }
