package localtest_test

import (
	"net/http"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
)

func TestAnIntegrationIsCreatedAndItsTokenUsed(t *testing.T) {
	r := localtest.Start(t)
	created := r.Manage("POST", "/api/v1/accounts/acme/integrations", `{"name":"One","scopes":["contacts.readonly"]}`)
	if created.Status != http.StatusCreated || created.ID() == "" || created.Token() == "" {
		t.Fatalf("created: %s", created)
	}
	if ada := r.API("GET", "/contacts/ada", created.Token()); ada.Status != http.StatusOK {
		t.Errorf("with its token: %s", ada)
	}
	if none := r.API("GET", "/contacts/ada", ""); none.Status != http.StatusUnauthorized || none.Code() != "invalid_token" {
		t.Errorf("without: %s", none)
	}
	foreign := r.As("admin@globex.test").Manage("GET", "/api/v1/accounts/acme/integrations/"+created.ID(), "")
	if foreign.Status != http.StatusNotFound {
		t.Errorf("by another account's admin: %s", foreign)
	}
}
