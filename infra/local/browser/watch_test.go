package browser_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

func TestWhatTheBrowserComplainsAboutIsFound(t *testing.T) {
	for name, c := range map[string]struct{ html, want string }{
		"an inline script":        {`<script>alert(1)</script>`, "ContentSecurityPolicyIssue"},
		"an inline handler":       {`<img src=icon.svg alt="" onload=alert(1)>`, "ContentSecurityPolicyIssue"},
		"an inline style":         {`<p style="color: red">Red</p>`, "ContentSecurityPolicyIssue"},
		"an image from elsewhere": {`<img src="http://elsewhere.test/x.png" alt="">`, "a request to another origin: GET http://elsewhere.test/x.png"},
		"a missing script":        {`<script src="missing.js"></script>`, "network error: Failed to load resource"},
		"a script that throws":    {`<script src="broken.js"></script>`, "a page's own error"},
		"an error on the console": {`<script src="broken.js"></script>`, "console error: something 7 is wrong"},
		"a dialog":                {`<script src="alert.js"></script>`, "a script opened a dialog, alert: 1"},
		"quirks":                  {`</title></html>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := browser.Open(t, site(t)+"/raw?html="+url.QueryEscape(c.html))
			found := strings.Join(p.Findings(), "\n")
			if !strings.Contains(found, c.want) || c.want == "" && found != "" {
				t.Errorf("found %q", found)
			}
			if again := p.Findings(); len(again) > 0 {
				t.Errorf("found again: %q", again)
			}
		})
	}
}

func TestWhatTheBrowserComplainsAboutIsFoundWithoutScriptsToo(t *testing.T) {
	p := browser.Open(t, site(t)+"/raw?html="+url.QueryEscape(`<p style="color: red">Red</p>`), browser.NoScript)
	if found := strings.Join(p.Findings(), "\n"); !strings.Contains(found, "style-src-attr") {
		t.Errorf("found %q", found)
	}
}
