package issuer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/private-integrations/private-integrations/infra/local/issuer"
)

func TestBrowserIsSentNowhereUnlessClientAndAddressAreKnown(t *testing.T) {
	b := start(t)
	for name, edit := range map[string]func(url.Values){
		"foreign redirect_uri":     set("redirect_uri", "https://evil.test/console/callback"),
		"longer redirect_uri":      set("redirect_uri", callback+"/x"),
		"other letter case":        set("redirect_uri", strings.ToUpper(callback)),
		"another client's address": set("redirect_uri", "http://localhost:9000/cb?keep=1"),
		"no redirect_uri":          drop("redirect_uri"),
		"unknown client":           set("client_id", "nobody"),
		"no client":                drop("client_id"),
		"two addresses":            func(v url.Values) { v.Add("redirect_uri", "https://evil.test/") },
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			target := b.authorizeURL(oauth2.GenerateVerifier(), edit)
			response, _ := b.do(method, target, url.Values{"user": {"admin@acme.test"}}, nil)
			if response.StatusCode != http.StatusBadRequest || response.Header.Get("Location") != "" {
				t.Errorf("%s, %s: %s, Location %q", name, method, response.Status, response.Header.Get("Location"))
			}
		}
	}
}

func TestBadRequestOfAKnownClientGoesBackAsError(t *testing.T) {
	b := start(t)
	for name, c := range map[string]struct {
		edit func(url.Values)
		want string
	}{
		"no PKCE":          {func(v url.Values) { v.Del("code_challenge"); v.Del("code_challenge_method") }, "invalid_request"},
		"plain PKCE":       {set("code_challenge_method", "plain"), "invalid_request"},
		"no PKCE method":   {drop("code_challenge_method"), "invalid_request"},
		"no challenge":     {drop("code_challenge"), "invalid_request"},
		"short challenge":  {set("code_challenge", "abc"), "invalid_request"},
		"implicit flow":    {set("response_type", "token"), "unsupported_response_type"},
		"no openid scope":  {set("scope", "email openid2"), "invalid_scope"},
		"no response type": {drop("response_type"), "unsupported_response_type"},
	} {
		// Pressing a button of a page that was never shown changes nothing.
		back := b.click(b.authorizeURL(oauth2.GenerateVerifier(), c.edit), "admin@acme.test")
		query := back.Query()
		if query.Get("error") != c.want || query.Get("state") != "state & more" || query.Has("code") {
			t.Errorf("%s: sent back to %s", name, back)
		}
	}
}

func TestClientsOwnQueryIsKept(t *testing.T) {
	b := start(t)
	back := b.click(b.authorizeURL(oauth2.GenerateVerifier(), drop("state"),
		set("client_id", "other"), set("redirect_uri", "http://localhost:9000/cb?keep=1")), "admin@acme.test")
	if query := back.Query(); query.Get("keep") != "1" || query.Get("code") == "" || query.Has("state") {
		t.Errorf("sent back to %s", back)
	}
}

func TestClickNeedsAKnownUserAndOurOwnPage(t *testing.T) {
	b := start(t)
	target := b.authorizeURL(oauth2.GenerateVerifier())
	response, _ := b.do(http.MethodPost, target, url.Values{"user": {"eve@acme.test"}}, nil)
	if response.StatusCode != http.StatusBadRequest || response.Header.Get("Location") != "" {
		t.Errorf("unknown user: %s", response.Status)
	}
	form := url.Values{"user": {"admin@acme.test"}}
	response, _ = b.do(http.MethodPost, target, form, http.Header{"Sec-Fetch-Site": {"cross-site"}})
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("click from another site: %s", response.Status)
	}
}

func TestPageRunsNoScriptAndFitsNoFrame(t *testing.T) {
	b := start(t)
	response, page := b.do(http.MethodGet, b.authorizeURL(oauth2.GenerateVerifier()), nil, nil)
	want := "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' http://localhost:8080"
	if got := response.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("policy %q", got)
	}
	for _, inline := range []string{"<script", "<style", "style=", "onclick"} {
		if strings.Contains(page, inline) {
			t.Errorf("page holds %s", inline)
		}
	}
	response, sheet := b.do(http.MethodGet, b.url+"/style.css", nil, nil)
	if response.Header.Get("Content-Type") != "text/css; charset=utf-8" || sheet == "" {
		t.Errorf("stylesheet: %s, %d bytes", response.Header.Get("Content-Type"), len(sheet))
	}
}

