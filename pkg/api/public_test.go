package api

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// lambdaLimit is how large an answer of a Lambda handler may be.
const lambdaLimit = 6 << 20

func published(t *testing.T, path string) *gateway.Response {
	t.Helper()
	for _, r := range PublicRoutes() {
		if r.Path == path {
			return r.Handler(t.Context(), &gateway.Request{Method: r.Method, Path: path})
		}
	}
	t.Fatalf("no public route %s", path)
	return nil
}

func TestPublicRoutesAnswerWithinWhatLambdaCanSend(t *testing.T) {
	for _, r := range PublicRoutes() {
		a := r.Handler(t.Context(), &gateway.Request{Method: r.Method, Path: r.Path})
		if a.Status != 200 || len(a.Body) == 0 || len(a.Body) > lambdaLimit {
			t.Errorf("%s %s: status %d, %d bytes", r.Method, r.Path, a.Status, len(a.Body))
		}
		if a.Header["X-Content-Type-Options"] != "nosniff" || a.Header["Content-Type"] == "" {
			t.Errorf("%s %s: a browser may guess what it is: %v", r.Method, r.Path, a.Header)
		}
	}
}

func TestHealthIsNotCached(t *testing.T) {
	a := published(t, "/healthz")
	if string(a.Body) != `{"status":"ok"}` || a.Header["Cache-Control"] != "no-store" {
		t.Errorf("healthz: %s, %v", a.Body, a.Header)
	}
}

func TestPageRunsNothingButItsOneFile(t *testing.T) {
	a := published(t, "/docs")
	policy := a.Header["Content-Security-Policy"]
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") || strings.Contains(policy, "unsafe-eval") {
		t.Errorf("policy: %s", policy)
	}
	scripts := regexp.MustCompile(`(?s)<script.*?</script>`).FindAllString(string(a.Body), -1)
	if len(scripts) != 1 || scripts[0] != `<script type="module" src="docs/openapi-explorer.min.js"></script>` {
		t.Errorf("scripts: %q", scripts)
	}
	if inline := regexp.MustCompile(`\son[a-z]+=|javascript:|https?:`).FindString(string(a.Body)); inline != "" {
		t.Errorf("the page holds %q", inline)
	}
	published(t, "/docs/openapi-explorer.min.js")
}

func TestVersionOfTheVendoredViewerIsTheOneNoted(t *testing.T) {
	note, err := os.ReadFile("docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(string(viewer[:100]))
	if version == "" || !strings.Contains(string(note), "\n"+version+" ") {
		t.Errorf("docs/README.md does not name the version of the file, %q", version)
	}
}
