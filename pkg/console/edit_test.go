package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

func TestEditingChangesAllButTheToken(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	info := admin.get(pathOf(i)).click("Edit").want(http.StatusOK, "This does not create a new token").form("Next")
	scopes := info.fill("Name", "Warehouse").fill("Description", "Nightly").press("Next").
		want(http.StatusOK, "This does not create a new token").form("Update")
	scopes.tick(rig.Calendars).untick(rig.Readonly).press("Update").follow().
		want(http.StatusOK, "The token is the same as before.", "Warehouse", "Nightly", rig.Calendars,
			"changed the name from “Shop” to “Warehouse”; changed the description to “Nightly”; added calendars.readonly; took out contacts.readonly")
	s.wantWorking(0, i.Token.Reveal()) // it is alive, and lacks the scope by now
	admin.get(pathOf(i)).want(http.StatusOK, s.Format.Hint(i.Token.ID()), "Active")
}

func TestEditingKeepsTheScopesOnTheWayBackAndForth(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	scopes := s.admin("acme").get(pathOf(i) + "/edit").form("Next").press("Next").form("Update")
	back := scopes.tick(rig.Write).press("Back").want(http.StatusOK).form("Next")
	again := back.fill("Name", "Renamed").press("Next").form("Update")
	if !again.ticked(rig.Write) || !again.ticked(rig.Readonly) || again.ticked(rig.Calendars) {
		t.Error("the scopes are not those that were picked")
	}
	again.press("Update").follow().want(http.StatusOK, "Renamed", rig.Write)
}

func TestWhatIsWrongWithAnEditIsToldAtItsField(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	info := admin.get(pathOf(i) + "/edit").form("Next")
	info.fill("Name", " ").press("Next").want(http.StatusUnprocessableEntity, "Must not be empty.")
	info.fill("Name", strings.Repeat("x", 101)).press("Next").want(http.StatusUnprocessableEntity, "at most 100 characters")
	scopes := info.fill("Name", "Shop 2").press("Next").form("Update")
	scopes.untick(rig.Readonly).press("Update").want(http.StatusUnprocessableEntity, "Must name at least one scope.")
	scopes.fields.Add("scope", "nothing.readonly")
	scopes.press("Update").want(http.StatusUnprocessableEntity, "Is not a scope that this API offers.")
	scopes.fields.Set("scope", rig.Readonly)
	scopes.fields.Set("name", "")
	scopes.press("Update").want(http.StatusUnprocessableEntity, "Basic Info", "Must not be empty.")
	admin.get(pathOf(i)).want(http.StatusOK, "Shop").lacks("Shop 2")
}

func TestSecondOfTwoTabsIsToldWhatTheFirstChangedAndKeepsItsInput(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	first := admin.get(pathOf(i)+"/edit").form("Next").fill("Name", "First").press("Next").form("Update")
	second := admin.get(pathOf(i)+"/edit").form("Next").fill("Name", "Second").press("Next").form("Update").tick(rig.Write)
	first.press("Update").follow().want(http.StatusOK, "First")
	told := second.press("Update").want(http.StatusConflict,
		"It has changed since you began. Nothing of yours was saved yet.",
		"admin@acme.test changed the name from “Shop” to “First”", "Scopes of “Second”")
	admin.get(pathOf(i)).want(http.StatusOK, "First").lacks("Second")
	again := told.form("Update")
	if !again.ticked(rig.Write) {
		t.Error("what was picked is lost")
	}
	again.press("Update").follow().want(http.StatusOK, "The changes are saved.", "Second", rig.Write)
}

func TestSecondTabIsToldOfEverythingSinceItBegan(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	form := s.admin("acme").get(pathOf(i) + "/edit").form("Next").press("Next").form("Update")
	for _, name := range []string{"A", "B"} {
		if _, err := s.Manage.Edit(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Edit{Name: &name}); err != nil {
			t.Fatal(err)
		}
	}
	s.rotateLater(i)
	form.press("Update").want(http.StatusConflict, "from “Shop” to “A”", "from “A” to “B”", "began a rotation").
		lacks("created the integration")
}

// without has the API cease to offer a scope.
func (s *site) without(gone string) {
	s.t.Helper()
	var scopes []catalog.Scope
	for _, offered := range s.Catalog.Scopes {
		if offered.Name != gone {
			scopes = append(scopes, offered)
		}
	}
	smaller, err := catalog.New(scopes, s.Catalog.Operations[:0])
	if err != nil {
		s.t.Fatal(err)
	}
	s.Manage.Offer, s.console.Catalog = smaller, smaller
}

func TestScopeThatIsNoLongerOfferedCanBeKeptAndDropped(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme", rig.Readonly, rig.Calendars)
	s.without(rig.Calendars)
	admin := s.admin("acme")
	admin.get(pathOf(i)).want(http.StatusOK, "calendars.readonly The API has ceased to offer this scope", "No longer offered")
	edit := func() *filled {
		return admin.get(pathOf(i)+"/edit").form("Next").press("Next").want(http.StatusOK, "No longer offered").form("Update")
	}
	edit().tick(rig.Write).press("Update").follow().want(http.StatusOK, rig.Write, rig.Calendars)
	edit().untick(rig.Calendars).press("Update").follow().want(http.StatusOK, "took out calendars.readonly").lacks("No longer offered")
}
