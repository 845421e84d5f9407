package stories_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
	"github.com/private-integrations/private-integrations/infra/local/issuer"
	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
)

const (
	home         = "/settings/private-integrations"
	integrations = "/api/v1/accounts/acme/integrations"

	admin  = "admin@acme.test"
	staff  = "staff@acme.test"
	agency = "agency@acme.test"
)

// world is a running product, and what it has logged.
type world struct {
	*localtest.Runner
	t   *testing.T
	log *lines
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func start(t *testing.T, configure ...func(*runner.Config)) *world {
	t.Helper()
	log := &lines{}
	all := append([]func(*runner.Config){func(c *runner.Config) {
		c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}}, configure...)
	return &world{Runner: localtest.Start(t, all...), t: t, log: log}
}

// open opens a page of the console at a browser of its own, and signs somebody
// in on the way.
func (w *world) open(path, user string, options ...browser.Option) *browser.Page {
	w.t.Helper()
	p := browser.Open(w.t, w.ManagementURL+path, options...)
	signIn(p, user)
	return p
}

// signIn picks a user on the local sign-in page.
func signIn(p *browser.Page, user string) {
	i := slices.IndexFunc(issuer.Users, func(u issuer.User) bool { return u.Email == user })
	u := issuer.Users[i]
	p.Click("button", strings.Join([]string{u.Email, u.In(), u.Can()}, " "))
}

// clipboard is there once, for all tabs of the Chromium.
var clipboard sync.Mutex

// copied is what a button copies.
func copied(p *browser.Page, button string) string {
	clipboard.Lock()
	defer clipboard.Unlock()
	p.Click("button", button)
	return p.Clipboard()
}

// menu is the one beside every page, without the brand above and the way to the
// page, which may be called the same.
func menu(p *browser.Page) *browser.Page { return p.Within("navigation", "Settings") }
