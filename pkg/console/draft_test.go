package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// signInAgain puts a new session in place of the one that has ended.
func (b *browser) signInAgain(as *browser) *browser {
	maps.Copy(b.cookies, as.cookies)
	return b
}

// goOn signs in again and follows the link of the page that says that the
// session has ended.
func (s *screen) goOn(as *browser) *screen {
	s.b.s.t.Helper()
	link, err := url.Parse(s.link("Sign in and go on"))
	if err != nil {
		s.b.s.t.Fatal(err)
	}
	return s.b.signInAgain(as).get(link.Query().Get("return"))
}

const longAfter = 9 * time.Hour // of a session of eight

func TestFormOfAnEndedSessionIsFilledInAgainAfterANewSignIn(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	info := admin.get(home+"/new").form("Next").fill("Name", "Warehouse").fill("Description", "Für die Nacht <b>")
	form := info.press("Next").form("Generate Access Token").tick(rig.Write)
	s.Clock.Advance(longAfter)
	told := form.press("Generate Access Token").want(http.StatusUnauthorized,
		"Your session has ended", "Nothing was done with the form that you sent.", "is kept for 30 minutes")
	page := told.goOn(s.admin("acme")).want(http.StatusOK, "You have signed in again. Nothing has been done yet.", "Scopes of “Warehouse”")
	again := page.form("Generate Access Token")
	if !again.ticked(rig.Write) || again.ticked(rig.Readonly) {
		t.Error("what was picked is lost")
	}
	again.press("Generate Access Token").want(http.StatusOK, "Copy it now", "Warehouse")
	list := admin.get(home).want(http.StatusOK, "Warehouse", "Für die Nacht <b>")
	if strings.Count(list.body, `aria-label="Actions for Warehouse"`) != 1 {
		t.Error("the integration was not created once")
	}
	admin.get(told.resumed()).follow().want(http.StatusOK, "Basic Info").lacks("You have signed in again.", "Warehouse")
}

// resumed is where the page leads after the sign-in.
func (s *screen) resumed() string {
	link, err := url.Parse(s.link("Sign in and go on"))
	if err != nil {
		s.b.s.t.Fatal(err)
	}
	return link.Query().Get("return")
}

func TestEditOfAnEndedSessionIsStillComparedWithWhatItBeganFrom(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	form := s.admin("acme").get(pathOf(i)+"/edit").form("Next").fill("Name", "Mine").press("Next").form("Update").tick(rig.Write)
	name := "Theirs"
	if _, err := s.Manage.Edit(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Edit{Name: &name}); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(longAfter)
	again := form.press("Update").want(http.StatusUnauthorized).goOn(s.admin("acme")).want(http.StatusOK, "Scopes of “Mine”").form("Update")
	again.press("Update").want(http.StatusConflict, "from “Shop” to “Theirs”").form("Update").press("Update").follow().
		want(http.StatusOK, "Mine", rig.Write)
}

func TestQuestionOfAnEndedSessionIsAskedAgain(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	form := s.admin("acme").get(pathOf(i)).click("Rotate and expire this token later").form("Continue").fill("The old token stops", "24")
	s.Clock.Advance(longAfter)
	again := form.press("Continue").want(http.StatusUnauthorized).goOn(s.admin("acme")).want(http.StatusOK, "Nothing has been done yet.").form("Continue")
	if got := again.fields.Get("grace"); got != "24" {
		t.Errorf("grace %s", got)
	}
	if len(s.facts(i)) != 2 {
		t.Error("something was done")
	}
	again.press("Continue").want(http.StatusOK, "Copy it now", "3 Jan 2026, 12:04")
}

func TestKeptFormIsForItsSenderAndAccountAlone(t *testing.T) {
	s := newSite(t)
	send := func() *screen {
		t.Helper()
		form := s.admin("acme").get(home+"/new").form("Next").fill("Name", "Secret plan").press("Next").form("Generate Access Token")
		s.Clock.Advance(longAfter)
		return form.press("Generate Access Token").want(http.StatusUnauthorized)
	}
	s.permit("acme", account.Manage)
	told := send()
	page := told.goOn(s.staff("acme"))
	page.follow().want(http.StatusOK, "Basic Info").lacks("Secret plan", "You have signed in again.")
	told.b.signInAgain(s.admin("acme")).get(told.resumed()).follow().lacks("Secret plan") // it was taken away
	told = send()
	elsewhere := s.signedIn(account.RoleAdmin, "acme", "other")
	elsewhere.post("/account", url.Values{"account": {"other"}})
	told.goOn(elsewhere).follow().want(http.StatusOK).lacks("Secret plan")

	told = send()
	s.Clock.Advance(30 * time.Minute)
	told.goOn(s.admin("acme")).follow().lacks("Secret plan")

	told = send()
	told.b.signInAgain(s.admin("acme")).get(home + "/new?resumed=1").want(http.StatusOK).lacks("Secret plan")
}

