// Package browser drives a real Chromium for tests, as a person would: controls
// are found by what they are and how they are labelled, clicks go to where the
// control can be seen, and looking waits until the page shows what is looked for.
//
// A page that a test has opened is watched. Whatever the browser has to complain
// about fails the test: errors on the console, violations of the content security
// policy, alerts (nothing of ours opens one, so it was injected), requests to
// other origins.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// names are those under which a Chromium is looked for. The first is the browser
// without its windows: the same engine takes half the time.
var names = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}

var errMissing = errors.New("this needs Chromium: install it, or have .ci/chromium do it")

// shared is the Chromium of a test binary. The first page starts it.
var shared = sync.OnceValues(start)

// stop ends the shared Chromium, if there is one.
var stop = func() {}

// Main runs the tests of a package that opens pages: its TestMain is
// `os.Exit(browser.Main(m))`. It ends the Chromium that they shared.
func Main(m *testing.M) int {
	code := m.Run()
	stop()
	return code
}

// start gives the context of a running Chromium.
func start() (context.Context, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.DisableGPU,
		// The product is at localhost and needs nothing from anywhere else.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("lang", "en-GB"),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	stop = func() { _ = chromedp.Cancel(ctx) }
	return ctx, nil
}

func find() (string, error) {
	for _, name := range names {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", errMissing
}

// running is the shared Chromium. A test is left out where there is none.
func running(t testing.TB) context.Context {
	t.Helper()
	ctx, err := shared()
	switch {
	case errors.Is(err, errMissing):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return ctx
}

// moduleFile finds a file below the folder of go.mod.
func moduleFile(name string) (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return filepath.Join(folder, name), nil
		}
		if filepath.Dir(folder) == folder {
			return "", errors.New("no go.mod above the tests")
		}
		folder = filepath.Dir(folder)
	}
}
