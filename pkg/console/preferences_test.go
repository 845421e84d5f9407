package console_test

import (
	"testing"
	"time"
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
	if f.fields.Get("graceHours") != "48" || f.fields.Get("reminderDays") != "30" {
		t.Errorf("shown afterwards: %v", f.fields)
	}

	admin = s.admin("acme")
	s.Clock.Advance(30*24*time.Hour - time.Millisecond)
	s.admin("acme").get(home).want(200).lacks("Time to rotate")
	s.Clock.Advance(time.Millisecond)
	s.admin("acme").get(home).want(200, "Time to rotate")
}

func TestPreferencesOutOfBoundsAreNamedAndNothingIsSaved(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	for _, c := range []struct{ hours, days, want string }{
		{"0", "90", "Old token keeps working for: Must be a whole number from 1 to 720."},
		{"721", "90", "Old token keeps working for: Must be a whole number from 1 to 720."},
		{"-1", "90", "Old token keeps working for: Must be a whole number from 1 to 720."},
		{"1.5", "90", "Old token keeps working for: Must be a whole number from 1 to 720."},
		{"<b>7", "90", "Old token keeps working for: Must be a whole number from 1 to 720."},
		{"9223372036854775807", "90", "Old token keeps working for: Must be a whole number from 1 to 720."},
		{"48", "29", "Time to rotate after: Must be a whole number from 30 to 365."},
		{"48", "366", "Time to rotate after: Must be a whole number from 30 to 365."},
		{"48", "", "Time to rotate after: Must be a whole number from 30 to 365."},
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
