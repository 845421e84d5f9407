package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/private-integrations/private-integrations/infra/local/lambda"
)

// TestMain lets this program be the function that a test starts.
func TestMain(m *testing.M) {
	if be, is := functions[os.Getenv("FUNCTION")]; is {
		be()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// functions are bootstraps, by name.
var functions = map[string]func(){
	"told": func() {
		runtime.Start(func(ctx context.Context, event json.RawMessage) (told, error) {
			c, _ := lambdacontext.FromContext(ctx)
			deadline, _ := ctx.Deadline()
			return told{event, c.AwsRequestID, lambdacontext.FunctionName, len(os.Environ()), time.Until(deadline)}, nil
		})
	},
	"wrong": func() {
		runtime.Start(func(event string) (string, error) {
			if event == "panic" {
				panic("at the disco")
			}
			return "", errors.New(event)
		})
	},
	"slow":  func() { runtime.Start(func() { time.Sleep(time.Hour) }) },
	"mute":  func() { os.Exit(3) },
	"plain": func() { runtime.Start(func() {}) },
	"signalled": func() {
		runtime.StartWithOptions(func() {}, runtime.WithEnableSIGTERM(func() {
			fmt.Println("told to end")
			os.Exit(7)
		}))
	},
	"refusing": func() {
		url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/init/error"
		r, err := http.Post(url, "application/json", strings.NewReader(`{"errorType":"Init","errorMessage":"no table"}`))
		if err != nil || r.StatusCode != http.StatusAccepted {
			fmt.Println(r, err)
		}
		os.Exit(1)
	},
}

type told struct {
	Event     json.RawMessage
	ID, Name  string
	Variables int
	Left      time.Duration
}

// as starts this program as a function.
func as(t *testing.T, name string, configure ...func(*lambda.Config)) (*lambda.Function, error) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	config := lambda.Config{Bootstrap: program, Env: map[string]string{"FUNCTION": name}, Timeout: time.Minute, Log: t.Output()}
	for _, c := range configure {
		c(&config)
	}
	f, err := lambda.Start(config)
	if err == nil {
		t.Cleanup(func() { f.Stop() })
	}
	return f, err
}

func started(t *testing.T, name string, configure ...func(*lambda.Config)) *lambda.Function {
	t.Helper()
	f, err := as(t, name, configure...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFunctionGetsTheEventAndWhatLambdaTellsOfIt(t *testing.T) {
	t.Setenv("SECRET_OF_THE_TEST", "1")
	f := started(t, "told")
	seen := map[string]bool{}
	for _, event := range []string{`{"n":1}`, `[2]`, `"three"`} {
		answer, err := f.Invoke(t.Context(), []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		var got told
		if err := json.Unmarshal(answer, &got); err != nil {
			t.Fatal(err)
		}
		if string(got.Event) != event || got.ID == "" || seen[got.ID] || got.Name == "" || got.Variables != 8 ||
			got.Left <= 30*time.Second || got.Left > time.Minute {
			t.Errorf("%+v", got)
		}
		seen[got.ID] = true
	}
	if f.Init() <= 0 {
		t.Error("it took no time to start")
	}
}

func TestAnErrorOfTheFunctionIsItsOwnTextAndLeavesItUsable(t *testing.T) {
	f := started(t, "wrong")
	for range 2 {
		_, err := f.Invoke(t.Context(), []byte(`"Unauthorized"`))
		if !errors.As(err, new(*lambda.Error)) || err.Error() != "Unauthorized" {
			t.Errorf("%v", err)
		}
	}
	if _, err := f.Invoke(t.Context(), []byte(`"panic"`)); !errors.As(err, new(*lambda.Error)) || err.Error() != "at the disco" {
		t.Errorf("a panic: %v", err)
	}
	if _, err := f.Invoke(t.Context(), []byte(`"x"`)); !errors.Is(err, lambda.ErrEnded) {
		t.Errorf("after a panic: %v", err)
	}
}

func TestAnInvocationThatTakesTooLongEndsTheProcess(t *testing.T) {
	f := started(t, "slow", func(c *lambda.Config) { c.Timeout = 50 * time.Millisecond })
	if _, err := f.Invoke(t.Context(), []byte("1")); !errors.Is(err, lambda.ErrTimeout) {
		t.Errorf("%v", err)
	}
	if _, err := f.Invoke(t.Context(), []byte("1")); !errors.Is(err, lambda.ErrEnded) {
		t.Errorf("the next one: %v", err)
	}
}

func TestACallerThatGivesUpLeavesTheFunctionAtWork(t *testing.T) {
	f := started(t, "slow")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, []byte("1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, []byte("1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the next one, which has to wait: %v", err)
	}
}

func TestAFunctionThatCannotStartIsNotStarted(t *testing.T) {
	if _, err := as(t, "mute"); err == nil || !strings.Contains(err.Error(), "it asked for no invocation: exit status 3") {
		t.Errorf("one that ends: %v", err)
	}
	if _, err := as(t, "refusing"); !errors.As(err, new(*lambda.Error)) || !strings.Contains(err.Error(), "no table") {
		t.Errorf("one that says why: %v", err)
	}
	if _, err := as(t, "", func(c *lambda.Config) { c.Bootstrap = "/nowhere" }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none at all: %v", err)
	}
}

func TestOnlyAFunctionThatAsksForItIsToldToEnd(t *testing.T) {
	var log strings.Builder
	f := started(t, "signalled", func(c *lambda.Config) { c.Log = io.MultiWriter(&log, t.Output()) })
	if ended := f.Stop(); ended.ExitCode() != 7 || !strings.Contains(log.String(), "told to end") {
		t.Errorf("%v, log %q", ended, &log)
	}
	ended := started(t, "plain").Stop()
	if status := ended.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL || ended.UserTime()+ended.SystemTime() <= 0 {
		t.Errorf("%v", ended)
	}
}
