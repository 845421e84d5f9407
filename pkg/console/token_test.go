package console_test

import (
	"net/http"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/rig"
)

func TestFirstCallHasTheHeadersThatTheAPINeeds(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	issue := func() *screen {
		return admin.get(home+"/new").form("Next").fill("Name", "Shop").press("Next").form("Generate Access Token").
			tick(rig.Readonly).press("Generate Access Token").want(http.StatusOK, "curl "+apiURL+"/contacts/ID -H 'Authorization: Bearer pit_")
	}
	issue().lacks("Version")
	s.Catalog.Operations[0].Headers = map[string]string{"Version": "2021-07-28", "X-Kind": "a"}
	issue().want(http.StatusOK, " -H 'Version: 2021-07-28' -H 'X-Kind: a' Waiting")
}
