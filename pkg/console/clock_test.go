package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

func TestDeadlinesAreReadInTheZoneThatTheFormNames(t *testing.T) {
	for zone, want := range map[string]string{
		"Etc/GMT+5": "1 Feb 2026, 17:30:00.000 UTC", "Etc/GMT-14": "31 Jan 2026, 22:30:00.000 UTC",
		"Asia/Tokyo": "1 Feb 2026, 03:30:00.000 UTC", "UTC": "1 Feb 2026, 12:30:00.000 UTC",
	} {
		s := newSite(t)
		i := s.Create(t, "acme")
		admin := s.admin("acme")
		f := admin.get(pathOf(i)+"/expire-later").form("Continue").fill("The token stops on", "2026-02-01T12:30")
		f.fields.Set("zone", zone)
		f.press("Continue").follow().want(http.StatusOK, want)

		f = admin.get(home+"/new").form("Next").fill("Name", "Export").tick("On a date").fill("Date and time", "2026-02-01T12:30")
		f.fields.Set("zone", zone)
		created := f.press("Next").form("Generate Access Token").tick("contacts.readonly").press("Generate Access Token")
		created.want(http.StatusOK).click("Go to “Export”").want(http.StatusOK, want)
	}
}

func TestAZoneThatIsNotKnownIsNoUTC(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	f := admin.get(pathOf(i)+"/expire-later").form("Continue").fill("The token stops on", "2026-02-01T12:30")
	for _, zone := range []string{"Mars/Olympus", "Local", "../UTC", strings.Repeat("x", 65)} {
		f.fields.Set("zone", zone)
		f.press("Continue").want(http.StatusUnprocessableEntity, "Was entered in a time zone that is not known here: enter it in the one below.", "In the time zone UTC")
	}
	f = admin.get(home+"/new").form("Next").fill("Name", "Export").tick("On a date").fill("Date and time", "2026-02-01T12:30")
	f.fields.Set("zone", "Mars/Olympus")
	f.press("Next").want(http.StatusUnprocessableEntity, "Was entered in a time zone that is not known here")
}

// What was entered before a journey is shown after it in the zone that the page
// names by then.
func TestADateThatIsShownAgainIsInTheZoneOfThePage(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	f := admin.get(home+"/new").form("Next").tick("On a date").fill("Date and time", "2026-02-01T12:30")
	f.fields.Set("zone", "Europe/London")
	admin.cookies["zone"] = "Asia%2FTokyo"
	again := f.press("Next").want(http.StatusUnprocessableEntity, "In the time zone Asia/Tokyo").form("Next")
	if got := again.fields.Get("on") + " " + again.fields.Get("zone"); got != "2026-02-01T21:30 Asia/Tokyo" {
		t.Errorf("the field holds %s", got)
	}
	f.fill("Name", "Export")
	scopes := f.press("Next").want(http.StatusOK).form("Generate Access Token").tick("contacts.readonly")
	scopes.press("Generate Access Token").click("Go to “Export”").want(http.StatusOK, "2026-02-01 12:30:00.000 UTC")
}

// The script converts what a page says in another zone than the reader's; what
// it was not given it would leave behind.
func TestAllThatDependsOnTheZoneIsThereForTheScript(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	deadline := rig.Start.Add(40 * 24 * time.Hour)
	if _, err := s.Manage.SetExpiry(t.Context(), rig.Admin("acme"), rig.Target(i), deadline); err != nil {
		t.Fatal(err)
	}
	old, _ := s.inWindow()
	s.wantWorking(1, i.Token.Reveal())
	admin := s.admin("acme")
	for address, want := range map[string][]string{
		home: {`<time class="day"`},
		pathOf(i) + "/rotate-later": {
			`<input type="hidden" name="zone" value="UTC" data-zone>`, `In the time zone <span data-zone>UTC</span>`,
			`data-says="in 7 days, on " data-instant="2026-01-09T03:04:05.678Z">in 7 days, on 9 Jan 2026, 03:04</option>`,
			`As the current one, on <time datetime="` + deadline.Format(integration.Layout) + `"`,
		},
		pathOf(i) + "/expire-later": {`data-instant="` + deadline.Format(integration.Layout), `min="2026-01-02T03:05" data-min="2026-01-02T03:05:05.678Z"`},
		pathOf(old) + "/move-end":   {`max="2026-02-01T03:04" data-max="2026-02-01T03:04:05.678Z"`, `At the latest on <time datetime="2026-02-01T03:04:05.678Z"`},
	} {
		page := admin.get(address)
		for _, text := range want {
			if !strings.Contains(page.body, text) {
				t.Errorf("%s lacks %s", address, text)
			}
		}
		if times, local := strings.Count(page.body, "<time "), strings.Count(page.body, " data-local>"); times != local {
			t.Errorf("%s: of %d times %d are converted", address, times, local)
		}
	}
}

func TestExactTimesAreThereForWhoeverCanNotPoint(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	admin.cookies["zone"] = "Asia%2FTokyo"
	s.Clock.Advance(time.Hour)
	s.wantWorking(1, i.Token.Reveal())
	admin.get(pathOf(i)).want(http.StatusOK,
		"First used 2 Jan 2026, 13:04 2026-01-02 04:04:05.678 UTC", "Last used 2 Jan 2026, 13:04 2026-01-02 04:04:05.678 UTC",
		"created the integration. 2 Jan 2026, 12:04 2026-01-02 03:04:05.678 UTC", "Times in Asia/Tokyo, and below them in UTC.")

	for _, zone := range []string{"", "UTC", "Etc%2FUTC"} {
		admin.cookies["zone"] = zone
		admin.get(pathOf(i)).want(http.StatusOK, "First used 2 Jan 2026, 04:04:05.678 UTC", "created the integration. 2 Jan 2026, 03:04:05.678 UTC from", "UTC.").
			lacks("below them in UTC", "2026-01-02")
	}
	admin.cookies["zone"] = "Europe%2FLondon" // where it is UTC now, and not in summer
	admin.get(pathOf(i)).want(http.StatusOK, "First used 2 Jan 2026, 04:04 2026-01-02 04:04:05.678 UTC", "Times in Europe/London, and below them in UTC.")
}

// A script that asks with a session that has ended begins no sign-in: a browser
// keeps few, and would drop one that a person is at.
func TestAScriptWithoutASessionBeginsNoSignIn(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	for _, address := range []string{pathOf(i) + "/first-call?token=x", pathOf(i) + "/expire"} {
		r := httptest.NewRequest(http.MethodGet, consoleURL+address, nil)
		r.Header.Set("Sec-Fetch-Dest", "empty")
		got := s.stranger().send(r).want(http.StatusUnauthorized, "Your session has ended: sign in again.")
		if len(got.header["Set-Cookie"]) > 0 || got.header.Get("Location") != "" {
			t.Errorf("%s: %v", address, got.header)
		}
		s.stranger().get(address).want(http.StatusFound)
	}
}
