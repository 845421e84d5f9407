package signin_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/seal"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

const (
	secureSession = "__Host-private-integrations"
	plainSession  = "private-integrations"
)

func TestSessionLivesUntilTheLastMillisecond(t *testing.T) {
	for _, c := range []struct {
		set, want time.Duration
	}{{0, signin.DefaultLifetime}, {time.Hour, time.Hour}, {signin.MaxLifetime, signin.MaxLifetime}} {
		s := newSite(t, func(config *signin.Config) { config.Lifetime = c.set })
		b := s.browser()
		b.signIn("/")
		s.now = now.Add(c.want - time.Millisecond)
		if b.session() == nil {
			t.Errorf("%s: ended early", c.want)
		}
		s.now = now.Add(c.want)
		if session := b.session(); session != nil {
			t.Errorf("%s: goes on: %v", c.want, session)
		}
	}
}

func TestSwitchingTheAccountDoesNotProlongTheSession(t *testing.T) {
	s := newSite(t)
	s.provider.claims["cognito:groups"] = []string{"account:acme:admin", "account:globex:admin"}
	b := s.browser()
	b.signIn("/")
	s.now = now.Add(7 * hour)
	b.get("/switch?account=globex")
	if session := b.session(); s.failed != nil || session.Account != "globex" || !session.ExpiresAt.Equal(now.Add(8*hour)) {
		t.Errorf("%v, %v", session, s.failed)
	}
	b.get("/switch?account=initech")
	if session := b.session(); session.Account != "globex" {
		t.Errorf("switched to a foreign account: %v", session)
	}
}

// Whoever signs in again in the middle of their work goes on in the account that
// they looked at; another person begins in their own.
func TestNextSignInLooksAtTheSameAccount(t *testing.T) {
	s := newSite(t)
	s.provider.claims["cognito:groups"] = []string{"account:acme:admin", "account:globex:admin"}
	b := s.browser()
	b.signIn("/")
	b.get("/switch?account=globex")
	s.now = now.Add(9 * hour)
	s.provider.edit = func(claims map[string]any) { claims["exp"] = s.now.Add(hour).Unix() }
	b.signIn("/")
	if session := b.session(); session.Account != "globex" {
		t.Errorf("the same person: %v", session)
	}
	s.provider.claims["sub"] = "subject-2"
	b.signIn("/")
	if session := b.session(); session.Account != "acme" || session.Subject != "subject-2" {
		t.Errorf("another: %v", session)
	}
	s.provider.claims["cognito:groups"] = []string{"account:initech:admin", "account:umbrella:admin"}
	b.signIn("/")
	if session := b.session(); session.Account != "initech" {
		t.Errorf("with other accounts: %v", session)
	}
}

func TestCookiesHaveTheAttributesThatProtectThem(t *testing.T) {
	for scheme, configure := range map[string]func(*signin.Config){"https": func(*signin.Config) {}, "http": onHTTP} {
		s := newSite(t, configure)
		b := s.browser()
		b.signIn("/")
		b.begin("/")
		b.get("/signout")
		headers := strings.Join(b.sent, "\n")
		found := 0
		for line := range strings.Lines(headers) {
			value, is := strings.CutPrefix(strings.TrimSpace(line), "Set-Cookie: ")
			if !is {
				continue
			}
			found++
			cookie, err := http.ParseSetCookie(value)
			if err != nil {
				t.Fatal(err)
			}
			if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge == 0 {
				t.Errorf("%s: %s", scheme, value)
			}
			if secure := scheme == "https"; cookie.Secure != secure || strings.HasPrefix(cookie.Name, "__Host-") != secure {
				t.Errorf("%s: %s", scheme, value)
			}
		}
		if found != 6 {
			t.Errorf("%s: %d cookies in\n%s", scheme, found, headers)
		}
	}
}

func TestSessionThatWasTamperedWithIsNobodys(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.begin("/")
	var pending string
	for _, value := range b.cookies() {
		pending = value
	}
	b.signIn("/")
	text := b.cookies()[secureSession]
	for n := 0; n < len(text); n += 9 { // pkg/seal tries all of them
		for _, to := range []byte{'A', 'B', '9', '.'} {
			if text[n] == to {
				continue
			}
			b.plant(secureSession, text[:n]+string([]byte{to})+text[n+1:])
			if session := b.session(); session != nil {
				t.Fatalf("character %d changed to %c: %v", n, to, session)
			}
		}
	}
	for name, value := range map[string]string{
		"empty": "", "a sign-in under way": pending, "cut": text[:len(text)-4], "twice": text + text, "a number": "1.", "JSON": `{"s":"x"}`,
		"another version": "2" + strings.TrimPrefix(text, "1"), "a huge version": strings.Repeat("9", 18) + strings.TrimPrefix(text, "1"),
	} {
		b.plant(secureSession, value)
		if session := b.session(); session != nil {
			t.Errorf("%s: %v", name, session)
		}
	}
	b.plant(secureSession, text)
	if b.session() == nil {
		t.Error("the right one is not taken any more")
	}
}

// On plain http any program on the host can add a cookie of the name.
func TestPlantedCookieDoesNotHideTheSession(t *testing.T) {
	s := newSite(t, onHTTP)
	b := s.browser()
	b.signIn("/")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.signIn.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Cookie", fmt.Sprintf("%s=planted; %s=%s", plainSession, plainSession, b.cookies()[plainSession]))
	if session, found := s.signIn.Session(request); !found || session.Subject != "subject-1" {
		t.Errorf("%v", session)
	}
}

