package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// micro are the Go benchmarks that have a goal.
var micro = []struct{ pkg, name, what, time, allocs string }{
	{"./pkg/authorize", "BenchmarkTokenLogic", "parse, checksum, MAC, route among 600, scope", "1 µs", "3"},
	{"./pkg/gateway", "BenchmarkAuthorizerEvent", "REQUEST event of 3 KB to policy, without I/O", "35 µs", "40"},
}

// benchmarks runs them three times each and prints the medians.
func benchmarks(ctx context.Context) error {
	for _, m := range micro {
		out, err := exec.CommandContext(ctx, "go", "test", "-run=^$", "-bench=^"+m.name+"$", "-benchmem", "-count=3", m.pkg).CombinedOutput() //nolint:gosec // a table of our own
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", m.name, err, out)
		}
		var times, allocs []float64
		for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
			if !strings.HasPrefix(lines.Text(), m.name) {
				continue
			}
			var name string
			var n, ns, bytes, count float64
			if _, err := fmt.Sscanf(lines.Text(), "%s %f %f ns/op %f B/op %f allocs/op", &name, &n, &ns, &bytes, &count); err != nil {
				return fmt.Errorf("%s: read %q: %w", m.name, lines.Text(), err)
			}
			times, allocs = append(times, ns), append(allocs, count)
		}
		if len(times) == 0 {
			return fmt.Errorf("%s: no such benchmark in %s", m.name, m.pkg)
		}
		row(m.what, fmt.Sprintf("%.2f µs", median(times)/1000), m.time)
		row("  allocations", fmt.Sprintf("%.0f", median(allocs)), m.allocs)
	}
	return nil
}