func TestKeptFormIsSealedAndSignedOutWith(t *testing.T) {
	s := newSite(t)
	form := s.admin("acme").get(home+"/new").form("Next").fill("Name", "Secret plan").press("Next").form("Generate Access Token")
	s.Clock.Advance(longAfter)
	told := form.press("Generate Access Token")
	const name = "private-integrations-draft"
	kept := told.b.cookies[name]
	if kept == "" || strings.Contains(kept, "Secret") || !strings.Contains(strings.Join(told.header["Set-Cookie"], "\n"), "HttpOnly; SameSite=Lax") {
		t.Errorf("%v", told.header["Set-Cookie"])
	}
	told.b.cookies[name] = kept[:10] + kept[11:]
	told.goOn(s.admin("acme")).follow().lacks("Secret plan")
	told.b.cookies[name] = kept
	told.b.post("/signout", url.Values{}).want(http.StatusOK)
	if told.b.cookies[name] != "" {
		t.Error("it is kept after signing out")
	}
}

func TestTokensAreNotKept(t *testing.T) {
	s := newSite(t)
	pasted := s.Create(t, "acme").Token.Reveal()
	admin := s.admin("acme")
	s.Clock.Advance(longAfter)
	for _, fields := range []url.Values{
		{"token": {pasted[:40]}}, {"query": {" " + pasted + " "}}, {"description": {"it is " + pasted}},
	} {
		told := admin.post(home+"/new/scopes", fields).want(http.StatusUnauthorized, "Nothing was done").lacks("is kept")
		if admin.cookies["private-integrations-draft"] != "" || strings.HasSuffix(told.resumed(), "resumed=1") {
			t.Errorf("%v is kept", fields)
		}
	}
}

func TestFormThatIsTooLargeToBeKeptSaysSo(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	s.Clock.Advance(longAfter)
	for _, text := range []string{noise(4000), strings.Repeat("x", 40_000)} {
		admin.post(home+"/new/scopes", url.Values{"account": {"acme"}, "name": {"A"}, "description": {text}}).
			want(http.StatusUnauthorized, "could not be kept")
	}
	if admin.cookies["private-integrations-draft"] != "" {
		t.Error("it is kept")
	}
	longest := url.Values{"account": {"acme"}, "name": {noise(100)}, "description": {noise(500)}, "scope": {}}
	for range 60 {
		longest.Add("scope", noise(20))
	}
	admin.post(home+"/new/scopes", longest).want(http.StatusUnauthorized, "is kept")
}

// noise is a text that can't be compressed much.
func noise(n int) string {
	x, b := uint32(1), make([]byte, n)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = ' ' + byte(x>>24)%94
	}
	return string(b)
}

func TestWhereNoPageTakesAFormTheWayLeadsToTheList(t *testing.T) {
	s := newSite(t)
	told := s.stranger().post("/account", url.Values{"account": {"acme"}}).want(http.StatusUnauthorized)
	if got := told.resumed(); got != home {
		t.Error(got)
	}
}

// Version, zone and the like are put there by the page.
func TestFormInWhichNothingWasEnteredIsNotSaidToBeKept(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	expire := admin.get(pathOf(i) + "/expire").form("Continue")
	off := admin.get("/settings/labs").form("Save").untick("Private Integrations").press("Save").form("Continue")
	for address, form := range map[string]*filled{pathOf(i) + "/expire": expire, "/settings/labs": off} {
		s.Clock.Advance(longAfter)
		told := form.press("Continue").want(http.StatusUnauthorized, "Nothing was done").lacks("is kept")
		if got := told.resumed(); got != address {
			t.Error(got)
		}
		told.goOn(s.admin("acme")).want(http.StatusOK).lacks("The fields are as you left them")
	}
}

func TestSwitchIsAsItWasLeftAfterANewSignIn(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	admin.off()
	form := admin.get("/settings/labs").form("Save").tick("Private Integrations")
	s.Clock.Advance(longAfter)
	page := form.press("Save").want(http.StatusUnauthorized, "is kept").goOn(s.admin("acme")).
		want(http.StatusOK, "The fields are as you left them", "It is switched off")
	if !page.form("Save").ticked("Private Integrations") {
		t.Error("the switch is not as it was left")
	}
}
