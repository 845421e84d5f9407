package signin_test

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

func TestPersonSignsInAndIsSentToWhereTheyWantedToGo(t *testing.T) {
	s := newSite(t)
	s.provider.claims["cognito:groups"] = []string{"account:globex:staff", "account:acme:admin", "other"}
	b := s.browser()
	if session := b.session(); session != nil {
		t.Fatalf("before: %v", session)
	}
	if to := b.signIn("/settings/private-integrations?query=a%20b"); to != "/settings/private-integrations?query=a%20b" {
		t.Errorf("sent to %s", to)
	}
	want := &signin.Session{
		Issuer: s.provider.url(), Subject: "subject-1", Email: "admin@acme.test", Account: "acme",
		Roles: map[string]account.Role{"acme": account.RoleAdmin, "globex": account.RoleStaff}, ExpiresAt: now.Add(8 * hour),
	}
	if diff := cmp.Diff(want, b.session()); diff != "" {
		t.Error(diff)
	}
	if names := slices.Collect(maps.Keys(b.cookies())); len(names) != 1 || names[0] != "__Host-private-integrations" {
		t.Errorf("cookies %v are left", names)
	}
}

func TestProviderIsAskedForACodeWithPKCEStateAndNonce(t *testing.T) {
	s := newSite(t)
	seen := map[string]bool{}
	for range 3 {
		u, err := url.Parse(s.browser().begin("/"))
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		for _, random := range []string{"state", "nonce", "code_challenge"} {
			value := query.Get(random)
			if len(value) < 26 || seen[value] {
				t.Errorf("%s=%s", random, value)
			}
			seen[value] = true
			query.Del(random)
		}
		u.RawQuery = query.Encode()
		if want := s.provider.url() + "/authorize?" + (url.Values{
			"response_type": {"code"}, "client_id": {"console"}, "scope": {"openid email"}, "code_challenge_method": {"S256"},
			"redirect_uri": {s.signIn.URL + "/signin/callback"},
		}).Encode(); u.String() != want {
			t.Errorf("%s, want %s", u, want)
		}
	}
}

func TestTokensOfTheProviderReachNeitherBrowserNorLog(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("/")
	s.provider.edit = func(claims map[string]any) { claims["nonce"] = "another" }
	b.get(s.provider.approve(b.begin("/")).String()) // a failure is logged
	s.provider.answer = func(w http.ResponseWriter) bool {
		s.provider.handed = append(s.provider.handed, "refresh-secret")
		_, _ = w.Write([]byte(`{"access_token":7,"refresh_token":"refresh-secret"}`))
		return true
	}
	b.get(s.provider.approve(b.begin("/")).String())
	all := strings.Join(b.sent, "\n") + s.log.String()
	if len(s.provider.handed) != 5 || !strings.Contains(s.log.String(), "nonce") {
		t.Fatalf("%d secrets, log %s", len(s.provider.handed), s.log.String())
	}
	for _, secret := range s.provider.handed {
		for part := range strings.SplitSeq(secret, ".") {
			if strings.Contains(all, part) {
				t.Errorf("%s is in\n%s", part, all)
			}
		}
	}
	for _, exchange := range s.provider.exchanges {
		if strings.Contains(all, exchange.Get("code_verifier")) {
			t.Error("a verifier went out")
		}
	}
}

