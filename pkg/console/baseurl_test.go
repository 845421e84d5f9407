package console_test

import (
	"testing"

	"github.com/private-integrations/private-integrations/pkg/console"
)

func TestBaseURLsAreThoseThatAPathCanStandBehind(t *testing.T) {
	for _, good := range []string{"https://services.example.com", "http://localhost:8081", "https://api.example.com/crm/v2", "https://api.example.com/a%20b"} {
		if err := console.CheckBaseURL(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{
		"", "api.example.com", "//api.example.com", "https://", "https://api.example.com/", "https://api.example.com/v2/", "https://api.example.com?a=b", "https://api.example.com?",
		"https://api.example.com/#a", "https://a:b@api.example.com", "javascript:alert(1)", "https://api example.com", "https://api.example.com/a b", "HTTPS://api.example.com",
	} {
		if console.CheckBaseURL(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
