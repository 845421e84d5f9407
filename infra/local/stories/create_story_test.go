package stories_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

// whole is a token with all of its secret.
var whole = regexp.MustCompile(`pit_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}`)

// create goes from the list through both pages to the token, and gives it.
func create(t *testing.T, p *browser.Page, name string, scopes ...string) string {
	t.Helper()
	p.Click("link", "Create New Integration")
	p.Has("heading", "Basic Info")
	p.Fill("Name", name)
	p.Click("button", "Next")
	for _, scope := range scopes {
		p.Check(scope)
	}
	p.Click("button", "Generate Access Token")
	return shown(t, p)
}

// shown is the token on the page that shows it.
func shown(t *testing.T, p *browser.Page) string {
	t.Helper()
	p.Has("heading", "Your access token")
	secret := whole.FindString(p.Shown())
	if secret == "" {
		t.Fatalf("no token in %s", p.Shown())
	}
	return secret
}

func TestSomebodyCreatesAnIntegrationAndConnectsAProgram(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open("/", admin)
	p.Has("heading", "Private Integrations")
	p.Has("heading", "No integrations yet")

	secret := create(t, p, "Nightly export", "contacts.readonly")
	p.See("share it with trusted parties only")
	if copied(p, "Copy") != secret {
		t.Error("what is copied is not the token")
	}
	p.See("curl " + w.APIURL + "/token")
	p.See("Waiting for the first call…")
	if ada := w.API("GET", "/contacts/ada", secret); ada.Status != http.StatusOK {
		t.Fatalf("with the token: %s", ada)
	}
	p.See("Connected, first call ")
	p.Nowhere(secret)

	p.Click("link", "Go to “Nightly export”")
	p.Has("heading", "Nightly export")
	p.Nowhere(secret)
	if source := p.Source(); strings.Contains(source, secret) {
		t.Error("the page of the integration has the token")
	}
	if strings.Contains(w.log.String(), secret) || strings.Contains(w.log.String(), secret[len(secret)-20:]) {
		t.Error("the log has the token")
	}
}

func TestATokenIsShownOnceWhateverSomebodyDoes(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]browser.Option{"with scripts": nil, "without": {browser.NoScript}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			p := w.open(home, admin, options...)
			secret := create(t, p, "Nightly export", "contacts.readonly")

			p.Reload() // the form is sent again
			p.Has("heading", "This token has been shown already")
			p.SeeNot(secret)

			p.Back()
			p.Has("heading", "Scopes of “Nightly export”")
			p.Forward() // the browser asks whether to send the form again
			p.SeeNot(secret)
			p.Reload()
			p.Has("heading", "This token has been shown already")

			p.Visit(home)
			p.Back()
			p.SeeNot(secret)
			if source := p.Source(); strings.Contains(source, secret) {
				t.Error("the page has the token, unseen")
			}
			p.Visit(home)
			if rows := len(p.Names("row")) - 1; rows != 1 {
				t.Errorf("%d integrations", rows)
			}
		})
	}
}

func TestGoingBackToATokenThatWasLeftDoesNotShowIt(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]browser.Option{"with scripts": nil, "without": {browser.NoScript}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			p := w.open(home, admin, options...)
			secret := create(t, p, "Nightly export", "contacts.readonly")
			p.Click("link", "All integrations")
			p.Has("link", "Nightly export")
			p.Back()
			p.SeeNot(secret)
			if source := p.Source(); strings.Contains(source, secret) {
				t.Error("the page has the token, unseen")
			}
		})
	}
}
