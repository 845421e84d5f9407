package console_test

import (
	"net/http"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/rig"
)

func TestQuotaIsToldBeforeAnythingIsTyped(t *testing.T) {
	s := newSite(t)
	s.Manage.Max = 1
	admin := s.admin("acme")
	admin.get(home+"/new").want(http.StatusOK, "Basic Info")
	i := s.Create(t, "acme")
	admin.get(home).click("Create New Integration").want(http.StatusConflict, "The account has all the integrations it may have",
		"Delete an integration that is no longer needed").lacks("Basic Info")
	if err := s.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(i)); err != nil {
		t.Fatal(err)
	}
	admin.get(home+"/new").want(http.StatusOK, "Basic Info")
	s.staff("acme").get(home+"/new").want(http.StatusForbidden, "You don't have access to this page")
}

func TestWhatWasEnteredOutlivesAQuotaThatIsReachedMeanwhile(t *testing.T) {
	s := newSite(t)
	s.Manage.Max = 1
	form := s.admin("acme").get(home+"/new").form("Next").fill("Name", "Store").press("Next").form("Generate Access Token").tick(rig.Write)
	i := s.Create(t, "acme")
	form = form.press("Generate Access Token").
		want(http.StatusConflict, "The account has all the integrations it may have. Nothing was created.", "Scopes of “Store”").form("Generate Access Token")
	form = form.press("Back").want(http.StatusOK, "Basic Info").form("Next").press("Next").form("Generate Access Token")
	if !form.ticked(rig.Write) || form.ticked(rig.Readonly) {
		t.Error("what was picked is lost")
	}
	if err := s.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(i)); err != nil {
		t.Fatal(err)
	}
	form.press("Generate Access Token").want(http.StatusOK, "Copy it now", "Store")
}

func TestFaultsNameTheirFieldsAndLeadToThem(t *testing.T) {
	s := newSite(t)
	form := s.admin("acme").get(home+"/new").form("Next").fill("Name", "a\u202eb").fill("Description", "\u202e").tick("On a date").fill("Date and time", "soon")
	form.press("Next").want(http.StatusUnprocessableEntity, "Name: must not hold", "Date and time: must be a date and a time.").lacks("Nothing was changed.")
	p := form.fill("Date and time", "2001-01-01T00:00").press("Next").want(http.StatusUnprocessableEntity, "Nothing was saved. "+
		"Name: must not hold control or text direction characters. Description: must not hold control or text direction characters. Date and time: must")
	for label, id := range map[string]string{"Name:": "name", "Description:": "description", "Date and time:": "on"} {
		if got := p.link(label); got != "#"+id || attribute(p.form("Next").field(label[:len(label)-1]), "id") != id {
			t.Errorf("%s leads to %s", label, got)
		}
	}
	none := s.admin("acme").get(home+"/new").form("Next").fill("Name", "Shop").press("Next").form("Generate Access Token").press("Generate Access Token")
	none.want(http.StatusUnprocessableEntity, "Scopes: must name at least one scope.")
}
