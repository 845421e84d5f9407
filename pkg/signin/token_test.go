package signin_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

func set(name string, value any) func(map[string]any) {
	return func(claims map[string]any) {
		if value == nil {
			delete(claims, name)
			return
		}
		claims[name] = value
	}
}

func TestTokenThatDoesNotHoldSignsNobodyIn(t *testing.T) {
	unsigned := func(claims map[string]any) string {
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "."
	}
	by := func(algorithm jose.SignatureAlgorithm, key any) func(map[string]any) string {
		return func(claims map[string]any) string { return signed(t, algorithm, key, claims) }
	}
	public, err := json.Marshal(jose.JSONWebKey{Key: keys()[0].Public()})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		edit func(map[string]any)
		sign func(map[string]any) string
	}{
		"another issuer":            {set("iss", "https://evil.test"), nil},
		"no issuer":                 {set("iss", nil), nil},
		"another audience":          {set("aud", "other"), nil},
		"no audience":               {set("aud", nil), nil},
		"issued to another client":  {func(c map[string]any) { c["aud"], c["azp"] = []string{"console", "other"}, "other" }, nil},
		"two audiences and no azp":  {set("aud", []string{"console", "other"}), nil},
		"another nonce":             {set("nonce", "AAAAAAAAAAAAAAAAAAAAAAAAAA"), nil},
		"no nonce":                  {set("nonce", nil), nil},
		"expired":                   {set("exp", now.Add(-time.Second).Unix()), nil},
		"no end":                    {set("exp", nil), nil},
		"not valid yet":             {set("nbf", now.Add(time.Hour).Unix()), nil},
		"no subject":                {set("sub", nil), nil},
		"empty subject":             {set("sub", ""), nil},
		"no signature":              {nil, unsigned},
		"another's key":             {nil, by(jose.RS256, keys()[1])},
		"another algorithm":         {nil, by(jose.PS256, keys()[0])},
		"public key for a password": {nil, by(jose.HS256, public)},
		"no token":                  {nil, func(map[string]any) string { return "" }},
		"no JWT":                    {nil, func(map[string]any) string { return "token" }},
	} {
		s := newSite(t)
		s.provider.edit, s.provider.sign = c.edit, c.sign
		b := s.browser()
		b.get(s.provider.approve(b.begin("/there")).String())
		if !errors.Is(s.failed, signin.ErrToken) || b.session() != nil || signin.ReturnTo(s.failed) != "/there" {
			t.Errorf("%s: %v, session %v", name, s.failed, b.session())
		}
	}
}

func TestTokenForSeveralAudiencesHoldsForTheClientThatItWasIssuedTo(t *testing.T) {
	s := newSite(t)
	s.provider.edit = func(c map[string]any) { c["aud"], c["azp"] = []string{"other", "console"}, "console" }
	if to := s.browser().signIn("/there"); to != "/there" {
		t.Errorf("sent to %s", to)
	}
}

