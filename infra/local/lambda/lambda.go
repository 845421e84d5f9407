// Package lambda stands in for AWS Lambda on one machine: it starts a function's
// bootstrap, the program that is deployed, and hands it invocations over the
// Runtime API, as it would be handed them there.
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Config says what is started, and how.
type Config struct {
	Bootstrap string            // path of the program
	Env       map[string]string // all of its variables but those that name the function and the Runtime API
	Timeout   time.Duration     // of one invocation
	Log       io.Writer         // what the program writes; nil: nowhere
}

// Function is one execution environment: a process that serves one invocation
// after the other. Safe for concurrent use.
type Function struct {
	config  Config
	process *exec.Cmd
	started time.Time

	next  chan *invocation // to the function
	ready chan struct{}    // closed when it first asks for an invocation
	ended chan struct{}    // closed when its process has

	one sync.Mutex // held during an invocation

	mu         sync.Mutex
	current    *invocation
	init       time.Duration
	initError  *Error
	extensions int
}

// Error is what a function answers in place of a result.
type Error struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error is the function's own text alone, which is what API Gateway looks at.
func (e *Error) Error() string { return e.Message }

var (
	// ErrEnded means that the function's process has ended, before or during
	// the invocation.
	ErrEnded = errors.New("the function's process has ended")
	// ErrTimeout means that an invocation took too long. The process is killed.
	ErrTimeout = errors.New("the invocation timed out")
)

// initTimeout is how long a function may take before it asks for its first
// invocation.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
const initTimeout = 10 * time.Second

// Start starts a function and waits until it asks for its first invocation.
// Whoever gets a Function has to call [Function.Stop]. The error is an [*Error]
// if the function says why it can't start.
func Start(config Config) (*Function, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start function %s: %w", config.Bootstrap, err)
	}
	f := &Function{
		config: config, next: make(chan *invocation), ready: make(chan struct{}), ended: make(chan struct{}), started: time.Now(),
		process: exec.CommandContext(context.Background(), config.Bootstrap), //nolint:gosec // to start a program is what it is for
	}
	f.process.Env = f.environment(listener.Addr().String())
	f.process.Stdout, f.process.Stderr = config.Log, config.Log
	server := &http.Server{Handler: f.runtimeAPI(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	if err := f.process.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start function %s: %w", config.Bootstrap, err), server.Close())
	}
	go func() {
		_ = f.process.Wait() // ProcessState tells how it ended
		close(f.ended)
		_ = server.Close()
	}()
	if err := f.waitUntilReady(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *Function) waitUntilReady() error {
	select {
	case <-f.ready:
		return nil
	case <-f.ended:
	case <-time.After(initTimeout):
		f.kill()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.initError != nil {
		return fmt.Errorf("start function %s: %w", f.config.Bootstrap, f.initError)
	}
	return fmt.Errorf("start function %s: it asked for no invocation: %v", f.config.Bootstrap, f.process.ProcessState)
}

// environment is what the process sees: nothing of this one's.
func (f *Function) environment(api string) []string {
	folder, name := filepath.Split(f.config.Bootstrap)
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + api, "AWS_LAMBDA_FUNCTION_NAME=" + name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=" + filepath.Clean(folder), "TZ=:UTC",
	}
	for name, value := range f.config.Env {
		env = append(env, name+"="+value)
	}
	return env
}

// Started is when the process was started.
func (f *Function) Started() time.Time { return f.started }

// Init is the time from the start of the process to its first call for an
// invocation.
func (f *Function) Init() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.init
}

// Invoke hands the function one event and gives its answer; others wait in the
// meantime. Errors: [*Error], [ErrEnded], [ErrTimeout] and that of ctx, whose
// end does not stop the function.
func (f *Function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	f.one.Lock()
	defer f.one.Unlock()
	in := newInvocation(event, time.Now().Add(f.config.Timeout))
	timeout := time.After(f.config.Timeout)
	for next := f.next; ; {
		select {
		case next <- in:
			next = nil
		case a := <-in.answered:
			return a.result, a.err
		case <-f.ended:
			return nil, ErrEnded
		case <-timeout:
			f.kill()
			return nil, ErrTimeout
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// shutdownTime is how long a function has after SIGTERM.
const shutdownTime = 500 * time.Millisecond

// Stop ends the process and tells how it ended, and what CPU time it took. As
// in Lambda, only one that has an extension is told by SIGTERM; the Go library
// registers one for handlers that ask for the signal.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
func (f *Function) Stop() *os.ProcessState {
	f.mu.Lock()
	told := f.extensions > 0
	f.mu.Unlock()
	if told {
		_ = f.process.Process.Signal(syscall.SIGTERM) // fails if it has ended
		select {
		case <-f.ended:
		case <-time.After(shutdownTime):
		}
	}
	f.kill()
	return f.process.ProcessState
}

func (f *Function) kill() {
	_ = f.process.Process.Kill() // fails if it has ended
	<-f.ended
}

// Handler makes of f what the stand-ins for the gateways call.
func Handler[In, Out any](f *Function) func(context.Context, *In) (*Out, error) {
	return func(ctx context.Context, event *In) (*Out, error) {
		payload, err := json.Marshal(event)
		if err != nil {
			return nil, fmt.Errorf("encode event: %w", err)
		}
		answer, err := f.Invoke(ctx, payload)
		if err != nil {
			return nil, err
		}
		var out *Out
		if err := json.Unmarshal(answer, &out); err != nil {
			return nil, fmt.Errorf("decode answer: %w", err)
		}
		return out, nil
	}
}
