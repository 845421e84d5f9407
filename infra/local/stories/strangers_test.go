package stories_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/browser"
	"github.com/private-integrations/private-integrations/infra/local/issuer"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// What programs call themselves is written by whoever holds a token, or a dead
// one: the usage of an integration, the page of one that is being rotated and its
// table of callers, what happened to it, the account's activity and notifications.
func TestWhatCallersCallThemselvesShowsAsText(t *testing.T) {
	t.Parallel()
	w := start(t, func(c *runner.Config) { c.MaxIntegrations = 200 })
	call := func(token, agent string, want int) {
		t.Helper()
		if ada := w.API("GET", "/contacts/ada", token, "User-Agent", agent); ada.Status != want {
			t.Fatalf("call as %s: %s", agent, ada)
		}
	}
	rotate := func(of given, expireOld string) string {
		t.Helper()
		rotated := w.Manage("POST", strings.Replace(of.path, home, integrations, 1)+"/rotate", `{"expireOld":"`+expireOld+`"}`)
		if rotated.Status != http.StatusOK {
			t.Fatalf("rotate: %s", rotated)
		}
		return rotated.Token()
	}
	payloads := browser.Payloads()
	p := w.open(home, admin)
	for agents := range slices.Chunk(payloads, usage.MaxCallers) {
		export := w.given("Of " + strconv.Itoa(len(agents)))
		fresh := rotate(export, "later")
		for _, agent := range agents {
			call(export.token, agent, http.StatusOK)
		}
		w.written()
		for _, page := range []string{export.path, export.path + "/usage"} {
			p.Visit(page)
			p.ShowsAsText(agents...)
		}
		w.works(fresh)
	}
	var last string
	for n, agent := range payloads {
		dead := w.given("Dead " + strconv.Itoa(n))
		rotate(dead, "now")
		call(dead.token, agent, http.StatusUnauthorized)
		last = dead.path
	}
	w.written()
	if err := w.Clock.Advance(time.Minute); err != nil { // the activity lags behind
		t.Fatal(err)
	}
	if delivered := w.Manage("POST", "/dev/deliver", ""); delivered.Status != http.StatusOK {
		t.Fatalf("deliver: %s", delivered)
	}
	for _, list := range []string{"/settings/activity?kind=token", home + "/notifications"} {
		all(t, p, list, payloads)
	}
	p.Visit(last)
	p.ShowsAsText("(" + payloads[len(payloads)-1] + ")")
}

// Addresses of people are told by the identity provider: the list of people, the
// page of each, the activity.
func TestWhatPeopleAreCalledShowsAsText(t *testing.T) {
	t.Parallel()
	w := start(t)
	var users []issuer.User
	for n, payload := range browser.Payloads() {
		users = append(users, issuer.User{Email: payload, Subject: "person-" + strconv.Itoa(n), Groups: []string{"account:acme:staff"}})
	}
	provider, err := issuer.New(issuer.Config{
		URL: w.ManagementURL + "/dev/oidc", KeyFile: filepath.Join(w.Config.DataDir, "issuer.pem"), Now: w.Clock.Now,
		Clients: []issuer.Client{{ID: "private-integrations"}}, Users: users,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		jwt, err := provider.Token(u.Email)
		if err != nil {
			t.Fatal(err)
		}
		if list := w.Manage("GET", integrations, "", "Authorization", "Bearer "+jwt); list.Status != http.StatusForbidden {
			t.Fatalf("%s asks for the list: %s", u.Email, list)
		}
	}
	p := w.open("/settings/staff", admin)
	p.ShowsAsText(browser.Payloads()...)
	var members []string
	p.Script(`[...document.querySelectorAll("main td a")].map((a) => a.getAttribute("href"))`, &members)
	for n, member := range members {
		if n%10 == 0 {
			p.Visit(member)
			p.ShowsAsText("Roles & Permissions")
		}
	}
	all(t, p, "/settings/activity", browser.Payloads())
}
