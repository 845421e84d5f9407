package contacts_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/openapi"
)

func TestDocumentIsValidOpenAPI(t *testing.T) {
	document, err := openapi3.NewLoader().LoadFromData(contacts.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDocumentIsACatalogueOfFiveOperationsAndTwoScopes(t *testing.T) {
	report, err := openapi.Compile([]openapi.File{{Name: "openapi.yaml", Data: contacts.OpenAPI}}, openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, o := range report.Catalog.Operations {
		got[o.String()] = o.Needs()
		if o.Summary == "" {
			t.Errorf("%s has no summary", &o)
		}
	}
	want := map[string]string{
		"GET /contacts":                "contacts.readonly",
		"POST /contacts":               "contacts.write",
		"GET /contacts/{contactId}":    "contacts.readonly",
		"PUT /contacts/{contactId}":    "contacts.write",
		"DELETE /contacts/{contactId}": "contacts.write",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(report.Catalog.Scopes) != 2 || len(report.Refused) != 0 {
		t.Errorf("%d scopes, refused: %v", len(report.Catalog.Scopes), report.Refused)
	}
	for _, s := range report.Catalog.Scopes {
		if s.Description == "" {
			t.Errorf("the scope %s has no description", s.Name)
		}
	}
}

// What is not in the document can't be reached through the authorizer, and what
// is in it must be there.
func TestDocumentNamesEveryOperationThatThereIs(t *testing.T) {
	a := newAPI(t)
	a.do(request("acme", "POST", "/contacts/", ada))
	for _, path := range []string{"/contacts/", "/contacts/c001"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			r := request("acme", method, path, "")
			described := a.operation(r) != nil
			if served := a.do(r).Status != 405; served != described {
				t.Errorf("%s %s: served %t, described %t", method, path, served, described)
			}
		}
	}
}

// TestAnswersAreHeldAgainstTheDocument shows that the check which all other
// tests make can fail.
func TestAnswersAreHeldAgainstTheDocument(t *testing.T) {
	a := newAPI(t)
	operation := a.operation(request("acme", "GET", "/contacts/c001", ""))
	header := map[string]string{"Content-Type": "application/json"}
	for _, response := range []*gateway.Response{
		{Status: 200, Header: header, Body: []byte(`{"contact":{"id":"c001"}}`)},
		{Status: 200, Header: header, Body: []byte(`{"contact":null}`)},
		{Status: 200, Body: []byte(`{}`)},
		{Status: 201, Header: header, Body: []byte(`{}`)},
	} {
		if describes(operation, response) == nil {
			t.Errorf("%d %s passes", response.Status, response.Body)
		}
	}
}