func TestPageTellsWhoIsWhatAndWhere(t *testing.T) {
	b := start(t)
	_, page := b.do(http.MethodGet, b.authorizeURL(oauth2.GenerateVerifier()), nil, nil)
	for email, want := range map[string]string{
		"admin@acme.test":   "Admin of acme|Manages integrations, staff and Labs.",
		"staff@acme.test":   "Staff of acme|Sees no integrations until an admin allows it.",
		"admin@globex.test": "Admin of globex|Manages integrations, staff and Labs.",
		"agency@acme.test":  "Admin of acme and globex|Manages integrations, staff and Labs of each, and can switch between them.",
	} {
		_, button, _ := strings.Cut(page, `<button name="user" value="`+email+`">`)
		button, _, _ = strings.Cut(button, "</button>")
		for part := range strings.SplitSeq(want, "|") {
			if !strings.Contains(button, ">"+part+"<") {
				t.Errorf("%s: no %q in %q", email, part, button)
			}
		}
	}
	if strings.Contains(page, "account:") {
		t.Error("a claim is no words")
	}
	other := issuer.User{Groups: []string{"account:globex:staff", "account:acme:admin", "developers"}}
	if got := other.In(); got != "Admin of acme, staff of globex" {
		t.Errorf("%q", got)
	}
	if got := (issuer.User{}).In(); got != "In no account" {
		t.Errorf("%q", got)
	}
}

func TestLogoutReturnsToRegisteredAddressesAlone(t *testing.T) {
	b := start(t)
	var metadata struct {
		Logout string `json:"end_session_endpoint"`
	}
	if err := b.provider.Claims(&metadata); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query  url.Values
		status int
		to     string
	}{
		{url.Values{"client_id": {"console"}, "post_logout_redirect_uri": {signedOut}, "state": {"s"}}, http.StatusSeeOther, signedOut + "?state=s"},
		{url.Values{"client_id": {"console"}, "post_logout_redirect_uri": {"https://evil.test/"}}, http.StatusBadRequest, ""},
		{url.Values{"client_id": {"console"}, "post_logout_redirect_uri": {signedOut, "https://evil.test/"}}, http.StatusBadRequest, ""},
		{url.Values{"client_id": {"other"}, "post_logout_redirect_uri": {signedOut}}, http.StatusBadRequest, ""},
		{url.Values{"post_logout_redirect_uri": {signedOut}}, http.StatusBadRequest, ""},
		{url.Values{}, http.StatusOK, ""},
	} {
		response, _ := b.do(http.MethodGet, metadata.Logout+"?"+c.query.Encode(), nil, nil)
		if response.StatusCode != c.status || response.Header.Get("Location") != c.to {
			t.Errorf("%v: %s, Location %q", c.query, response.Status, response.Header.Get("Location"))
		}
	}
}

func TestNewRefusesConfigThatCouldNotWork(t *testing.T) {
	good := issuer.Config{URL: "http://localhost:8080/dev/oidc", KeyFile: "none.pem", Now: time.Now, Clients: []issuer.Client{{ID: "console"}}}
	if _, err := issuer.New(good); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*issuer.Config){
		"trailing slash":        func(c *issuer.Config) { c.URL += "/" },
		"query":                 func(c *issuer.Config) { c.URL += "?" },
		"no scheme":             func(c *issuer.Config) { c.URL = "localhost:8080/dev/oidc" },
		"no clients":            func(c *issuer.Config) { c.Clients = nil },
		"relative redirect URI": func(c *issuer.Config) { c.Clients = []issuer.Client{{ID: "x", RedirectURIs: []string{"/cb"}}} },
		"script redirect URI": func(c *issuer.Config) {
			c.Clients = []issuer.Client{{ID: "x", PostLogoutRedirectURIs: []string{"javascript:alert(1)"}}}
		},
	} {
		bad := good
		edit(&bad)
		if _, err := issuer.New(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
