package console_test

import (
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/rig"
)

const preferences = home + "/preferences"

func TestPreferencesAreWhatTheProductGoesBy(t *testing.T) {
	s := newSite(t)
	s.Create(t, "acme")
	admin := s.admin("acme")
	p := admin.get(home).click("Preferences").want(200, "Integrations at most 100", "Tokens begin with pit_", "Address of the API "+apiURL)
	p.form("Save").fill("Old token keeps working for", "48").fill("Time to rotate after", "30").press("Save").follow().
		want(200, "The changes are saved.")
	f := admin.get(preferences).form("Save")
	if f.fields.Get("graceHours") != "48" || f.fields.Get("reminderDays") != "30" || f.fields.Get("quietMinutes") != "1440" || f.fields.Get("idleDays") != "0" {
		t.Errorf("shown afterwards: %v", f.fields)
	}

	s.Clock.Advance(30*24*time.Hour - time.Millisecond)
	s.admin("acme").get(home).want(200).lacks("Time to rotate")
	s.Clock.Advance(time.Millisecond)
	s.admin("acme").get(home).want(200, "Time to rotate")
}

func TestPreferencesOutOfBoundsAreNamedAndNothingIsSaved(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	for _, c := range []struct{ hours, days, want string }{
		{"0", "90", "Old token keeps working for: must be a whole number from 1 to 720."},
		{"721", "90", "Old token keeps working for: must be a whole number from 1 to 720."},
		{"-1", "90", "Old token keeps working for: must be a whole number from 1 to 720."},
		{"1.5", "90", "Old token keeps working for: must be a whole number from 1 to 720."},
		{"<b>7", "90", "Old token keeps working for: must be a whole number from 1 to 720."},
		{"9223372036854775807", "90", "Old token keeps working for: must be a whole number from 1 to 720."},
		{"48", "29", "Time to rotate after: must be a whole number from 30 to 365."},
		{"48", "366", "Time to rotate after: must be a whole number from 30 to 365."},
		{"48", "", "Time to rotate after: must be a whole number from 30 to 365."},
	} {
		p := admin.get(preferences).form("Save").fill("Old token", c.hours).fill("Time to rotate", c.days).press("Save").want(422, c.want)
		if got := p.form("Save").fields.Get("graceHours"); got != c.hours {
			t.Errorf("what was entered, %q, became %q", c.hours, got)
		}
	}
	if got := admin.get(preferences).form("Save").fields.Get("graceHours"); got != "168" {
		t.Errorf("saved: %q", got)
	}
}

func TestSilenceThatAnAccountAsksForDecidesWhatIsSafe(t *testing.T) {
	s := newSite(t)
	s.admin("acme").get(preferences).form("Save").fill("An old token is safe", "2").press("Save").follow().want(200, "The changes are saved.")
	old, renewed := s.inWindow()
	s.call(old, "GET", "192.0.2.7", "nightly/1.2")
	s.call(renewed, "GET", "192.0.2.7", "nightly/1.2")
	s.Clock.Advance(3*time.Minute - time.Millisecond)
	s.admin("acme").get(pathOf(old)).want(200, "The old token is still in use.")
	s.Clock.Advance(time.Millisecond)
	s.admin("acme").get(pathOf(old)).want(200, "Safe to expire.")
}

func TestTokensExpireForWantOfUseOnlyIfTheAccountWantsThat(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	idle := func() time.Duration {
		t.Helper()
		of, err := s.Manage.Settings(t.Context(), rig.Admin("acme"), "acme")
		if err != nil {
			t.Fatal(err)
		}
		return of.IdleAfter
	}
	for _, c := range []struct {
		entered string
		status  int
		want    time.Duration
	}{
		{"90", 303, 90 * 24 * time.Hour}, {"29", 422, 90 * 24 * time.Hour}, {"731", 422, 90 * 24 * time.Hour}, {"-1", 422, 90 * 24 * time.Hour},
		{"730", 303, 730 * 24 * time.Hour}, {"0", 303, 0},
	} {
		p := admin.get(preferences).form("Save").fill("Tokens that nobody uses expire after", c.entered).press("Save").want(c.status)
		if c.status == 422 {
			p.want(422, "Tokens that nobody uses expire after: must be 0 or a whole number from 30 to 730.")
		}
		if got := idle(); got != c.want {
			t.Errorf("after %q: %v", c.entered, got)
		}
	}
}

// The second to save sees what the first has saved, beside what they entered.
func TestPreferencesOfTwoTabsAreNotLost(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	first, second := admin.get(preferences).form("Save"), admin.get(preferences).form("Save")
	first.fill("Old token", "24").press("Save").follow().want(200)
	p := second.fill("Old token", "48").press("Save").
		want(409, "Somebody else has saved the settings since you opened this page. Nothing of yours is saved yet.", "Holds now: 24 hours").
		lacks("Holds now: 90 days")
	if got := admin.get(preferences).form("Save").fields.Get("graceHours"); got != "24" {
		t.Errorf("saved over what the other tab saved: %q", got)
	}
	p.form("Save").press("Save").follow().want(200)
	if got := admin.get(preferences).form("Save").fields.Get("graceHours"); got != "48" {
		t.Errorf("saved in the end: %q", got)
	}
}

// What was entered waits for whoever comes back after a new sign-in, here and on
// the page of a person, and nothing of it is saved before.
func TestSettingsAreKeptThroughANewSignIn(t *testing.T) {
	s := newSite(t)
	s.staff("acme").get(home)
	admin := s.admin("acme")
	entered := admin.get(preferences).form("Save").fill("Old token", "48")
	permitted := admin.edit("staff@acme.test").form("Save").tick("Private Integrations").tick("Manage")
	person := permitted.page.asked
	s.Clock.Advance(8 * time.Hour)
	comesBack := func(f *filled) *filled {
		t.Helper()
		f.page.b = admin
		f.press("Save").want(401, "Nothing was done with the form that you sent.", "What you have entered is kept")
		again := s.admin("acme")
		for name, value := range admin.cookies {
			if _, has := again.cookies[name]; !has {
				again.cookies[name] = value
			}
		}
		return again.get(f.page.asked + "?resumed=1").want(200).form("Save")
	}
	if f := comesBack(entered); f.fields.Get("graceHours") != "48" || f.fields.Get("reminderDays") != "90" {
		t.Errorf("preferences come back as %v", f.fields)
	}
	if f := comesBack(permitted); !f.ticked("Private Integrations") || !f.ticked("Manage") {
		t.Errorf("the permission comes back as %v", f.fields)
	}
	admin = s.admin("acme")
	if got := admin.get(preferences).form("Save").fields.Get("graceHours"); got != "168" {
		t.Errorf("saved: %q", got)
	}
	if admin.get(person).form("Save").ticked("Private Integrations") {
		t.Error("the permission was saved")
	}
}
