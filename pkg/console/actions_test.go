package console_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// works reports whether a token opens the rig's path.
func (s *site) works(token string) bool {
	s.t.Helper()
	_, err := s.Authorizer.Authorize(s.t.Context(), rig.Get(token))
	return err == nil
}

// wantWorking fails the test unless just the first of these tokens work, n of them.
func (s *site) wantWorking(n int, tokens ...string) {
	s.t.Helper()
	for i, token := range tokens {
		if works := s.works(token); works != (i < n) {
			s.t.Errorf("token %d works: %t", i, works)
		}
	}
}

// token is the one that the page shows.
func (s *screen) token() string {
	s.b.s.t.Helper()
	for n := range s.root.Descendants() {
		if attribute(n, "id") == "token" {
			return textOf(n)
		}
	}
	s.b.s.t.Fatalf("%s shows no token:\n%s", s.asked, textOf(s.root))
	return ""
}

func pathOf(i manage.Issued) string { return home + "/" + i.ID }

// inWindow makes an integration within a grace window of seven days.
func (s *site) inWindow() (old, renewed manage.Issued) {
	s.t.Helper()
	old = s.Create(s.t, "acme")
	return old, s.rotateLater(old)
}

func (s *site) rotateLater(old manage.Issued) manage.Issued {
	s.t.Helper()
	renewed, err := s.Manage.Rotate(s.t.Context(), rig.Admin("acme"), rig.Target(old),
		integration.Rotation{Grace: integration.DefaultGrace}, manage.Idempotency{})
	if err != nil {
		s.t.Fatal(err)
	}
	return renewed
}

func TestRotatingLaterShowsTheNewTokenAndLeavesTheOldOneItsTime(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	ask := s.admin("acme").get(pathOf(old)).click("Rotate and expire this token later")
	ask.want(http.StatusOK, "stops on 9 Jan 2026, 03:04, in 7 days", "It has never been used.", "Go back")
	shown := ask.form("Continue").press("Continue")
	shown.want(http.StatusOK, "Copy it now", "The old token keeps working until 9 Jan 2026, 03:04")
	renewed := shown.token()
	s.wantWorking(2, renewed, old.Token.Reveal())
	s.Clock.Advance(integration.DefaultGrace - time.Millisecond)
	s.wantWorking(2, renewed, old.Token.Reveal())
	s.Clock.Advance(time.Millisecond)
	s.wantWorking(1, renewed, old.Token.Reveal())
}

func TestOldTokenStopsAfterTheTimeThatWasPicked(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	form := s.admin("acme").get(pathOf(old)).click("Rotate and expire this token later").form("Continue")
	renewed := form.fill("The old token stops", "1").press("Continue").want(http.StatusOK).token()
	s.Clock.Advance(time.Hour)
	s.wantWorking(1, renewed, old.Token.Reveal())
}

func TestTimeThatCannotBePickedRotatesNothing(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	form := s.admin("acme").get(pathOf(old)).click("Rotate and expire this token later").form("Continue")
	for _, hours := range []string{"0", "721", "-1", "1.5", "", "soon", "99999999999999999999"} {
		form.fill("The old token stops", hours).press("Continue").want(http.StatusUnprocessableEntity, "Must be one of those below.")
	}
	s.admin("acme").get(pathOf(old)).lacks("A rotation is in progress.")
}

func TestRotatingNowEndsEveryOlderToken(t *testing.T) {
	s := newSite(t)
	old, newer := s.inWindow()
	ask := s.admin("acme").get(pathOf(old)).click("Rotate and expire this token now")
	newest := ask.want(http.StatusOK, "stops at once", "stops at once as well").form("Continue").press("Continue").token()
	s.wantWorking(1, newest, newer.Token.Reveal(), old.Token.Reveal())
}

func TestNewTokenExpiresAsPicked(t *testing.T) {
	s := newSite(t)
	deadline := rig.Start.Add(48 * time.Hour)
	for _, c := range []struct {
		pick, on, want string
	}{
		{"As the current one", "", "4 Jan 2026, 03:04"},
		{"Never", "", "Never"},
		{"On a date", "2026-03-01T12:00", "1 Mar 2026, 12:00"},
	} {
		old := s.Create(t, "acme")
		if _, err := s.Manage.SetExpiry(t.Context(), rig.Admin("acme"), rig.Target(old), deadline); err != nil {
			t.Fatal(err)
		}
		admin := s.admin("acme")
		form := admin.get(pathOf(old)).click("Rotate and expire this token now").form("Continue")
		form.tick(c.pick).fill("Date and time", c.on).press("Continue").want(http.StatusOK)
		admin.get(pathOf(old)).want(http.StatusOK, "Expires "+c.want)
	}
}

