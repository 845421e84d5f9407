package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestUnknownAddressesGetAPage(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	for _, address := range []string{
		"/settings/private-integration", "/nowhere/", "/x/y/z", "/help/nothing", "/assets/nothing.css", "/apis",
		"//settings/labs", "//evil.test/", "//settings/labs/", "/settings/../settings/labs", "/settings/labs//", "/help/./", "/help?a=%zz;",
	} {
		for _, b := range []*browser{s.stranger(), admin} {
			page := b.get(address)
			if address == "/help?a=%zz;" {
				page.want(http.StatusBadRequest, "The address can't be read", "Go to Private Integrations")
			} else {
				page.want(http.StatusNotFound, "There is no such page", "Go to Private Integrations")
			}
			if page.header.Get("Content-Security-Policy") == "" || page.header.Get("Location") != "" {
				t.Errorf("%s: %v", address, page.header)
			}
		}
	}
	admin.post("/settings/nothing", url.Values{}).want(http.StatusNotFound, "There is no such page")
	admin.post("/help", url.Values{}).want(http.StatusNotFound, "There is no such page")
}

func TestASlashTooManyIsForgiven(t *testing.T) {
	admin := newSite(t).admin("acme")
	for address, meant := range map[string]string{home + "/": home, "/settings/labs/?a=b%2Fc": "/settings/labs?a=b%2Fc", "/help/": "/help"} {
		page := admin.get(address)
		if got := page.header.Get("Location"); page.status != http.StatusFound || got != meant || page.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d to %q", address, page.status, got)
		}
	}
}

// They are answered as the gateway does where no route leads to a function.
func TestProgramsAreToldOfUnknownOperationsInJSON(t *testing.T) {
	for _, address := range []string{"/api", "/api/", "/api/v1/nothing", "/api/v1/accounts//integrations", "/api/v1/scopes/"} {
		answer := newSite(t).admin("acme").get(address)
		if answer.status != http.StatusNotFound || answer.body != `{"message":"Not Found"}` || answer.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", address, answer.status, answer.body)
		}
	}
}
