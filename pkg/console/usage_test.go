package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

func TestUsageShowsCallsOfEachDayByOperationAndCaller(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	for range 3 {
		s.call(i, "GET", "192.0.2.7", "nightly/1.2")
	}
	s.Clock.Advance(24 * time.Hour)
	s.call(i, "GET", "192.0.2.8", "")
	s.call(i, "PUT", "192.0.2.8", "") // which it may not
	if _, err := s.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Rotation{}, manage.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	s.call(i, "GET", "192.0.2.9", "thief") // of the dead token
	page := s.admin("acme").get(pathOf(i)).click("Usage").want(http.StatusOK, "Passed 4 Refused 1 With dead tokens 1",
		"Calls per day over 30 days: 4 passed, 1 refused, 1 with dead tokens; at most 3 on one day.", "2 Jan 2026: GET /contacts/{id} 3 ", "3 Jan 2026: GET /contacts/{id} 1, refused 1, with dead tokens 1", "1 Jan 2026: none",
		"2 Jan 2026 3 0 0 3 Jan 2026 1 1 1", "By operation", "GET /contacts/{id} 4 3 Jan 2026",
		"By caller", "192.0.2.7 nightly/1.2 3 2 Jan 2026, 03:04 192.0.2.8 not told 2 3 Jan 2026, 03:04",
		"All of them were refused", "192.0.2.9 thief 1 3 Jan 2026, 03:04")
	bars := map[string]int{}
	for n := range page.root.Descendants() {
		if n.Data == "rect" && attribute(n, "class") != "" {
			bars[attribute(n, "class")+" "+attribute(n, "height")]++
		}
	}
	if bars["part1 134"] != 1 || bars["part1 44"] != 1 || bars["missed 45"] != 1 || bars["dead 45"] != 1 || len(bars) != 4 {
		t.Errorf("bars: %v", bars)
	}
}

func TestUsageOfAnUnusedIntegrationSaysSo(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	s.admin("acme").get(pathOf(i)+"/usage").want(http.StatusOK, "Never used").lacks("Calls per day")
	s.call(i, "GET", "192.0.2.7", "nightly/1.2")
	s.Clock.Advance(40 * 24 * time.Hour)
	s.admin("acme").get(pathOf(i)+"/usage").want(http.StatusOK, "No calls in these 30 days.", "Last used 2 Jan 2026, 03:04").lacks("Never used")
}

func TestUsageOfTooManyTokensSaysSo(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	s.call(i, "GET", "192.0.2.7", "nightly/1.2")
	const says = "There were more than 50 tokens in that time: only the newest 50 are counted."
	for range 50 {
		s.admin("acme").get(pathOf(i) + "/usage").want(http.StatusOK).lacks(says)
		if _, err := s.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Rotation{}, manage.Idempotency{}); err != nil {
			t.Fatal(err)
		}
	}
	s.admin("acme").get(pathOf(i)+"/usage").want(http.StatusOK, says)
}

func TestUsageIsForWhoMayView(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	s.staff("acme").get(pathOf(i)+"/usage").want(http.StatusForbidden, "You don't have access to this page")
	s.permit("acme", account.View)
	s.staff("acme").get(pathOf(i)).click("Usage").want(http.StatusOK, "Never used")
}

func TestCallersOfTheUsagePageShowAsText(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	const payload = `"><script>alert(1)</script><svg onload=alert(1)>`
	s.call(i, "GET", "192.0.2.7", payload)
	if page := s.admin("acme").get(pathOf(i)+"/usage").want(http.StatusOK, payload); strings.Contains(page.body, payload) {
		t.Error("it stands on the page as it is")
	}
}