func TestDateThatIsNoneRotatesNothing(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	if _, err := s.Manage.SetExpiry(t.Context(), rig.Admin("acme"), rig.Target(old), rig.Start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	form := s.admin("acme").get(pathOf(old)).click("Rotate and expire this token now").form("Continue").tick("On a date")
	form.fill("Date and time", "").press("Continue").want(http.StatusUnprocessableEntity, "Must be a date and a time.")
	again := form.fill("Date and time", "2026-01-01T00:00").press("Continue").want(http.StatusUnprocessableEntity, "Must be in the future.")
	if !again.form("Continue").ticked("On a date") {
		t.Error("what was picked is lost")
	}
	s.wantWorking(1, old.Token.Reveal())
}

func TestWithoutALivingTokenTheOneButtonGeneratesOne(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	if _, err := s.Manage.Expire(t.Context(), rig.Admin("acme"), rig.Target(old)); err != nil {
		t.Fatal(err)
	}
	admin := s.admin("acme")
	page := admin.get(pathOf(old)).want(http.StatusOK, "No token works at present.", "it was expired")
	for _, label := range []string{
		"Rotate and expire this token later", "Rotate and expire this token now", "Expire Now", "Expire Later",
		"Remove expiry", "Cancel rotation", "Change when it expires", "Expire all tokens",
	} {
		if page.has(label) {
			t.Errorf("the page has %q", label)
		}
	}
	form := page.form("Generate Access Token")
	renewed := form.press("Generate Access Token").want(http.StatusOK, "Copy it now").token()
	s.wantWorking(1, renewed, old.Token.Reveal())
	form.press("Generate Access Token").want(http.StatusOK, "This token has been shown already")
	s.wantWorking(1, renewed)
}

func TestExpireNowEndsTheOnlyToken(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	page := s.admin("acme").get(pathOf(old))
	if page.has("Expire all tokens") {
		t.Error("all of one token are offered to be expired")
	}
	ask := page.click("Expire Now").want(http.StatusOK, "stops at once", "refused from the next request on")
	s.wantWorking(1, old.Token.Reveal())
	ask.form("Continue").press("Continue").follow().want(http.StatusOK, "Every token of this integration is refused from now on.", "Generate Access Token")
	s.wantWorking(0, old.Token.Reveal())
}

func TestWithinAWindowExpireNowEndsTheOldTokenAndTheNewOneKeepsWorking(t *testing.T) {
	s := newSite(t)
	old, renewed := s.inWindow()
	ask := s.admin("acme").get(pathOf(old)).click("Expire Now").want(http.StatusOK, "keeps working", "The new token has not been used yet")
	ask.form("Continue").press("Continue").follow().want(http.StatusOK, "The new one keeps working.", "Current token").lacks("Old token")
	s.wantWorking(1, renewed.Token.Reveal(), old.Token.Reveal())
}

func TestExpireAllTokensEndsBoth(t *testing.T) {
	s := newSite(t)
	old, renewed := s.inWindow()
	ask := s.admin("acme").get(pathOf(old)).click("Expire all tokens").want(http.StatusOK, "stops at once as well")
	ask.form("Continue").press("Continue").follow().want(http.StatusOK, "Every token of this integration is refused from now on.")
	s.wantWorking(0, renewed.Token.Reveal(), old.Token.Reveal())
}

func TestExpiryIsSetMovedAndRemoved(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	admin.cookies["zone"] = "Asia%2FTokyo"
	if admin.get(pathOf(i)).has("Remove expiry") {
		t.Error("there is an expiry to remove where none is set")
	}
	set := func(to string) *screen {
		t.Helper()
		return admin.get(pathOf(i)).click("Expire Later").want(http.StatusOK, "Asia/Tokyo").form("Continue").fill("The token stops on", to).press("Continue")
	}
	set("2026-01-03T21:30").follow().want(http.StatusOK, "The token's expiry is set.", "Expires 3 Jan 2026, 21:30", "2026-01-03 12:30:00.000 UTC")
	set("2026-01-02T12:10").follow().want(http.StatusOK, "Expires 2 Jan 2026, 12:10 in 5 minutes")
	set("2026-01-02T12:04").want(http.StatusUnprocessableEntity, "Must be in the future.")
	set("tomorrow").want(http.StatusUnprocessableEntity, "Must be a date and a time.")
	ask := admin.get(pathOf(i)).click("Remove expiry").want(http.StatusOK, "no longer stops on 2 Jan 2026, 12:10")
	ask.form("Continue").press("Continue").follow().want(http.StatusOK, "The token no longer expires by itself.", "Expires Never")
	s.Clock.Advance(24 * time.Hour)
	s.wantWorking(1, i.Token.Reveal())
}

func TestEndOfTheOldTokenIsMoved(t *testing.T) {
	s := newSite(t)
	old, renewed := s.inWindow()
	admin := s.admin("acme")
	form := func() *filled {
		return admin.get(pathOf(old)).click("Change when it expires").want(http.StatusOK, "At the latest on 1 Feb 2026, 03:04.").form("Continue")
	}
	form().press("Continue").follow().want(http.StatusOK, "9 Jan 2026, 03:04:05.678 UTC") // to the millisecond as it was
	form().fill("The old token stops on", "2026-01-02T05:00").press("Continue").follow().want(http.StatusOK, "2 Jan 2026, 05:00:00.000 UTC")
	form().fill("The old token stops on", "2026-02-01T03:05").press("Continue").want(http.StatusUnprocessableEntity, "Must be within 30 days")
	form().fill("The old token stops on", "2026-01-02T03:04").press("Continue").want(http.StatusUnprocessableEntity, "Must not be in the past.")
	s.Clock.Set(time.Date(2026, 1, 2, 5, 0, 0, 0, time.UTC))
	s.wantWorking(1, renewed.Token.Reveal(), old.Token.Reveal())
}

func TestCancellingARotationBringsTheOldTokenBack(t *testing.T) {
	s := newSite(t)
	old, renewed := s.inWindow()
	ask := s.admin("acme").get(pathOf(old)).click("Cancel rotation").want(http.StatusOK, "is the current token again").lacks("has been in use")
	ask.form("Continue").press("Continue").follow().want(http.StatusOK, "The rotation is cancelled")
	s.wantWorking(1, old.Token.Reveal(), renewed.Token.Reveal())
	s.Clock.Advance(365 * 24 * time.Hour)
	s.wantWorking(1, old.Token.Reveal())
}

func TestCancellingIsForcedOnlyByWhoWasToldSinceWhenTheNewTokenIsInUse(t *testing.T) {
	s := newSite(t)
	old, renewed := s.inWindow()
	form := s.admin("acme").get(pathOf(old)).click("Cancel rotation").form("Continue")
	s.Clock.Advance(time.Minute)
	s.wantWorking(1, renewed.Token.Reveal()) // between the question and the answer
	told := form.press("Continue")
	told.want(http.StatusConflict, "It has changed since you opened this page. Nothing was done.", "in use since 2 Jan 2026, 03:05")
	s.wantWorking(2, renewed.Token.Reveal(), old.Token.Reveal())
	told.form("Continue").press("Continue").follow().want(http.StatusOK, "The rotation is cancelled")
	s.wantWorking(1, old.Token.Reveal(), renewed.Token.Reveal())
}

func TestFormThatIsSentAgainDoesAndShowsNothing(t *testing.T) {
	s := newSite(t)
	for _, label := range []string{"Rotate and expire this token later", "Rotate and expire this token now"} {
		old := s.Create(t, "acme")
		form := s.admin("acme").get(pathOf(old)).click(label).form("Continue")
		token := form.press("Continue").want(http.StatusOK).token()
		again := form.press("Continue").want(http.StatusOK, "This token has been shown already")
		if strings.Contains(again.body, token) {
			t.Errorf("%s: the token is shown again", label)
		}
		s.wantWorking(1, token)
	}
}

func TestFormThatIsSentManyTimesAtOnceGivesOneToken(t *testing.T) {
	s := newSite(t)
	for _, label := range []string{"Rotate and expire this token later", "Rotate and expire this token now"} {
		old := s.Create(t, "acme")
		admin := s.admin("acme")
		form := admin.get(pathOf(old)).click(label).form("Continue")
		var bodies [8]string
		var all sync.WaitGroup
		for n := range bodies {
			all.Go(func() {
				b := &browser{s: s, cookies: admin.cookies}
				bodies[n] = textOf(b.post(attribute(form.node, "action"), form.fields).root)
			})
		}
		all.Wait()
		shown := 0
		for _, body := range bodies {
			if strings.Contains(body, "Copy it now") {
				shown++
			} else if !strings.Contains(body, "This token has been shown already") {
				t.Errorf("%s: one was answered %s", label, body)
			}
		}
		if shown != 1 {
			t.Errorf("%s: %d tokens are shown", label, shown)
		}
	}
}

func TestFormWithoutItsKeyRotatesNothing(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	form := s.admin("acme").get(pathOf(old)).click("Rotate and expire this token now").form("Continue")
	form.fields.Del("key")
	form.press("Continue").want(http.StatusBadRequest)
	s.wantWorking(1, old.Token.Reveal())
}

// everyAction is what every action of the design is called on the page where a
// person would look, by whether a window is open there.
var everyAction = map[bool][]string{
	false: {"Rotate and expire this token later", "Rotate and expire this token now", "Expire Now", "Expire Later", "Remove expiry", "Delete"},
	true: {
		"Rotate and expire this token now", "Expire Now", "Expire Later", "Remove expiry", "Delete",
		"Cancel rotation", "Change when it expires", "Expire all tokens",
	},
}

// everyQuestion opens every question of an integration that has all there can be.
func (s *site) everyQuestion(b *browser, window bool, see func(label string, i manage.Issued, ask *screen)) {
	s.t.Helper()
	for _, label := range everyAction[window] {
		i := s.Create(s.t, "acme")
		if _, err := s.Manage.SetExpiry(s.t.Context(), rig.Admin("acme"), rig.Target(i), s.Clock.Now().Add(20*24*time.Hour)); err != nil {
			s.t.Fatal(err)
		}
		if window {
			s.rotateLater(i)
		}
		see(label, i, b.get(pathOf(i)).click(label))
	}
}

func TestQuestionIsAskedAnewWhenTheIntegrationHasChanged(t *testing.T) {
	s := newSite(t)
	name := "Renamed meanwhile"
	for _, window := range []bool{false, true} {
		s.everyQuestion(s.admin("acme"), window, func(label string, i manage.Issued, ask *screen) {
			before := len(s.facts(i))
			if _, err := s.Manage.Edit(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Edit{Name: &name}); err != nil {
				t.Fatal(err)
			}
			form := ask.form("Continue")
			switch label {
			case "Delete":
				form.fill("Type the name to confirm", name)
			case "Expire Later":
				form.fill("The token stops on", "2026-01-20T00:00")
			}
			again := form.press("Continue").want(http.StatusConflict, "It has changed since you opened this page. Nothing was done.")
			if after := len(s.facts(i)); after != before+1 {
				t.Errorf("%s: %d facts, of which one is the edit's, after %d", label, after, before)
			}
			form = again.form("Continue")
			if label == "Delete" {
				form.fill("Type the name to confirm", name)
			}
			if done := form.press("Continue"); done.status != http.StatusOK && done.status != http.StatusSeeOther {
				t.Errorf("%s, asked anew: %d\n%s", label, done.status, textOf(done.root))
			}
		})
	}
}

// facts are the types of all that happened to an integration.
func (s *site) facts(i manage.Issued) (types []string) {
	s.t.Helper()
	facts, err := s.Store.Facts(s.t.Context(), i.Account, i.ID, 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range slices.Backward(facts) {
		types = append(types, string(f.Type))
	}
	return types
}

func TestActionThatTheClockHasOvertakenSaysSo(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		label, told string
		window      bool
	}{
		{"Cancel rotation", "No rotation is in progress any more", true},
		{"Change when it expires", "No rotation is in progress any more", true},
		{"Expire Now", "No rotation is in progress any more", true},
		{"Rotate and expire this token later", "No token works any more", false},
		{"Expire Now", "No token works any more", false},
		{"Expire Later", "No token works any more", false},
		{"Remove expiry", "No token works any more", false},
	} {
		i := s.Create(t, "acme")
		if _, err := s.Manage.SetExpiry(t.Context(), rig.Admin("acme"), rig.Target(i), s.Clock.Now().Add(20*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if c.window {
			s.rotateLater(i)
		}
		ask := s.admin("acme").get(pathOf(i)).click(c.label)
		form := ask.form("Continue")
		if c.label == "Expire Later" {
			form.fill("The token stops on", "2028-01-20T00:00")
		}
		if s.Clock.Advance(19 * 24 * time.Hour); !c.window {
			s.Clock.Advance(24 * time.Hour)
		}
		// The session has ended too by then; the question is answered in another one.
		form.page.b = s.admin("acme")
		form.press("Continue").want(http.StatusConflict, c.told, "Nothing was changed.").click("Go to the integration").want(http.StatusOK)
		s.admin("acme").get(ask.asked).want(http.StatusConflict, c.told)
	}
}

func TestRotationLaterIsNotOfferedWithinAWindow(t *testing.T) {
	s := newSite(t)
	old, _ := s.inWindow()
	admin := s.admin("acme")
	if admin.get(pathOf(old)).has("Rotate and expire this token later") {
		t.Error("it is")
	}
	admin.get(pathOf(old)+"/rotate-later").want(http.StatusConflict, "A rotation is in progress already")
}
