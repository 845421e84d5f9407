package console_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

const activity = "/settings/activity"

func TestActivityTellsOfEverythingInTheAccount(t *testing.T) {
	s := newSite(t)
	s.Create(t, "globex")
	i := s.Create(t, "acme")
	s.Clock.Advance(time.Minute)
	s.permit("acme", account.View)
	s.Clock.Advance(time.Minute)
	s.staff("acme").get(pathOf(i) + "/delete").want(http.StatusForbidden)
	s.staff("acme").get(pathOf(i) + "/delete").want(http.StatusForbidden)
	s.Clock.Advance(time.Minute)
	s.admin("acme").get(preferences).form("Save").fill("Old token", "48").fill("Tokens that nobody uses", "90").press("Save").follow().want(200)
	page := s.admin("acme").get("/settings/labs").at(activity).want(http.StatusOK)
	shown := textOf(page.root)
	from := strings.Index(shown, "What happened in the account")
	for _, told := range []string{
		"admin@acme.test changed “Old token keeps working for” from 168 to 48 hours; changed “Tokens that nobody uses expire after” from 0 to 90 days.",
		"staff@acme.test was not allowed to delete integration, 2 times within a minute.",
		"admin@acme.test set what staff@acme.test may do with Private Integrations to “View”.",
		"admin@acme.test generated the token", "Shop 2 Jan 2026, 03:04:05.678 UTC from 192.0.2.1", "admin@acme.test created the integration. Shop",
	} {
		n := strings.Index(shown[from:], told)
		if n < 0 {
			t.Fatalf("%q does not stand in its place:\n%s", told, shown)
		}
		from += n + 1
	}
	page.lacks("globex").at(pathOf(i)).want(http.StatusOK, "Shop")
}

func TestActivityIsNarrowedToWhoWhatAndWhen(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	s.permit("acme", account.Manage)
	s.Clock.Advance(24 * time.Hour)
	s.staff("acme").get(pathOf(i) + "/expire").form("Continue").press("Continue").follow().want(http.StatusOK)
	page := s.admin("acme").get(activity)
	ask := func(label, value string) *screen {
		t.Helper()
		return page.form("Filter").fill(label, value).press("Filter").want(http.StatusOK)
	}
	ask("Whole e-mail address", "STAFF@acme.test").want(200, "expired the token").lacks("created the integration")
	ask("Whole e-mail address", "nobody@acme.test").want(200, "Nothing fits").click("Clear").want(200, "created the integration")
	ask("What", "permission").want(200, "set what staff@acme.test may do").lacks("created the integration", "expired the token")
	ask("From", "2026-01-03").want(200, "expired the token").lacks("created the integration")
	ask("to", "2026-01-02").want(200, "created the integration").lacks("expired the token")
	if got := ask("to", "2026-01-02").form("Filter").fields.Get("to"); got != "2026-01-02" {
		t.Errorf("the form forgets what was asked for: %q", got)
	}
	page.form("Filter").fill("From", "2026-01-03").fill("to", "2026-01-02").press("Filter").want(200, "Nothing fits")
	for _, query := range []string{"from=x&to=y", "kind=%00", "after=%ff", "after=" + strings.Repeat("9", 5000), "actor=" + strings.Repeat("a", 5000)} {
		s.admin("acme").get(activity + "?" + query).want(http.StatusOK)
	}
	s.admin("acme").get(activity+"?after=0&from=2026-01-02").want(http.StatusOK, "Nothing fits")
}

func TestEveryPartOfTheActivityCanBeReached(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	for n := range 45 {
		s.rename(i, fmt.Sprintf("Name %d.", n))
	}
	page, seen := s.admin("acme").get(activity+"?kind=integration"), ""
	for range 10 {
		seen += textOf(page.root)
		if !page.has("Older") {
			break
		}
		page = page.click("Older")
	}
	for n := range 45 {
		if told := fmt.Sprintf("to “Name %d.”", n); strings.Count(seen, told) != 1 {
			t.Errorf("%q is told %d times", told, strings.Count(seen, told))
		}
	}
	page.want(http.StatusOK, "created the integration").lacks("generated the token").click("Newest").want(http.StatusOK, "to “Name 44.”")
}

func TestActivityIsDownloadedAsItIsNarrowed(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	s.Create(t, "globex")
	s.rename(i, "=cmd|' /C calc'!A0")
	s.permit("acme", account.View)
	file := s.admin("acme").get(activity + "?kind=integration").want(http.StatusOK).click("Download CSV").want(http.StatusOK)
	if got := file.header.Get("Content-Type") + ", " + file.header.Get("Content-Disposition"); got != `text/csv; charset=utf-8, attachment; filename="activity.csv"` {
		t.Error(got)
	}
	lines, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil || len(lines) != 3 || lines[1][2] != "integration.updated" || lines[2][2] != "integration.created" || lines[1][4] != "'=cmd|' /C calc'!A0" {
		t.Errorf("%v, %q", err, lines)
	}
	before := s.denials("acme")
	s.staff("acme").get(activity+"/csv").want(http.StatusForbidden, "You don't have access to this page")
	if after := s.denials("acme"); after["list-audit"] != before["list-audit"]+1 {
		t.Errorf("denials: %v", after)
	}
}

func TestActivityIsForAdmins(t *testing.T) {
	s := newSite(t)
	s.permit("acme", account.Manage)
	before := s.denials("acme")
	page := s.staff("acme").get(activity).want(http.StatusForbidden, "You don't have access to this page")
	if slices.Contains(page.menu(), "Activity") || !slices.Contains(s.admin("acme").get(activity).menu(), "Activity") {
		t.Error("the menu has it for others, or lacks it for admins")
	}
	if after := s.denials("acme"); after["list-audit"] != before["list-audit"]+1 {
		t.Errorf("denials: %v", after)
	}
}

func TestActivityShowsWhatOthersEnteredAsText(t *testing.T) {
	s := newSite(t)
	const payload = `"><script>alert(1)</script>`
	i := s.Create(t, "acme")
	s.rename(i, payload)
	if _, err := s.Manage.Expire(t.Context(), rig.Admin("acme"), rig.Target(i)); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"", "?actor=" + url.QueryEscape(payload)} {
		if page := s.admin("acme").get(activity + query).want(http.StatusOK); strings.Contains(page.body, payload) {
			t.Errorf("%q: it stands on the page as it is", query)
		}
	}
	s.admin("acme").get(activity).want(http.StatusOK, "to “"+payload+"”")
}
