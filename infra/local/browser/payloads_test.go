package browser_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/infra/local/browser"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

func TestPayloadsAreAHundredThatANameMayBe(t *testing.T) {
	seen := map[string]bool{}
	for _, payload := range browser.Payloads() {
		if seen[payload] || payload != strings.TrimSpace(payload) || utf8.RuneCountInString(payload) > integration.MaxName {
			t.Errorf("%q", payload)
		}
		seen[payload] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d payloads", len(seen))
	}
}

func TestPayloadsAreToldFromText(t *testing.T) {
	body := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		show(w, body)
	}))
	defer server.Close()
	address := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)

	for _, payload := range browser.Payloads() {
		body += "<p>" + html.EscapeString(payload) + "</p>"
	}
	p := browser.Open(t, address)
	p.ShowsAsText(browser.Payloads()...)

	for _, payload := range []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<img src=http://evil.test/pixel.png>", "{{7*7}}<b>X</b>",
	} {
		j := &judged{T: t}
		body = payload
		browser.Open(j, address).ShowsAsText(payload)
		if len(j.found) == 0 {
			t.Errorf("%s passes for text", payload)
		}
	}
}