func TestCallbackWithoutASignInOfThisBrowserIsRefused(t *testing.T) {
	s := newSite(t)
	victim, attacker := s.browser(), s.browser()
	mine := s.provider.approve(victim.begin("/"))
	theirs := s.provider.approve(attacker.begin("/"))
	edited := func(edit func(url.Values)) string {
		u := *mine
		query := u.Query()
		edit(query)
		u.RawQuery = query.Encode()
		return u.String()
	}
	for name, target := range map[string]string{
		"another's link (login CSRF)":    theirs.String(),
		"no query":                       "/signin/callback",
		"no state":                       edited(func(q url.Values) { q.Del("state") }),
		"empty state":                    edited(func(q url.Values) { q.Set("state", "") }),
		"made up state":                  edited(func(q url.Values) { q.Set("state", strings.Repeat("A", 26)) }),
		"state of the same cookie":       edited(func(q url.Values) { q.Set("state", q.Get("state")[:8]+strings.Repeat("A", 18)) }),
		"state in lower case":            edited(func(q url.Values) { q.Set("state", strings.ToLower(q.Get("state"))) }),
		"short state":                    edited(func(q url.Values) { q.Set("state", q.Get("state")[:8]) }),
		"state that would end a cookie":  edited(func(q url.Values) { q.Set("state", "; Path=/evil; a=aaaaaaaaaaa") }),
		"two states":                     edited(func(q url.Values) { q.Add("state", strings.Repeat("A", 26)) }),
		"two codes":                      edited(func(q url.Values) { q.Add("code", "x") }),
		"a query that can't be read":     mine.String() + "&%zz",
		"another's state, and own code":  edited(func(q url.Values) { q.Set("state", theirs.Query().Get("state")) }),
		"an error without a sign-in":     "/signin/callback?error=access_denied",
		"an error with made up state":    "/signin/callback?error=access_denied&state=" + strings.Repeat("A", 26),
		"semicolons between parameters":  strings.ReplaceAll(mine.String(), "&", ";"),
		"state hidden behind a fragment": strings.ReplaceAll(mine.String(), "state=", "#state="),
	} {
		victim.get(target)
		if !errors.Is(s.failed, signin.ErrState) || victim.session() != nil {
			t.Errorf("%s: %v, session %v", name, s.failed, victim.session())
		}
	}
	if len(s.provider.exchanges) > 0 {
		t.Errorf("%d codes were exchanged", len(s.provider.exchanges))
	}
	if _, to := victim.get(mine.String()); to != "/" {
		t.Errorf("the real one afterwards: %v", s.failed)
	}
}

// What an attacker has begun in a browser of theirs is of no use even with their
// cookie put beside it: the code belongs to the verifier in the victim's.
func TestCodeOfAnotherSignInIsRefused(t *testing.T) {
	s := newSite(t)
	victim, attacker := s.browser(), s.browser()
	mine, theirs := s.provider.approve(victim.begin("/")), s.provider.approve(attacker.begin("/"))
	query := mine.Query()
	query.Set("code", theirs.Query().Get("code"))
	mine.RawQuery = query.Encode()
	victim.get(mine.String())
	if !errors.Is(s.failed, signin.ErrRefused) || victim.session() != nil {
		t.Errorf("%v", s.failed)
	}
}

func TestSignInComesBackWithinTenMinutes(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	intime, late := s.provider.approve(b.begin("/a")), s.provider.approve(b.begin("/b"))
	s.now = now.Add(signin.PendingFor - time.Millisecond)
	if _, to := b.get(intime.String()); to != "/a" {
		t.Errorf("a millisecond before: %v", s.failed)
	}
	s.now = now.Add(signin.PendingFor)
	b.get(late.String())
	if !errors.Is(s.failed, signin.ErrExpired) || signin.ReturnTo(s.failed) != "/b" {
		t.Errorf("at its end: %v, again at %s", s.failed, signin.ReturnTo(s.failed))
	}
}

func TestCallbackWorksOnce(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	back := s.provider.approve(b.begin("/"))
	pending := b.cookies()
	b.get(back.String())
	b.get(back.String())
	if !errors.Is(s.failed, signin.ErrState) {
		t.Errorf("again: %v", s.failed)
	}
	if b.session() == nil {
		t.Error("the second try has ended the session of the first")
	}
	// Whoever has copied the cookie too meets the provider, whose codes work once.
	thief := s.browser()
	for name, value := range pending {
		thief.plant(name, value)
	}
	thief.get(back.String())
	if !errors.Is(s.failed, signin.ErrRefused) || thief.session() != nil {
		t.Errorf("with the cookie: %v", s.failed)
	}
}

func TestTwoTabsSignInAtOnceInAnyOrder(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	first, second := s.provider.approve(b.begin("/first")), s.provider.approve(b.begin("/second"))
	if _, to := b.get(second.String()); to != "/second" {
		t.Errorf("second: %s, %v", to, s.failed)
	}
	if _, to := b.get(first.String()); to != "/first" {
		t.Errorf("first: %s, %v", to, s.failed)
	}
}

func TestBrowserKeepsAFewSignInsAndForgetsTheOldest(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	var backs []*url.URL
	for range 50 {
		backs = append(backs, s.provider.approve(b.begin("/"+strings.Repeat("long", 200))))
	}
	size := 0
	for name, value := range b.cookies() {
		size += len(name) + len(value) + 4
	}
	if size > 8_000 {
		t.Errorf("%d cookies of %d bytes: the gateway takes 10,240 with all other headers", len(b.cookies()), size)
	}
	b.get(backs[0].String())
	if !errors.Is(s.failed, signin.ErrState) {
		t.Errorf("the oldest: %v", s.failed)
	}
	if b.get(backs[49].String()); s.failed != nil {
		t.Errorf("the newest: %v", s.failed)
	}
}