func TestRolesComeFromTheMembershipClaim(t *testing.T) {
	admin, staff := account.RoleAdmin, account.RoleStaff
	for name, c := range map[string]struct {
		claim string
		value any
		want  map[string]account.Role // nil: nobody is signed in
	}{
		"a list":                 {"cognito:groups", []any{"account:acme:staff", "account:globex:admin"}, map[string]account.Role{"acme": staff, "globex": admin}},
		"a text":                 {"cognito:groups", "account:acme:admin", map[string]account.Role{"acme": admin}},
		"a text of several":      {"cognito:groups", "account:acme:admin,account:globex:staff", map[string]account.Role{"acme": admin, "globex": staff}},
		"another claim":          {"https://acme.test/roles", []any{"account:acme:admin"}, map[string]account.Role{"acme": admin}},
		"the greater of two":     {"cognito:groups", []any{"account:acme:staff", "account:acme:admin", "account:acme:staff"}, map[string]account.Role{"acme": admin}},
		"odd ones beside a good": {"cognito:groups", []any{7, nil, []any{"account:x:admin"}, "account::admin", "account:x:owner", "account:x:admin:y", "account:acme:staff"}, map[string]account.Role{"acme": staff}},
		"an empty list":          {"cognito:groups", []any{}, nil},
		"no claim":               {"cognito:groups", nil, nil},
		"a number":               {"cognito:groups", 7, nil},
		"an object":              {"cognito:groups", map[string]any{"account:acme:admin": true}, nil},
		"others alone":           {"cognito:groups", []any{"developers", "account:acme:owner"}, nil},
	} {
		s := newSite(t, func(config *signin.Config) { config.Claim = c.claim })
		delete(s.provider.claims, "cognito:groups")
		s.provider.edit = set(c.claim, c.value)
		b := s.browser()
		b.get(s.provider.approve(b.begin("/")).String())
		session := b.session()
		if c.want == nil {
			if session != nil {
				t.Errorf("%s: %v, session %v", name, s.failed, session)
			}
			continue
		}
		if session == nil {
			t.Errorf("%s: nobody", name)
			continue
		}
		if diff := cmp.Diff(c.want, session.Roles); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhoBelongsToNoAccountIsTold(t *testing.T) {
	s := newSite(t)
	delete(s.provider.claims, "cognito:groups")
	b := s.browser()
	b.get(s.provider.approve(b.begin("/")).String())
	if !errors.Is(s.failed, signin.ErrNoAccount) {
		t.Errorf("%v", s.failed)
	}
}

func TestProviderThatIsDownIsAskedAgain(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	s.provider.down = true
	response, _ := b.get("/signin?to=/there")
	if !errors.Is(s.failed, signin.ErrIssuerDown) || signin.ReturnTo(s.failed) != "/there" || len(response.Cookies()) > 0 {
		t.Errorf("begin: %v, cookies %v", s.failed, response.Cookies())
	}
	s.provider.down = false
	back := s.provider.approve(b.begin("/there"))
	s.provider.down = true
	if b.get(back.String()); !errors.Is(s.failed, signin.ErrIssuerDown) {
		t.Errorf("come back: %v", s.failed)
	}
	s.provider.down = false
	if to := b.signIn("/there"); to != "/there" {
		t.Errorf("sent to %s", to)
	}
}

func TestProviderThatAnswersOddlyIsDown(t *testing.T) {
	answers := func(status int, contentType, body string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return true
		}
	}
	for name, c := range map[string]struct {
		misbehave func(*oidcProvider)
		begins    bool
	}{
		"it says to be another":   {func(p *oidcProvider) { p.metadata = map[string]any{"issuer": "https://evil.test"} }, false},
		"it has no keys":          {func(p *oidcProvider) { p.keysDown = true }, true},
		"a page for a token":      {func(p *oidcProvider) { p.answer = answers(200, "text/html", "<h1>secret-page") }, true},
		"half a token":            {func(p *oidcProvider) { p.answer = answers(200, "application/json", `{"access_token":"secret-page`) }, true},
		"a fault with a page":     {func(p *oidcProvider) { p.answer = answers(500, "text/html", "<h1>secret-page") }, true},
		"neither token nor error": {func(p *oidcProvider) { p.answer = answers(200, "application/json", `{"id_token":"secret-page"}`) }, true},
	} {
		s := newSite(t)
		c.misbehave(s.provider)
		b := s.browser()
		if c.begins {
			b.get(s.provider.approve(b.begin("/there")).String())
		} else {
			b.get("/signin?to=/there")
		}
		if !errors.Is(s.failed, signin.ErrIssuerDown) || b.session() != nil || signin.ReturnTo(s.failed) != "/there" {
			t.Errorf("%s: %v", name, s.failed)
		}
		if strings.Contains(s.log.String()+strings.Join(b.sent, ""), "secret-page") {
			t.Errorf("%s: told what was answered: %s", name, s.log.String())
		}
	}
}

func TestClientProvesItselfAsTheProviderAsks(t *testing.T) {
	const secret = "s+e/c r"
	for name, c := range map[string]struct {
		secret  string
		methods any
		form    string // the secret in the form
		basic   string // what is in the header
	}{
		"public":                  {"", nil, "", ""},
		"public, whatever it has": {"", []string{"client_secret_basic"}, "", ""},
		"nothing said":            {secret, nil, "", "console s%2Be%2Fc+r"},
		"header":                  {secret, []string{"client_secret_post", "client_secret_basic"}, "", "console s%2Be%2Fc+r"},
		"form":                    {secret, []string{"client_secret_post"}, secret, ""},
	} {
		s := newSite(t, func(config *signin.Config) {
			if c.secret != "" {
				config.Secret = func(context.Context) (string, error) { return c.secret, nil }
			}
		})
		s.provider.metadata = map[string]any{"token_endpoint_auth_methods_supported": c.methods}
		s.browser().signIn("/")
		if len(s.provider.exchanges) != 1 {
			t.Fatalf("%s: %d tries, and a code has one", name, len(s.provider.exchanges))
		}
		form := s.provider.exchanges[0]
		if form.Get("client_secret") != c.form || form.Get("basic") != c.basic {
			t.Errorf("%s: form %q, header %q", name, form.Get("client_secret"), form.Get("basic"))
		}
	}
}

func TestClientsSecretThatCantBeReadIsAFault(t *testing.T) {
	s := newSite(t, func(config *signin.Config) {
		config.Secret = func(context.Context) (string, error) { return "", errors.New("it is not there") }
	})
	b := s.browser()
	b.get(s.provider.approve(b.begin("/")).String())
	if !errors.Is(s.failed, signin.ErrFault) || len(s.provider.exchanges) > 0 {
		t.Errorf("%v", s.failed)
	}
}
