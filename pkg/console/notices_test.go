package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/notice"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// notify tells the people of acme that the token of a fresh integration should
// be rotated, for the n-th time.
func (s *site) notify(of, id string, n int) {
	s.t.Helper()
	e := event.Of(fact.Fact{
		Account: of, Integration: id, Seq: int64(1000 + n), Type: fact.RotationDue, At: s.Clock.Now(), Actor: fact.System,
	}, s.Format)
	d := &deliver.Notifier{Store: s.Store, Now: s.Clock.Now}
	if err := d.Notify(s.t.Context(), e); err != nil {
		s.t.Fatal(err)
	}
}

func TestNotificationsAreListedNewestFirstPageByPage(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	other := s.Create(t, "globex")
	s.notify("globex", other.ID, 0)
	admin := s.admin("acme")
	admin.get(home).click("Notifications").want(http.StatusOK, "Nothing to tell").lacks("Time to rotate")
	for n := range 21 {
		s.Clock.Advance(time.Hour)
		s.notify("acme", i.ID, n)
	}
	page := s.admin("acme").get(home+"/notifications").want(http.StatusOK, "Time to rotate the token of “Shop”", "2 Jan 2026, 23:04").lacks("2 Jan 2026, 04:04")
	if n := strings.Count(textOf(page.root), "See the integration"); n != 20 {
		t.Errorf("%d notices", n)
	}
	page.at(home+"/"+i.ID).want(http.StatusOK, "Shop")
	older := page.click("Older").want(http.StatusOK, "2 Jan 2026, 04:04").lacks("2 Jan 2026, 05:04")
	older.click("Newest").want(http.StatusOK, "3 Jan 2026, 00:04")
	for _, after := range []string{"x", strings.Repeat("9", 5000), "%ff", "%00"} {
		s.admin("acme").get(home + "/notifications?after=" + after).want(http.StatusOK)
	}
}

func TestNotificationsAreForgottenInTime(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	s.notify("acme", i.ID, 0)
	s.Clock.Advance(notice.Age - time.Millisecond)
	s.admin("acme").get(home+"/notifications").want(http.StatusOK, "Time to rotate the token")
	s.Clock.Advance(time.Millisecond)
	s.admin("acme").get(home+"/notifications").want(http.StatusOK, "Nothing to tell")
}

func TestNotificationsAreForWhoMayView(t *testing.T) {
	s := newSite(t)
	before := s.denials("globex")
	s.staff("globex").get(home+"/notifications").want(http.StatusForbidden, "You don't have access to this page")
	if after := s.denials("globex"); after["list-notifications"] != before["list-notifications"]+1 {
		t.Errorf("denials: %v", after)
	}
	s.permit("globex", account.View)
	s.staff("globex").get(home).click("Notifications").want(http.StatusOK, "Nothing to tell")
}

func TestNotificationsShowNamesAsText(t *testing.T) {
	s := newSite(t)
	const payload = `<img src=x onerror=alert(1)>`
	i := s.Create(t, "acme")
	s.rename(i, payload)
	s.notify("acme", i.ID, 0)
	if page := s.admin("acme").get(home+"/notifications").want(http.StatusOK, payload); strings.Contains(page.body, payload) {
		t.Error("it stands on the page as it is")
	}
}

func (s *site) rename(i manage.Issued, name string) {
	s.t.Helper()
	if _, err := s.Manage.Edit(s.t.Context(), rig.Admin(i.Account), rig.Target(i), integration.Edit{Name: &name}); err != nil {
		s.t.Fatal(err)
	}
}