// A session that the browser had before, an attacker's or another person's,
// never becomes the one of who signs in.
func TestSignInDoesNotTakeOverAPlantedSession(t *testing.T) {
	s := newSite(t)
	attacker := s.browser()
	attacker.signIn("/")
	planted := attacker.cookies()[secureSession]
	s.provider.claims = map[string]any{"sub": "victim", "email": "victim@globex.test", "cognito:groups": "account:globex:admin"}
	victim := s.browser()
	victim.plant(secureSession, planted)
	victim.signIn("/")
	if session := victim.session(); session.Subject != "victim" || session.Account != "globex" || victim.cookies()[secureSession] == planted {
		t.Errorf("victim: %v", session)
	}
	if session := attacker.session(); session.Subject != "subject-1" {
		t.Errorf("attacker: %v", session)
	}
}

func TestSessionOfAnotherConsoleOrProviderIsNobodys(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("/")
	text := b.cookies()[secureSession]
	for name, configure := range map[string]func(*site, *signin.Config){
		"another key":      func(s *site, _ *signin.Config) { s.keys = s.keys.Rotated(make([]byte, 32)) },
		"another provider": func(_ *site, c *signin.Config) { c.Issuer += "/other" },
	} {
		other := newSite(t, func(c *signin.Config) { c.Issuer = s.provider.url() })
		config := other.signIn.Config
		configure(other, &config)
		again, err := signin.New(config)
		if err != nil {
			t.Fatal(err)
		}
		other.signIn = again
		reader := other.browser()
		reader.plant(secureSession, text)
		if name == "another key" {
			other.keys, _ = other.keys.Retired(1)
		}
		if session := reader.session(); session != nil {
			t.Errorf("%s: %v", name, session)
		}
	}
}

func TestRotatedSealingKeyOpensWhatTheOldOneSealed(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("/")
	back := s.provider.approve(b.begin("/there"))
	before := b.cookies()[secureSession]
	s.keys = s.keys.Rotated(bytes.Repeat([]byte{8}, seal.MinKeySize))
	s.now = now.Add(6 * time.Minute) // the current version is read every five
	if b.session() == nil {
		t.Error("the session ended with the rotation")
	}
	if _, to := b.get(back.String()); to != "/there" {
		t.Errorf("the sign-in under way: %v", s.failed)
	}
	if after := b.cookies()[secureSession]; after[:2] != "2." || before[:2] != "1." {
		t.Errorf("sealed with %s after %s", after[:2], before[:2])
	}
}

// The operator's way to sign everybody out.
func TestKeyInThePlaceOfAnotherEndsAllSessionsWithinFiveMinutes(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("/")
	s.keys = keyset.First(bytes.Repeat([]byte{8}, seal.MinKeySize))
	s.now = now.Add(5 * time.Minute)
	if session := b.session(); session != nil {
		t.Errorf("%v", session)
	}
	if b.signIn("/"); b.session() == nil {
		t.Error("nobody can sign in anew")
	}
}

// Of two instances one may not have heard of a rotation yet.
func TestInstanceThatMissedARotationOpensTheNewKeysSeals(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("/") // the instance knows version 1, and for five minutes looks no further
	s.keys = s.keys.Rotated(bytes.Repeat([]byte{8}, seal.MinKeySize))
	other := newSite(t, func(c *signin.Config) { c.Issuer = s.provider.url() })
	other.keys, other.provider = s.keys, s.provider
	fresh := other.browser()
	fresh.signIn("/")
	b.plant(secureSession, fresh.cookies()[secureSession])
	if b.session() == nil {
		t.Error("the other instance's session is not known")
	}
}

func TestHundredAccountsFitInACookieAndTooManyAreRefused(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		accounts int
		want     error
	}{{100, nil}, {1000, signin.ErrTooLarge}} {
		var groups []string
		for n := range c.accounts {
			role := "admin"
			if n%3 == 0 {
				role = "staff"
			}
			groups = append(groups, "account:"+ulid.Make().String()+":"+role)
		}
		s.provider.claims["cognito:groups"] = groups
		b := s.browser()
		b.get(s.provider.approve(b.begin("/")).String())
		if !errors.Is(s.failed, c.want) {
			t.Errorf("%d accounts: %v", c.accounts, s.failed)
		}
		if session := b.session(); c.want == nil && len(session.Roles) != c.accounts || c.want != nil && session != nil {
			t.Errorf("%d accounts: %v", c.accounts, session)
		}
		t.Logf("%d accounts: %d bytes", c.accounts, len(b.cookies()[secureSession]))
	}
}

func TestWithoutTheSealingKeyNobodyIsSignedIn(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("/")
	back := s.provider.approve(b.begin("/"))
	s.keysDown, s.now = true, now.Add(2*hour)
	if session := b.session(); session != nil {
		t.Errorf("%v", session)
	}
	if !strings.Contains(s.log.String(), "the secret can't be read") {
		t.Errorf("log %s", s.log.String())
	}
	if b.get("/signin"); !errors.Is(s.failed, signin.ErrFault) {
		t.Errorf("begin: %v", s.failed)
	}
	if b.get(back.String()); !errors.Is(s.failed, signin.ErrFault) {
		t.Errorf("come back: %v", s.failed)
	}
}

// The version stands in the clear, and a key that is not known is looked for.
func TestMadeUpKeyVersionsDontHaveTheSecretReadEachTime(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("/")
	_, sealed, _ := strings.Cut(b.cookies()[secureSession], ".")
	before := s.keysRead
	for version := 2; version < 100; version++ {
		b.plant(secureSession, fmt.Sprintf("%d.%s", version, sealed))
		if session := b.session(); session != nil {
			t.Errorf("version %d: %v", version, session)
		}
	}
	if read := s.keysRead - before; read > 1 {
		t.Errorf("the secret was read %d times", read)
	}
	if s.log.Len() > 0 {
		t.Errorf("an operator is told of it: %s", s.log.String())
	}
}
