package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

// requests is how many requests are counted, of a thousandth as many tokens.
const requests = 1_000_000

var (
	written  = regexp.MustCompile(`(\d+) requests, (\d+) tokens, (\d+) minutes: (\d+) writes`)
	compared = regexp.MustCompile(`([\d.]+) µs/counted\s+([\d.]+) µs/plain\s+([\d.]+) µs/plain-again`)
)

// counting measures what it costs to count what tokens are used for. Whether the
// counts are exact is what the first command tests.
func counting(ctx context.Context) error {
	found, err := output(ctx, written, "./pkg/record", "-run=^TestManyRequests", "-v", fmt.Sprintf("-requests=%d", requests))
	if err != nil {
		return err
	}
	// What is written at first is not one of a minute's.
	row(fmt.Sprintf("writes of %.0f counted requests, a token and minute", found[0]), fmt.Sprintf("%.2f", (found[3]-found[1])/found[1]/found[2]), "1")
	if found, err = output(ctx, compared, "./infra/local/apigateway", "-run=^$", "-bench=^BenchmarkCountedRequestPaired$", "-benchtime=10s"); err != nil {
		return err
	}
	row("a request over HTTP, of 1000 tokens on disk, not counted", fmt.Sprintf("%.1f µs", found[1]), "")
	row("  counted, by turns with it", fmt.Sprintf("%.1f µs", found[0]), "within noise")
	row("  not counted either: the noise", fmt.Sprintf("%.1f µs", found[2]), "")
	return nil
}

// output runs tests of a package and reads numbers from what they say.
func output(ctx context.Context, pattern *regexp.Regexp, arguments ...string) ([]float64, error) {
	arguments = append([]string{"test"}, arguments...)
	out, err := exec.CommandContext(ctx, "go", arguments...).CombinedOutput() //nolint:gosec // arguments of our own
	if err != nil {
		return nil, fmt.Errorf("go %q: %w\n%s", arguments, err, out)
	}
	texts := pattern.FindSubmatch(out)
	if texts == nil {
		return nil, fmt.Errorf("go %q says nothing like %s\n%s", arguments, pattern, out)
	}
	found := make([]float64, len(texts)-1)
	for n, text := range texts[1:] {
		if found[n], err = strconv.ParseFloat(string(text), 64); err != nil {
			return nil, err
		}
	}
	return found, nil
}
