package stories_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/private-integrations/private-integrations/infra/local/browser"
	"github.com/private-integrations/private-integrations/infra/local/issuer"
)

// startIssuer serves the local issuer, and a client at /callback, and gives the
// address of the sign-in page.
func startIssuer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	base := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	is, err := issuer.New(issuer.Config{
		URL: base + "/dev/oidc", KeyFile: filepath.Join(t.TempDir(), "key.pem"), Now: time.Now,
		Clients: []issuer.Client{{ID: "client", RedirectURIs: []string{base + "/callback"}}}, Users: issuer.Users,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/dev/oidc/", is)
	mux.HandleFunc("/callback", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>In</title><link rel="icon" href="data:,"><h1>Signed in</h1>`))
	})
	return base + "/dev/oidc/authorize?" + url.Values{
		"client_id": {"client"}, "redirect_uri": {base + "/callback"}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(oauth2.GenerateVerifier())}, "code_challenge_method": {"S256"},
	}.Encode()
}

func TestTheSignInPageIsForEverybody(t *testing.T) {
	t.Parallel()
	address := startIssuer(t)
	for name, options := range map[string][]browser.Option{"laptop": nil, "telephone": {browser.Narrow}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := browser.Open(t, address, options...)
			p.Has("heading", "Who do you want to be?")
			p.Accessible()
			p.Light()
			p.Fits()
			if walked := p.Walk(); len(walked) != len(issuer.Users) {
				t.Errorf("walked %q", walked)
			}
		})
	}
}

func TestOneClickSignsInWithAndWithoutScripts(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]browser.Option{"with": nil, "without": {browser.NoScript}, "dark": {browser.Dark}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := browser.Open(t, startIssuer(t), options...)
			signIn(p, admin)
			p.Has("heading", "Signed in")
		})
	}
}

func TestTheSignInPageSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := browser.Open(t, startIssuer(t))
	p.Visit("/dev/oidc/authorize?client_id=other")
	if p.Status() != http.StatusBadRequest {
		t.Errorf("status %d", p.Status())
	}
	p.Has("heading", "Can't sign in")
	p.See("The client_id is missing or unknown.")
	p.Accessible()
}
