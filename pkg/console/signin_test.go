package console_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/issuer"
	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

// withIssuer is a site at which these people can sign in.
func withIssuer(t *testing.T, people ...issuer.User) *site {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	is, err := issuer.New(issuer.Config{
		URL: server.URL + "/oidc", KeyFile: filepath.Join(t.TempDir(), "key.pem"), Now: func() time.Time { return rig.Start },
		Clients: []issuer.Client{{ID: "console", RedirectURIs: []string{consoleURL + signin.CallbackPath}}}, Users: people,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/oidc/", is)
	return newSite(t, func(c *signin.Config) { c.Issuer = server.URL + "/oidc" })
}

// signInAs goes through the pages of the issuer, and gives what the console
// answers to who comes back.
func (b *browser) signInAs(email, returnTo string) *screen {
	b.s.t.Helper()
	begun := b.get("/signin?return=" + url.QueryEscape(returnTo))
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(begun.header.Get("Location"), url.Values{"user": {email}})
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	return b.get(strings.TrimPrefix(answer.Header.Get("Location"), consoleURL))
}

func TestWhoSignsInIsKnownInAllOfTheirAccounts(t *testing.T) {
	many := issuer.User{Email: "many@acme.test", Subject: "many"}
	for n := range 60 {
		many.Groups = append(many.Groups, fmt.Sprintf("account:a%02d:staff", n))
	}
	s := withIssuer(t, issuer.User{Email: "agency@acme.test", Subject: "agency", Groups: []string{"account:acme:admin", "account:globex:staff"}}, many)
	s.stranger().signInAs("agency@acme.test", "/settings/labs").follow().want(http.StatusOK, "Labs")
	s.admin("globex").get("/settings/staff").want(http.StatusOK, "agency@acme.test")
	s.stranger().signInAs("many@acme.test", "/help").follow().want(http.StatusOK)
	known := 0
	for n := range 60 {
		members, err := s.Store.Members(t.Context(), fmt.Sprintf("a%02d", n))
		if err != nil {
			t.Fatal(err)
		}
		known += len(members)
	}
	if known != 25 {
		t.Errorf("known in %d accounts at once", known)
	}
}

// The issuer's own session would sign the same person in again.
func TestWhoHasNoAccountCanSignInAsSomebodyElse(t *testing.T) {
	large := issuer.User{Email: "large@acme.test", Subject: "large"}
	for range 300 {
		large.Groups = append(large.Groups, "account:"+rand.Text()+":admin")
	}
	s := withIssuer(t, issuer.User{Email: "nobody@acme.test", Subject: "nobody"}, large)
	for email, says := range map[string]string{"nobody@acme.test": "You don't belong to an account yet", "large@acme.test": "You belong to too many accounts"} {
		page := s.stranger().signInAs(email, "/settings/labs").want(http.StatusForbidden, says)
		out := page.click("Sign in as somebody else")
		if target := out.header.Get("Location"); out.status != http.StatusSeeOther || !strings.HasPrefix(target, s.signIn.Issuer+"/logout?") {
			t.Errorf("%d %s", out.status, target)
		}
	}
}

func TestSignInThatCanNotBeginIsTriedAgainForTheSamePlace(t *testing.T) {
	s := newSite(t, func(c *signin.Config) { c.Issuer = "http://127.0.0.1:1" })
	page := s.stranger().get("/signin?return=%2Fsettings%2Flabs").want(http.StatusBadGateway, "The identity provider does not answer")
	if got := page.link("Try again"); got != "/signin?return=%2Fsettings%2Flabs" {
		t.Error(got)
	}
}

func TestAdminWithoutThePermissionGetsFromSettingsToAPageTheyMaySee(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	admin.get("/settings").follow().want(http.StatusOK, "No integrations yet")
	s.signedIn(account.RoleAdmin, "globex", "acme").post("/account", url.Values{"account": {"acme"}}).follow().want(http.StatusOK)
	admin.permit("admin@acme.test", "").follow().want(http.StatusOK)
	admin.get("/settings/labs").want(http.StatusOK).click("Settings").follow().want(http.StatusOK, "My Staff")
}
