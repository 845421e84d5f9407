package runner_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

const (
	consolePage   = "/settings/private-integrations"
	sessionCookie = "private-integrations"
)

// shows fails unless a page is the one at a path, and has each text.
func shows(t *testing.T, page localtest.Page, path string, texts ...string) {
	t.Helper()
	if page.Status != http.StatusOK || page.URL.RequestURI() != path {
		t.Fatalf("%d at %s, want %s: %s", page.Status, page.URL.RequestURI(), path, page.Body)
	}
	for _, text := range texts {
		if !strings.Contains(string(page.Body), text) {
			t.Errorf("%s lacks %q: %s", path, text, page.Body)
		}
	}
}

// asksToSignIn fails unless the browser was led to the identity provider.
func asksToSignIn(t *testing.T, page localtest.Page) {
	t.Helper()
	shows(t, page, page.URL.RequestURI(), "admin@acme.test", "agency@acme.test")
	if page.URL.Path != "/dev/oidc/authorize" {
		t.Errorf("at %s", page.URL)
	}
}

// sessionOf is the session that a browser keeps for a site; empty for none.
func sessionOf(t *testing.T, p *localtest.Person, at string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Jar.Cookies(u) {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	return ""
}

func TestPersonSignsInSwitchesTheAccountAndSignsOut(t *testing.T) {
	for name, throughJSON := range map[string]bool{"structs": false, "through JSON": true} {
		t.Run(name, func(t *testing.T) {
			r := localtest.Start(t, func(c *runner.Config) { c.ThroughJSON = throughJSON })
			p := r.Person()
			first := p.Get(consolePage)
			asksToSignIn(t, first)
			if hop := first.Hops[0]; hop.Status != http.StatusFound || !strings.HasPrefix(hop.Location, "/signin") {
				t.Errorf("signed out: %d to %s", hop.Status, hop.Location)
			}
			shows(t, p.SignIn("agency@acme.test", consolePage+"?query=crm"), consolePage+"?query=crm", "agency@acme.test", "acme")
			shows(t, p.Post("/account", url.Values{"account": {"globex"}}), consolePage, "globex")
			shows(t, p.Get(consolePage), consolePage, "globex")

			before := sessionOf(t, p, r.ManagementURL)
			out := p.Post("/signout", nil)
			shows(t, out, "/signout", "signed out")
			if before == "" || sessionOf(t, p, r.ManagementURL) != "" {
				t.Error("the session is still in the browser")
			}
			asksToSignIn(t, p.Get("/signout/provider")) // the provider sends people back, and nobody is signed in
		})
	}
}

func TestSessionEndsByTheClockAndTheNextGoesOnInTheSameAccount(t *testing.T) {
	var ahead atomic.Int64
	r := localtest.Start(t, func(c *runner.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	p := r.Person()
	p.SignIn("agency@acme.test", consolePage)
	p.Post("/account", url.Values{"account": {"globex"}})
	ahead.Store(int64(signin.DefaultLifetime - time.Minute))
	shows(t, p.Get(consolePage), consolePage, "globex")
	ahead.Store(int64(signin.DefaultLifetime + time.Minute))
	asksToSignIn(t, p.Get(consolePage))
	shows(t, p.SignIn("agency@acme.test", consolePage), consolePage, "globex")
	asksToSignIn(t, r.Person().Get(consolePage))
}

func TestProductsClockEndsNoSession(t *testing.T) {
	r := localtest.Start(t)
	p := r.Person()
	p.SignIn("admin@acme.test", consolePage)
	r.Manage("POST", "/dev/clock", `{"advance":"8760h"}`)
	shows(t, p.Get(consolePage), consolePage, "admin@acme.test")
}

func TestSessionOutlivesARestartAndEndsWithItsKey(t *testing.T) {
	r := localtest.Start(t)
	p := r.Person()
	p.SignIn("admin@acme.test", consolePage)
	session := sessionOf(t, p, r.ManagementURL)
	asks := func(r *localtest.Runner) localtest.Answer {
		return r.Send("GET", r.ManagementURL+consolePage, "", "Cookie", sessionCookie+"="+session)
	}
	if a := asks(r); a.Status != http.StatusOK {
		t.Fatalf("before: %s", a)
	}
	r.Stop()
	again := localtest.Start(t, func(c *runner.Config) { c.DataDir, c.Port = r.Config.DataDir, portOf(t, r) })
	if a := asks(again); a.Status != http.StatusOK {
		t.Errorf("after a restart: %s", a)
	}
	again.Stop()
	if err := os.Remove(filepath.Join(r.Config.DataDir, "sealing.json")); err != nil {
		t.Fatal(err)
	}
	anew := localtest.Start(t, func(c *runner.Config) { c.DataDir, c.Port = r.Config.DataDir, portOf(t, r) })
	if a := asks(anew); a.Status != http.StatusFound {
		t.Errorf("with another key: %s", a)
	}
}

func portOf(t *testing.T, r *localtest.Runner) string {
	t.Helper()
	u, err := url.Parse(r.ManagementURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

func TestCallbackThatWasNotBegunHereShowsAPageWithAWayOn(t *testing.T) {
	r := localtest.Start(t)
	attacker, victim := r.Person(), r.Person()
	// The attacker stops before the callback: its address is bait.
	begun := attacker.Get(consolePage)
	clicked, _ := url.Parse(begun.URL.String())
	bait := r.Send("POST", clicked.String(), "user=admin@globex.test", "Content-Type", "application/x-www-form-urlencoded").Header.Get("Location")
	if !strings.Contains(bait, "/signin/callback?") {
		t.Fatalf("bait %q", bait)
	}
	for name, target := range map[string]string{
		"another's callback": bait, "a bookmark": "/signin/callback", "an error": "/signin/callback?error=access_denied&state=x",
	} {
		page := victim.Get(target)
		if page.Status != http.StatusBadRequest || !strings.Contains(string(page.Body), `href="/signin`) {
			t.Errorf("%s: %s", name, page)
		}
	}
	asksToSignIn(t, victim.Get(consolePage))
	shows(t, attacker.Get(bait), consolePage, "admin@globex.test")
	if again := attacker.Get(bait); again.Status != http.StatusBadRequest {
		t.Errorf("replayed: %s", again)
	}
}

// An ID token for the console is not for the API, nor a session for anything but
// the console's pages.
func TestSessionOpensThePagesAndNotTheAPI(t *testing.T) {
	r := localtest.Start(t)
	p := r.Person()
	p.SignIn("admin@acme.test", consolePage)
	if page := p.Get("/api/v1/accounts/acme/integrations"); page.Status != http.StatusUnauthorized {
		t.Errorf("%s", page)
	}
}

func TestEachPersonSeesTheirOwn(t *testing.T) {
	r := localtest.Start(t)
	acme, globex := r.Person(), r.Person()
	shows(t, acme.SignIn("admin@acme.test", consolePage), consolePage, "admin@acme.test")
	shows(t, globex.SignIn("admin@globex.test", consolePage), consolePage, "admin@globex.test")
	shows(t, acme.Get(consolePage), consolePage, "admin@acme.test")
	if page := acme.Post("/account", url.Values{"account": {"globex"}}); page.Status == http.StatusOK || strings.Contains(string(page.Body), "admin@globex.test") {
		t.Errorf("switched to a foreign account: %s", page)
	}
	shows(t, acme.Get(consolePage), consolePage, "acme")
}

func TestFormsOfOtherSitesNeitherSignOutNorSwitch(t *testing.T) {
	r := localtest.Start(t)
	p := r.Person()
	p.SignIn("agency@acme.test", consolePage)
	session := sessionOf(t, p, r.ManagementURL)
	for _, path := range []string{"/signout", "/account"} {
		for name, header := range map[string][]string{
			"by a new browser":  {"Sec-Fetch-Site", "cross-site"},
			"by an old browser": {"Origin", "https://evil.test"},
		} {
			a := r.Send("POST", r.ManagementURL+path, "account=globex", append(header,
				"Content-Type", "application/x-www-form-urlencoded", "Cookie", sessionCookie+"="+session)...)
			if a.Status != http.StatusForbidden || len(a.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s %s: %s", path, name, a)
			}
		}
	}
}

func TestWhoComesByTheNumberOfTheHostSignsInAllTheSame(t *testing.T) {
	r := localtest.Start(t)
	p := r.Person()
	number := strings.Replace(r.ManagementURL, "localhost", "127.0.0.1", 1)
	page := p.SignIn("admin@acme.test", number+consolePage)
	shows(t, page, consolePage, "admin@acme.test")
	if page.URL.Hostname() != "localhost" {
		t.Errorf("at %s", page.URL)
	}
}
