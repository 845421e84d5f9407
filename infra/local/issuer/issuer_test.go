package issuer_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/private-integrations/private-integrations/infra/local/issuer"
)

const (
	callback  = "http://localhost:8080/console/callback"
	signedOut = "http://localhost:8080/console/"
)

// bench is a running issuer with a movable clock, and a client's side of it.
type bench struct {
	t        *testing.T
	issuer   *issuer.Issuer
	url      string
	ahead    atomic.Int64 // of real time, in nanoseconds
	frozen   time.Time
	provider *oidc.Provider
	oauth    oauth2.Config
	browser  *http.Client
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, frozen: time.Now().Truncate(time.Second)}
	server := httptest.NewUnstartedServer(nil)
	b.url = "http://" + server.Listener.Addr().String() + "/dev/oidc"
	b.issuer = newIssuer(t, b.url, filepath.Join(t.TempDir(), "issuer.pem"), b.now)
	server.Config.Handler = b.issuer
	server.Start()
	t.Cleanup(server.Close)

	provider, err := oidc.NewProvider(t.Context(), b.url)
	if err != nil {
		t.Fatal(err)
	}
	b.provider = provider
	b.oauth = oauth2.Config{
		ClientID:    "console",
		Endpoint:    provider.Endpoint(),
		RedirectURL: callback,
		Scopes:      []string{oidc.ScopeOpenID, "email"},
	}
	b.browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return b
}

func newIssuer(t *testing.T, issuerURL, keyFile string, now func() time.Time) *issuer.Issuer {
	t.Helper()
	is, err := issuer.New(issuer.Config{
		URL:     issuerURL,
		KeyFile: keyFile,
		Now:     now,
		Clients: []issuer.Client{
			{ID: "console", RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{signedOut}},
			{ID: "other", RedirectURIs: []string{"http://localhost:9000/cb?keep=1"}},
		},
		Users: issuer.Users,
	})
	if err != nil {
		t.Fatal(err)
	}
	return is
}

func (b *bench) now() time.Time { return b.frozen.Add(time.Duration(b.ahead.Load())) }

// authorizeURL asks for sign-in; edits change the request before it is sent.
func (b *bench) authorizeURL(verifier string, edits ...func(url.Values)) string {
	u, err := url.Parse(b.oauth.AuthCodeURL("state & more", oidc.Nonce("n-0"), oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		b.t.Fatal(err)
	}
	query := u.Query()
	for _, edit := range edits {
		edit(query)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func set(name, value string) func(url.Values) {
	return func(v url.Values) { v.Set(name, value) }
}

func drop(name string) func(url.Values) {
	return func(v url.Values) { v.Del(name) }
}

// do returns the answer and its body.
func (b *bench) do(method, target string, form url.Values, header http.Header) (*http.Response, string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.browser.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		b.t.Fatal(err)
	}
	return response, string(body)
}

// click presses a user's button and returns where the browser is sent.
func (b *bench) click(target, user string) *url.URL {
	b.t.Helper()
	response, body := b.do(http.MethodPost, target, url.Values{"user": {user}}, nil)
	if response.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("click: %s\n%s", response.Status, body)
	}
	location, err := response.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	return location
}

// code signs admin@acme.test in.
func (b *bench) code(verifier string) string {
	b.t.Helper()
	code := b.click(b.authorizeURL(verifier), "admin@acme.test").Query().Get("code")
	if code == "" {
		b.t.Fatal("no code")
	}
	return code
}

func (b *bench) verify(token string) (*oidc.IDToken, error) {
	verifier := b.provider.Verifier(&oidc.Config{ClientID: "console", Now: b.now})
	return verifier.Verify(b.t.Context(), token)
}
