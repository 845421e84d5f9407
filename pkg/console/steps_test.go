package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

func TestGoingBackWhileCreatingKeepsThePickedScopes(t *testing.T) {
	admin := newSite(t).admin("acme")
	scopes := admin.get(home+"/new").form("Next").fill("Name", "Shop").press("Next").form("Generate Access Token")
	info := scopes.tick(rig.Write).press("Back").want(http.StatusOK, "Basic Info").form("Next")
	again := info.fill("Name", "Store").press("Next").want(http.StatusOK, "Scopes of “Store”").form("Generate Access Token")
	if !again.ticked(rig.Write) || again.ticked(rig.Readonly) {
		t.Error("what was picked is lost")
	}
	again.press("Generate Access Token").want(http.StatusOK, "Copy it now", "Store")
}

func TestScopesOutliveADeadlineThatPassesWhileTheyArePicked(t *testing.T) {
	s := newSite(t)
	info := s.admin("acme").get(home+"/new").form("Next").fill("Name", "Shop").tick("On a date").fill("Date and time", "2026-01-02T04:00")
	scopes := info.press("Next").form("Generate Access Token").tick(rig.Write)
	s.Clock.Advance(2 * time.Hour)
	back := scopes.press("Generate Access Token").want(http.StatusUnprocessableEntity, "Basic Info").form("Next")
	if !back.tick("Never").press("Next").form("Generate Access Token").ticked(rig.Write) {
		t.Error("what was picked is lost")
	}
}

func TestBothStepsOutliveTheirSession(t *testing.T) {
	s := newSite(t)
	long := strings.Repeat("字", 500)
	admin := s.admin("acme")
	info := admin.get(home+"/new").form("Next").fill("Name", "Shop").fill("Description", long)
	s.Clock.Advance(longAfter)
	next := info.press("Next").want(http.StatusUnauthorized, "is kept for 30 minutes").goOn(s.admin("acme")).
		want(http.StatusOK, "You have signed in again.", "Basic Info", long).form("Next")
	scopes := next.press("Next").want(http.StatusOK, "Scopes of “Shop”").form("Generate Access Token").tick(rig.Write)
	s.Clock.Advance(longAfter)
	back := scopes.press("Back").want(http.StatusUnauthorized).goOn(s.admin("acme")).want(http.StatusOK, "Basic Info", long).form("Next")
	if !back.press("Next").form("Generate Access Token").ticked(rig.Write) {
		t.Error("what was picked is lost")
	}
}

func TestStepsAreOfTheAccountThatTheFormWasMadeFor(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.signedIn(account.RoleAdmin, "acme", "other")
	forms := []*filled{
		admin.get(home+"/new").form("Next").fill("Name", "Shop"), admin.get(pathOf(i) + "/edit").form("Next"),
	}
	admin.post("/account", url.Values{"account": {"other"}})
	for _, form := range forms {
		form.press("Next").want(http.StatusConflict, "You have switched to another account")
	}
}

// A request line and headers have 10 KB at the gateway together, cookies
// included.
func TestNothingThatIsEnteredMakesAnAddressLong(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	for address, send := range map[string]string{home + "/new": "Generate Access Token", pathOf(i) + "/edit": "Update"} {
		page := admin.get(address).form("Next").fill("Name", strings.Repeat("字", 100)).fill("Description", strings.Repeat("🔑", 500)).press("Next")
		for _, button := range []string{"Back", "Next", send} {
			if len(page.asked) > 100 || len(page.header.Get("Location")) > 100 {
				t.Errorf("%s leads to %s", page.asked, page.header.Get("Location"))
			}
			form := page.form(button)
			if button != "Next" {
				form.tick(rig.Write)
			}
			page = form.press(button)
		}
	}
}

func TestNoScopeIsAChoiceThatGoesBackAndForth(t *testing.T) {
	s := newSite(t)
	scopes := s.admin("acme").get(pathOf(s.Create(t, "acme")) + "/edit").form("Next").press("Next").form("Update").untick(rig.Readonly)
	if scopes.press("Back").form("Next").press("Next").form("Update").ticked(rig.Readonly) {
		t.Error("a scope that was taken out is back")
	}
}

func TestFormWithoutItsKeyCreatesNothing(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	form := admin.get(home+"/new").form("Next").fill("Name", "Warehouse").press("Next").form("Generate Access Token").tick(rig.Write)
	form.fields.Del("key")
	form.press("Generate Access Token").want(http.StatusBadRequest, "The form could not be read")
	admin.get(home).lacks("Warehouse")
}

// Whoever goes back to a step finds it, and whoever signs out leaves none.
func TestStepsAreKeptForGoingBackUntilTheSessionIsOver(t *testing.T) {
	s := newSite(t)
	late := s.admin("acme")
	s.Clock.Advance(signin.DefaultLifetime)
	if got := late.get(home).header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("after the session: %q", got)
	}
	admin := s.admin("acme")
	scopes := admin.get(home+"/new").form("Next").fill("Name", "Shop").press("Next")
	token := scopes.form("Generate Access Token").tick(rig.Write).press("Generate Access Token").want(http.StatusOK, "Copy it now")
	out := admin.post("/signout", url.Values{})
	for page, want := range map[*screen]string{scopes: "private, no-cache", token: "no-store", out: "no-store"} {
		if got := page.header.Get("Cache-Control"); got != want {
			t.Errorf("%s: %s", page.asked, got)
		}
		if got := page.header.Get("Referrer-Policy"); got != "strict-origin" {
			t.Errorf("%s: %s", page.asked, got)
		}
	}
	if got := out.header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("signed out: %q", got)
	}
}
