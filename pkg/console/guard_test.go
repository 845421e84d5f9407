package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// operations is what each page of an integration that needs the right to manage
// is denied as.
var operations = map[string]string{
	"rotate-later": "rotate-token", "rotate-now": "rotate-token", "cancel-rotation": "cancel-rotation",
	"expire-old": "complete-rotation", "move-end": "move-rotation", "expire": "expire-tokens",
	"expire-later": "expire-tokens", "remove-expiry": "clear-expiry", "delete": "delete-integration",
	"edit": "edit-integration", "edit/scopes": "edit-integration", "narrow": "edit-integration",
}

// below are the routes of one integration, without those that only show.
func below() (all []console.Route) {
	for _, r := range console.Routes() {
		if name, is := strings.CutPrefix(r.Template, home+"/{integrationId}/"); is && name != "first-call" && name != "usage" {
			all = append(all, r)
		}
	}
	return all
}

func address(r console.Route, id string) string {
	return strings.Replace(r.Template, "{integrationId}", id, 1)
}

// answers sends a well-formed request of each route.
func (b *browser) ask(r console.Route, id string) *screen {
	b.s.t.Helper()
	if r.Method == http.MethodGet {
		return b.get(address(r, id))
	}
	return b.post(address(r, id), url.Values{
		"account": {"acme"}, "version": {"1"}, "key": {"k"}, "grace": {"24"}, "on": {"2026-01-20T00:00"},
		"name": {"Shop"}, "scope": {rig.Readonly}, "confirm": {"Shop"},
	})
}

func TestWhoMayNotManageIsRefusedOnEveryPageAndThatIsRecorded(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	s.permit("acme", account.View)
	staff := s.staff("acme")
	for _, r := range below() {
		before := s.denials("acme")
		staff.ask(r, i.ID).want(http.StatusForbidden, "You don't have access to this page")
		name := strings.TrimPrefix(r.Template, home+"/{integrationId}/")
		want := operations[name]
		after := s.denials("acme")
		if want == "" || after[want] != before[want]+1 {
			t.Errorf("%s %s: denials of %q went from %d to %d", r.Method, name, want, before[want], after[want])
		}
	}
	s.wantWorking(1, i.Token.Reveal())
	if diff := cmp.Diff([]string{"integration.created", "token.created"}, s.facts(i)); diff != "" {
		t.Error(diff)
	}
}

// permit stores what the staff of an account may do.
func (s *site) permit(of string, p account.Permission) {
	s.t.Helper()
	s.staff(of).get("/")
	staff := rig.Staff(of)
	if _, err := s.Manage.Access(s.t.Context(), staff, of); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Manage.SetPermission(s.t.Context(), rig.Admin(of), of, account.MemberID(staff.Issuer, staff.ID), p); err != nil {
		s.t.Fatal(err)
	}
}

// denials counts what was denied in an account, by operation.
func (s *site) denials(of string) map[string]int64 {
	s.t.Helper()
	facts, err := s.Manage.AccountEvents(s.t.Context(), rig.Admin(of), of, 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]int64{}
	for _, f := range facts {
		if f.Type == fact.AccessDenied {
			all[f.Operation] += f.Count
		}
	}
	return all
}

func TestWhoMayOnlyViewSeesThePageWithoutItsButtons(t *testing.T) {
	s := newSite(t)
	old, _ := s.inWindow()
	dead := s.Create(t, "acme")
	if _, err := s.Manage.Expire(t.Context(), rig.Admin("acme"), rig.Target(dead)); err != nil {
		t.Fatal(err)
	}
	s.permit("acme", account.View)
	for _, i := range []manage.Issued{old, dead} {
		page := s.staff("acme").get(pathOf(i)).want(http.StatusOK, "Shop", "What happened")
		for _, label := range slices.Concat(everyAction[true], everyAction[false], []string{"Edit", "Generate Access Token"}) {
			if page.has(label) {
				t.Errorf("there is %q", label)
			}
		}
	}
}

