package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/private-integrations/private-integrations/pkg/token"
)

const (
	connections = 32
	rounds      = 3
)

// load starts the runner on one core and keeps it busy from another.
func load(ctx context.Context, folder string, integrations int, lasting time.Duration) error {
	// Whoever measures must not take the core of the one who is measured.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	program := filepath.Join(folder, "runner")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./infra/local").CombinedOutput(); err != nil { //nolint:gosec // our own program
		return fmt.Errorf("build the runner: %w\n%s", err, out)
	}
	var starts, rates, p50s, p99s []float64
	for range rounds {
		r, err := start(ctx, program, folder)
		if err != nil {
			return err
		}
		result, err := r.load(ctx, integrations, lasting)
		if err := errors.Join(err, r.stop()); err != nil {
			return err
		}
		starts = append(starts, float64(r.startup.Microseconds())/1000)
		rates, p50s, p99s = append(rates, result.rate), append(p50s, result.p50), append(p99s, result.p99)
	}
	row(fmt.Sprintf("runner, %d integrations: start to first answer", integrations), fmt.Sprintf("%.0f ms", median(starts)), "100 ms")
	row(fmt.Sprintf("  verified requests on one core, %d connections", connections), fmt.Sprintf("%.0f /s", median(rates)), "20000 /s")
	row("  p50", fmt.Sprintf("%.2f ms", median(p50s)), "")
	row("  p99", fmt.Sprintf("%.2f ms", median(p99s)), "5 ms")
	return nil
}

// running is a runner under test.
type running struct {
	command *exec.Cmd
	address string // of API v2.0
	startup time.Duration
}

func start(ctx context.Context, program, folder string) (*running, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	r := &running{address: "127.0.0.1:" + ports[1], command: exec.CommandContext(ctx, program)}
	r.command.Env = append(os.Environ(), "GOMAXPROCS=1", "UPSTREAM=echo", "DATA_DIR="+folder, "PORT="+ports[0], "API_PORT="+ports[1])
	r.command.Stderr = os.Stderr
	began := time.Now()
	if err := r.command.Start(); err != nil {
		return nil, err
	}
	for {
		response, err := http.Get("http://" + r.address + "/healthz") //nolint:noctx // loopback, and retried
		if err == nil {
			_ = response.Body.Close()
			r.startup = time.Since(began)
			return r, nil
		}
		if time.Since(began) > 30*time.Second {
			return nil, errors.Join(errors.New("the runner does not answer"), r.stop())
		}
		time.Sleep(time.Millisecond)
	}
}

func (r *running) stop() error {
	if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return r.command.Wait()
}

func freePorts(n int) ([]string, error) {
	listeners, ports := make([]*net.TCPListener, n), make([]string, n)
	for i := range listeners {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, err
		}
		listeners[i], ports[i] = l, strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	}
	// Closed together, so that none is given out twice.
	var errs []error
	for _, l := range listeners {
		errs = append(errs, l.Close())
	}
	return ports, errors.Join(errs...)
}

type result struct{ rate, p50, p99 float64 }

// load sends requests with tokens chosen at random, one after the other on each
// connection, and counts only answers that were let through.
func (r *running) load(ctx context.Context, integrations int, lasting time.Duration) (result, error) {
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		return result{}, err
	}
	latencies := make([][]float64, connections)
	faults := make([]error, connections)
	end := time.Now().Add(lasting)
	var wait sync.WaitGroup
	for c := range connections {
		requests := make([][]byte, 2000)
		for n := range requests {
			requests[n] = fmt.Appendf(nil, "GET /contacts/ada HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer %s\r\nVersion: 2021-07-28\r\n\r\n",
				tokenOf(format, rand.IntN(integrations)).Reveal()) //nolint:gosec // not a secret
		}
		wait.Go(func() { latencies[c], faults[c] = r.drive(ctx, requests, end) })
	}
	wait.Wait()
	if err := errors.Join(faults...); err != nil {
		return result{}, err
	}
	all := slices.Concat(latencies...)
	slices.Sort(all)
	return result{
		rate: float64(len(all)) / lasting.Seconds(),
		p50:  all[len(all)/2], p99: all[len(all)*99/100],
	}, nil
}

// drive sends requests over one connection until end, and gives how many
// milliseconds each took.
func (r *running) drive(ctx context.Context, requests [][]byte, end time.Time) (latencies []float64, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReader(conn)
	for n := 0; ; n++ {
		sent := time.Now()
		if sent.After(end) {
			return latencies, nil
		}
		if _, err := conn.Write(requests[n%len(requests)]); err != nil {
			return nil, err
		}
		if err := readAllowed(reader); err != nil {
			return nil, err
		}
		latencies = append(latencies, float64(time.Since(sent).Microseconds())/1000)
	}
}

// readAllowed reads an answer of 200. It does no more than it has to: on a small
// machine whoever measures takes time from the one who is measured.
func readAllowed(r *bufio.Reader) error {
	status, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered %q", status)
	}
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == len("\r\n") {
			_, err := r.Discard(length)
			return err
		}
		if value, found := bytes.CutPrefix(line, []byte("Content-Length: ")); found {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