// The provider sends people back to the one name, where the other's cookies are
// not.
func TestWhoComesByAnotherNameOfTheHostIsSentToTheConsolesOwn(t *testing.T) {
	s := newSite(t, onHTTP)
	other := strings.Replace(s.signIn.URL, "127.0.0.1", "localhost", 1)
	b := s.browser()
	response, to := b.get(other + "/signin?to=/there%3Fa=b")
	if len(response.Cookies()) > 0 || to != s.signIn.URL+"/signin?moved=1&to=%2Fthere%3Fa%3Db" {
		t.Fatalf("sent to %s", to)
	}
	_, to = b.get(to)
	if _, to = b.get(s.provider.approve(to).String()); to != "/there?a=b" || b.session() == nil {
		t.Errorf("sent to %s, %v", to, s.failed)
	}
	// A proxy that calls the host something else is no reason to go in circles.
	if _, to = b.get(other + "/signin?moved=1"); !strings.HasPrefix(to, s.provider.url()) {
		t.Errorf("sent to %s", to)
	}
}

func TestRefusalOfTheProviderIsToldAndLogged(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	for name, c := range map[string]struct {
		edit func(url.Values)
		want error
	}{
		"denied":         {func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, signin.ErrRefused},
		"with a code":    {func(q url.Values) { q.Set("error", "server_error") }, signin.ErrRefused},
		"another issuer": {func(q url.Values) { q.Set("iss", "https://evil.test") }, signin.ErrRefused},
		"no code":        {func(q url.Values) { q.Del("code") }, signin.ErrState},
		"wrong code":     {func(q url.Values) { q.Set("code", "guess") }, signin.ErrRefused},
		"a forged line":  {func(q url.Values) { q.Set("error", "x\nlevel=ERROR msg=forged"+strings.Repeat("x", 1000)) }, signin.ErrRefused},
	} {
		s.log.Reset()
		back := s.provider.approve(b.begin("/here"))
		query := back.Query()
		c.edit(query)
		back.RawQuery = query.Encode()
		b.get(back.String())
		if !errors.Is(s.failed, c.want) || signin.ReturnTo(s.failed) != "/here" || b.session() != nil {
			t.Errorf("%s: %v, again at %s", name, s.failed, signin.ReturnTo(s.failed))
		}
		if text := s.log.String(); strings.Count(text, "\n") != 1 || len(text) > 400 || strings.Contains(text, "secret-description") {
			t.Errorf("%s: log %s", name, text)
		}
	}
	back := s.provider.approve(b.begin("/"))
	query := back.Query()
	query.Set("iss", s.provider.url())
	back.RawQuery = query.Encode()
	if b.get(back.String()); s.failed != nil {
		t.Errorf("the right issuer: %v", s.failed)
	}
}

func TestSigningOutEndsTheSessionHereAndAtTheProvider(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("/")
	b.begin("/")
	b.get("/signout")
	if len(b.cookies()) > 0 || b.session() != nil {
		t.Errorf("%v are left", b.cookies())
	}
	_, to := b.get("/signout/provider")
	if want := s.provider.url() + "/logout?" + (url.Values{
		"kept": {"1"}, "client_id": {"console"}, "post_logout_redirect_uri": {s.signIn.URL + "/"}, "logout_uri": {s.signIn.URL + "/"},
	}).Encode(); to != want {
		t.Errorf("sent to %s, want %s", to, want)
	}
}

func TestSigningOutWorksWithoutTheProvider(t *testing.T) {
	for name, break_ := range map[string]func(*oidcProvider){
		"it is down":        func(p *oidcProvider) { p.down = true },
		"it has no address": func(p *oidcProvider) { p.metadata = map[string]any{"end_session_endpoint": nil} },
		"a broken address":  func(p *oidcProvider) { p.metadata = map[string]any{"end_session_endpoint": "http://%zz"} },
	} {
		s := newSite(t)
		break_(s.provider)
		if _, to := s.browser().get("/signout/provider"); to != "/" {
			t.Errorf("%s: sent to %q", name, to)
		}
	}
}
