package console_test

import (
	"testing"

	"github.com/private-integrations/private-integrations/pkg/console"
)

func TestBaseURLsAreThoseThatAPathCanStandBehind(t *testing.T) {
	for good, want := range map[string]string{
		"https://services.example.com": "https://services.example.com", "https://services.example.com/": "https://services.example.com",
		"http://localhost:8081": "http://localhost:8081", "https://api.example.com/crm/v2/": "https://api.example.com/crm/v2",
		"https://api.example.com/a%20b": "https://api.example.com/a%20b",
	} {
		if got, err := console.BaseURL(good); err != nil || got != want {
			t.Errorf("%s: %s, %v", good, got, err)
		}
	}
	for _, bad := range []string{
		"", "api.example.com", "//api.example.com", "https://", "https://api.example.com//", "/", "https://api.example.com?a=b", "https://api.example.com?",
		"https://api.example.com/#a", "https://a:b@api.example.com", "javascript:alert(1)", "https://api example.com", "https://api.example.com/a b", "HTTPS://api.example.com",
	} {
		if got, err := console.BaseURL(bad); err == nil {
			t.Errorf("%q is taken for %q", bad, got)
		}
	}
}
