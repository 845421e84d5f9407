package console_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

func TestSwitchingOffAsksOnceAndTellsHowManyTokensGoOn(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	asks := func(living string) {
		t.Helper()
		p := admin.get("/settings/labs").want(200).form("Save").untick("Private Integrations").press("Save").
			want(200, "Switch off Private Integrations?", living+" and can't be rotated or expired meanwhile.")
		if !p.click("Go back").want(200).form("Save").ticked("Private Integrations") {
			t.Error("asking has switched it off")
		}
		admin.get(home).want(200)
	}
	asks("0 tokens keep working")
	issued := s.Create(t, "acme")
	asks("1 token keeps working")
	s.rotate(issued)
	asks("2 tokens keep working")
}

func TestOffHidesTheFeatureAndAnAdminSwitchesItOnFromWhereTheyWanted(t *testing.T) {
	s := newSite(t)
	issued := s.Create(t, "acme")
	admin, staff := s.admin("acme"), s.staff("acme")
	staff.get(home)
	admin.permit("staff@acme.test", "Manage")
	form := admin.get(home+"/new").form("Next").fill("Name", "Late")

	admin.off().follow().want(200, "Private Integrations is switched off for this account. Its tokens keep working.",
		"1 token keeps working and can't be rotated or expired until it is on again.")
	if got := admin.get("/settings/labs").menu(); slices.Contains(got, "Private Integrations") {
		t.Errorf("the menu still has it: %q", got)
	}
	if _, err := s.Authorizer.Authorize(t.Context(), rig.Get(issued.Token.Reveal())); err != nil {
		t.Errorf("a token is refused while the feature is off: %v", err)
	}
	for _, path := range []string{home, home + "/new", home + "/find", home + "/compromised", home + "/preferences", home + "/" + issued.ID + "/first-call"} {
		admin.get(path).want(403, "Private Integrations is switched off", "Switch on Private Integrations")
	}
	form.press("Next").want(403, "Private Integrations is switched off")
	staff.get(home).want(403, "Private Integrations is switched off", "An admin of the account can switch it on.").
		lacks("Switch on Private Integrations", "Go to Labs")

	const there = home + "?query=Shop&status="
	admin.get(there).form("Switch on Private Integrations").press("Switch on Private Integrations").follow().want(200, "Shop")
	staff.get(home).want(200, "Shop")
}

// off switches the feature off.
func (b *browser) off() *screen {
	b.s.t.Helper()
	return b.get("/settings/labs").form("Save").untick("Private Integrations").press("Save").want(200).
		form("Continue").press("Continue")
}

func TestSwitchUnderLabsTurnsItOnAgain(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	admin.off().follow().want(200)
	admin.get("/settings/labs").form("Save").press("Save").want(200, "0 tokens keep working and can't be rotated or expired until it is on again")
	admin.get(home).want(403)
	admin.get("/settings/labs").form("Save").tick("Private Integrations").press("Save").follow().
		want(200, "Private Integrations is switched on for this account.")
	admin.get(home).want(200)
}

// Where switching on leads is in the form, which anybody can have made.
func TestSwitchingOnLeadsToNoOtherPlace(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	for _, to := range []string{
		"https://evil.test" + home, "//evil.test" + home, `\\evil.test` + home, "/settings/private-integrations@evil.test",
		"/settings/private-integrations/../../signout", "/settings/private-integrations/\r\nSet-Cookie: a=b", "javascript:alert(1)", "/signout", "",
	} {
		p := admin.post("/settings/labs", url.Values{"privateIntegrations": {"on"}, "return": {to}}).want(303)
		if got := p.header.Get("Location"); got != "/settings/labs?done=on" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	// What has been sent can't be sent again by GET.
	admin.off()
	p := admin.post(home+"/new/scopes", url.Values{"key": {"k"}}).want(403)
	if got := p.form("Switch on Private Integrations").fields.Get("return"); got != "" {
		t.Errorf("a refused form leads back to %q", got)
	}
}

func TestEachAccountHasASwitchOfItsOwn(t *testing.T) {
	s := newSite(t)
	agency := s.signedIn("admin", "acme", "globex")
	agency.off().follow().want(200)
	form := agency.get("/settings/labs").form("Save")
	agency.post("/account", url.Values{"account": {"globex"}}).follow().want(200)
	form.tick("Private Integrations").press("Save").want(409, "You have switched to another account")
	s.admin("acme").get(home).want(403)
}

// rotate begins a grace window.
func (s *site) rotate(i manage.Issued) {
	s.t.Helper()
	r := integration.Rotation{Grace: integration.DefaultGrace}
	if _, err := s.Manage.Rotate(s.t.Context(), rig.Admin(i.Account), rig.Target(i), r, manage.Idempotency{}); err != nil {
		s.t.Fatal(err)
	}
}