func TestForeignIntegrationAnswersAsAMissingOneOnEveryPage(t *testing.T) {
	s := newSite(t)
	foreign := s.Create(t, "other")
	admin := s.admin("acme")
	const missing = "01KDYAK3SEZSZRKEKP61J9WCBM"
	routes := append(below(), console.Route{Method: "GET", Template: home + "/{integrationId}"},
		console.Route{Method: "GET", Template: home + "/{integrationId}/first-call"},
		console.Route{Method: "GET", Template: home + "/{integrationId}/usage"})
	for _, r := range routes {
		of := admin.ask(r, foreign.ID).want(http.StatusNotFound, "There is no such integration")
		none := admin.ask(r, missing)
		if of.body != none.body || !cmp.Equal(of.header, none.header) {
			t.Errorf("%s %s tells a foreign one from a missing one", r.Method, r.Template)
		}
		admin.ask(r, "x").want(http.StatusNotFound)
	}
	s.wantWorking(0+1, foreign.Token.Reveal())
}

func TestFormOfAnotherAccountDoesNothing(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	both := s.signedIn(account.RoleAdmin, "acme", "other")
	form := both.get(pathOf(i)).click("Expire Now").form("Continue")
	both.post("/account", url.Values{"account": {"other"}})
	form.press("Continue").want(http.StatusConflict, "You have switched to another account")
	s.wantWorking(1, i.Token.Reveal())
}

func TestFormOfAnotherSiteDoesNothing(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	form := s.admin("acme").get(pathOf(i)).click("Expire Now").form("Continue")
	r, err := http.NewRequest(http.MethodPost, consoleURL+pathOf(i)+"/expire", strings.NewReader(form.fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	form.page.b.send(r).want(http.StatusForbidden, "This form was sent from another site")
	s.wantWorking(1, i.Token.Reveal())
}

func TestTokenStandsOnNoPageButTheOneThatIssuesIt(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	admin := s.admin("acme")
	issuing := admin.get(pathOf(old)).click("Rotate and expire this token later").form("Continue").press("Continue")
	renewed := issuing.token()
	for _, header := range issuing.header {
		if strings.Contains(strings.Join(header, " "), renewed) {
			t.Error("a header holds the token")
		}
	}
	if got := issuing.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: %s", got)
	}
	for _, secret := range []string{renewed, old.Token.Reveal()} {
		secret = secret[strings.LastIndex(secret, "_")+1:]
		for _, r := range below() {
			if r.Method == http.MethodGet && strings.Contains(admin.get(address(r, old.ID)).body, secret) {
				t.Errorf("%s shows a token", r.Template)
			}
		}
		if strings.Contains(admin.get(pathOf(old)).body+s.log.String(), secret) {
			t.Error("the page of the integration, or the log, has a token")
		}
	}
}

func TestEveryPageOfAnIntegrationIsProtected(t *testing.T) {
	s := newSite(t)
	i, _ := s.inWindow()
	admin := s.admin("acme")
	inline := regexp.MustCompile(`(?i)<style|<script[^>]*>[^<]|\son[a-z]+=|\sstyle=|javascript:`)
	for _, r := range append(below(), console.Route{Method: "GET", Template: home + "/{integrationId}"},
		console.Route{Method: "GET", Template: home + "/{integrationId}/usage"}) {
		if r.Method != http.MethodGet {
			continue
		}
		page := admin.get(address(r, i.ID))
		csp := page.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", page.asked, csp)
		}
		if got := page.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control: %s", page.asked, got)
		}
		if found := inline.FindString(page.body); found != "" {
			t.Errorf("%s has %q", page.asked, found)
		}
	}
}

func TestWhatIsEnteredShowsAsText(t *testing.T) {
	s := newSite(t)
	for _, payload := range []string{
		`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `javascript:alert(1)`, `{{7*7}}`, `</textarea><svg onload=alert(1)>`,
		`%s%d%!`, `&lt;b&gt;`, `' onfocus='alert(1)`, "`${7*7}`", `</title><script>`,
	} {
		i := s.Create(t, "acme")
		if _, err := s.Manage.Edit(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Edit{Name: &payload, Description: &payload}); err != nil {
			t.Fatal(err)
		}
		for _, page := range []string{"", "/edit", "/edit/scopes", "/delete", "/rotate-later"} {
			shown := s.admin("acme").get(pathOf(i)+page).want(http.StatusOK, payload)
			if strings.ContainsAny(payload, `<>"`) && strings.Contains(shown.body, payload) {
				t.Errorf("%s has %s as it is", shown.asked, payload)
			}
			if !strings.Contains(html.UnescapeString(shown.body), payload) {
				t.Errorf("%s lacks %s", shown.asked, payload)
			}
		}
	}
}
