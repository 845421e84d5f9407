package console_test

import (
	"net/http"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

func TestDeletingWantsTheNameWhileATokenWorks(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	form := s.admin("acme").get(pathOf(i)).click("Delete").want(http.StatusOK, "The name is Shop", "This can't be undone.").form("Continue")
	for _, name := range []string{"", "shop", "Sho", "Shop 2"} {
		form.fill("Type the name to confirm", name).press("Continue").
			want(http.StatusUnprocessableEntity, "Is not the name of the integration; nothing was deleted.")
	}
	s.wantWorking(1, i.Token.Reveal())
	form.fill("Type the name to confirm", " Shop ").press("Continue").follow().
		want(http.StatusOK, "The integration is deleted. Its tokens are refused from now on.")
	s.wantWorking(0, i.Token.Reveal())
	s.admin("acme").get(pathOf(i)).want(http.StatusNotFound)
	form.press("Continue").want(http.StatusNotFound)
}

func TestDeletingWithoutALivingTokenIsOneConfirmation(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	if _, err := s.Manage.Expire(t.Context(), rig.Admin("acme"), rig.Target(i)); err != nil {
		t.Fatal(err)
	}
	s.admin("acme").get(pathOf(i)).click("Delete").lacks("Type the name").form("Continue").press("Continue").follow().
		want(http.StatusOK, "The integration is deleted.")
}

func TestTheNameToConfirmMayComeInAnyFormThatLooksTheSame(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	name := "Caf\u00e9"
	if _, err := s.Manage.Edit(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Edit{Name: &name}); err != nil {
		t.Fatal(err)
	}
	s.admin("acme").get(pathOf(i)).click("Delete").form("Continue").fill("Type the name to confirm", "Cafe\u0301\u200b").press("Continue").follow().
		want(http.StatusOK, "The integration is deleted.")
}
