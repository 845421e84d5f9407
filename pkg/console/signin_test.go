package console_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

func TestWhoSignsInIsKnownInAllOfTheirAccounts(t *testing.T) {
	people := groups{"agency@acme.test": {"account:acme:admin", "account:globex:staff"}}
	for n := range 60 {
		people["many@acme.test"] = append(people["many@acme.test"], fmt.Sprintf("account:a%02d:staff", n))
	}
	s := withProvider(t, people)
	s.stranger().signInAs("agency@acme.test", "/settings/labs").follow().want(http.StatusOK, "Labs")
	s.admin("globex").get("/settings/staff").want(http.StatusOK, "agency@acme.test")
	s.stranger().signInAs("many@acme.test", "/help").follow().want(http.StatusOK)
	known := 0
	for n := range 60 {
		members, err := s.Store.Members(t.Context(), fmt.Sprintf("a%02d", n))
		if err != nil {
			t.Fatal(err)
		}
		known += len(members)
	}
	if known != 25 {
		t.Errorf("known in %d accounts at once", known)
	}
}

// The issuer's own session would sign the same person in again.
func TestWhoHasNoAccountCanSignInAsSomebodyElse(t *testing.T) {
	people := groups{}
	for range 300 {
		people["large@acme.test"] = append(people["large@acme.test"], "account:"+rand.Text()+":admin")
	}
	s := withProvider(t, people)
	for email, says := range map[string]string{"nobody@acme.test": "You don't belong to an account yet", "large@acme.test": "You belong to too many accounts"} {
		page := s.stranger().signInAs(email, "/settings/labs").want(http.StatusForbidden, says)
		out := page.click("Sign in as somebody else")
		if target := out.header.Get("Location"); out.status != http.StatusSeeOther || !strings.HasPrefix(target, s.signIn.Issuer+"/logout?") {
			t.Errorf("%d %s", out.status, target)
		}
	}
}

func TestSignInThatCanNotBeginIsTriedAgainForTheSamePlace(t *testing.T) {
	s := newSite(t, func(c *signin.Config) { c.Issuer = "http://127.0.0.1:1" })
	page := s.stranger().get("/signin?return=%2Fsettings%2Flabs").want(http.StatusBadGateway, "The identity provider does not answer")
	if got := page.link("Try again"); got != "/signin?return=%2Fsettings%2Flabs" {
		t.Error(got)
	}
}

func TestAdminWithoutThePermissionGetsFromSettingsToAPageTheyMaySee(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	admin.get("/settings").follow().want(http.StatusOK, "No integrations yet")
	s.signedIn(account.RoleAdmin, "globex", "acme").post("/account", url.Values{"account": {"acme"}}).follow().want(http.StatusOK)
	admin.permit("admin@acme.test", "").follow().want(http.StatusOK)
	admin.get("/settings/labs").want(http.StatusOK).click("Settings").follow().want(http.StatusOK, "My Staff")
}

func TestAnAccountThatIsNotTheirsIsNotSwitchedTo(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(account.RoleAdmin, "acme", "globex")
	for _, other := range []string{"other", ""} {
		p := b.post("/account", url.Values{"account": {other}}).want(http.StatusForbidden, "You don't belong to this account", "acme").
			lacks("You don't belong to an account yet", "Account other")
		if p.header.Get("Set-Cookie") != "" {
			t.Error("the session is another one")
		}
	}
	b.get(home).want(http.StatusOK, "No integrations yet")
}
