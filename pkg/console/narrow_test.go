package console_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// watched makes an integration that may write and only reads, 45 days long.
func (s *site) watched() manage.Issued {
	s.t.Helper()
	i := s.Create(s.t, "acme", rig.Readonly, rig.Write, rig.Calendars)
	s.call(i, "PUT", "192.0.2.7", "nightly/1.2")
	s.Clock.Advance(45 * 24 * time.Hour)
	s.call(i, "GET", "192.0.2.7", "nightly/1.2")
	return i
}

func (s *site) scopes(i manage.Issued) []string {
	s.t.Helper()
	v, err := s.Manage.Get(s.t.Context(), rig.Admin("acme"), "acme", i.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return v.Scopes
}

func TestScopesThatWereNotUsedAreTakenOutWithOneQuestion(t *testing.T) {
	s := newSite(t)
	i := s.watched()
	ask := s.admin("acme").get(pathOf(i)).want(http.StatusOK, "2 scopes were not used for 45 days.").click("See what would change")
	ask.want(http.StatusOK, rig.Write+" would be taken out. It was last used on 2 Jan 2026.",
		rig.Calendars+" would be taken out. Since 2 Jan 2026, from when on it is known, nobody has used it.",
		"stays the same, and keeps 1 scope.", "Of the calls of the last 30 days it would have refused none.")
	if ask.link("Go back") != pathOf(i) || len(s.scopes(i)) != 3 {
		t.Error("asking is not harmless")
	}
	ask.form("Narrow scopes").press("Narrow scopes").follow().want(http.StatusOK, "The scopes that were not used are taken out.").
		lacks("not used for 45 days")
	if got := s.scopes(i); !slices.Equal(got, []string{rig.Readonly}) {
		t.Errorf("left: %v", got)
	}
	s.wantWorking(1, i.Token.Reveal())
	s.admin("acme").get(pathOf(i)+"/narrow").want(http.StatusConflict, "There is nothing to narrow")
}

func TestScopesThatWereChangedMeanwhileAreNotNarrowedUnseen(t *testing.T) {
	s := newSite(t)
	i := s.watched()
	form := s.admin("acme").get(pathOf(i) + "/narrow").form("Narrow scopes")
	scopes := []string{rig.Readonly, rig.Write}
	if _, err := s.Manage.Edit(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Edit{Scopes: &scopes}); err != nil {
		t.Fatal(err)
	}
	form.press("Narrow scopes").want(http.StatusConflict, "It has changed since you opened this page. Nothing was done.", rig.Write).lacks(rig.Calendars)
	if got := s.scopes(i); !slices.Equal(got, scopes) {
		t.Errorf("left: %v", got)
	}
}

func TestNothingIsAdvisedBeforeItCanBeTold(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme", rig.Readonly, rig.Write)
	s.call(i, "GET", "192.0.2.7", "nightly/1.2")
	s.Clock.Advance(44 * 24 * time.Hour)
	s.admin("acme").get(pathOf(i)).want(http.StatusOK).lacks("not used for 45 days")
	s.admin("acme").get(pathOf(i)+"/narrow").want(http.StatusConflict, "There is nothing to narrow").click("Go to the integration").want(http.StatusOK, "Shop")
}

func TestIntegrationThatNobodyUsesIsNotNarrowedToNothing(t *testing.T) {
	s := newSite(t)
	i := s.watched()
	s.Clock.Advance(45 * 24 * time.Hour)
	page := s.admin("acme").get(pathOf(i)).want(http.StatusOK, "None of the scopes was used for 45 days.")
	if page.has("See what would change") {
		t.Error("it leads to a question that can't be answered")
	}
	s.permit("acme", account.View)
	s.staff("acme").get(pathOf(i)).want(http.StatusOK, "None of the scopes was used for 45 days.")
}
