package stories_test

import (
	"net/http"
	"testing"
)

func TestSwitchingOffHidesThePagesAndStopsNoToken(t *testing.T) {
	t.Parallel()
	w := start(t)
	export, other := w.given("Nightly export"), w.given("Other")
	w.Manage("POST", integrations+export.path[len(home):]+"/rotate", `{"expireOld":"later"}`)
	s := w.open("/settings/labs", staff) // who is known from now on
	s.Has("heading", "You don't have access to this page")

	p := w.open("/settings/labs", admin)
	p.See("3 tokens work at the moment. Switching off does not stop them.")
	p.Uncheck("Private Integrations")
	p.Click("button", "Save")
	p.See("3 tokens keep working and can't be rotated or expired meanwhile.")
	p.Click("link", "Go back")
	p.See("Switching off does not stop them.")
	p.Uncheck("Private Integrations")
	p.Click("button", "Save")
	p.Click("button", "Continue")
	p.See("It is switched off")
	menu(p).Lacks("link", "Private Integrations")
	w.works(export.token, other.token)
	if list := w.Manage("GET", integrations, ""); list.Status != http.StatusForbidden || list.Code() != "feature_disabled" {
		t.Errorf("the list while it is off: %s", list)
	}

	s.Visit(export.path)
	s.Has("heading", "Private Integrations is switched off")
	s.See("An admin of the account can switch it on. Ask one")
	s.Lacks("button", "Switch on Private Integrations")

	for _, page := range []string{home, home + "/new", export.path + "/rotate-now", export.path} {
		p.Visit(page)
		p.Has("heading", "Private Integrations is switched off")
		if p.Status() != http.StatusForbidden {
			t.Errorf("%s is %d", page, p.Status())
		}
	}
	p.Click("button", "Switch on Private Integrations")
	p.Has("heading", export.name) // where the link had led
	menu(p).Has("link", "Private Integrations")
	w.works(export.token, other.token)
	w.count(admin, "acme", 2)
}
