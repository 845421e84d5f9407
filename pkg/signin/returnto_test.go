package signin_test

import (
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/signin"
)

func TestSignInLeadsToThisConsoleAlone(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	for _, local := range []string{
		"/", "/settings/private-integrations", "/settings/private-integrations?query=a+b&status=active&cursor=a-_b",
		"/settings/private-integrations/01JZ0000000000000000000000", "/a/", "/a?next=//evil.test", "/a?x=%2F%2Fevil.test",
		"/a?q=50%25", "/settings?a=b:c@d", "/a:b@c",
	} {
		if to := b.signIn(local); to != local {
			t.Errorf("%s: sent to %s", local, to)
		}
	}
	if to := b.signIn("/settings?query=" + strings.Repeat("%E5%AD%97", 200)); to != "/settings" {
		t.Errorf("a long query: sent to %s", to)
	}
	for _, foreign := range []string{
		"//evil.test?" + strings.Repeat("a", 1000), "/a//b?" + strings.Repeat("a", 1000),
		"", "//", "//evil.test", "//evil.test/a", "//evil.test/a?b=c", "//user@evil.test:80/a", "///evil.test", "////evil.test", `/\evil.test`, `\/evil.test`, `\\evil.test`, `/\/evil.test`, "https://evil.test", "https:evil.test", "https:/evil.test",
		"HTTPS://evil.test", "http://evil.test", "javascript:alert(1)", "data:text/html,x", "evil.test", "evil.test/a", "@evil.test", ":@evil.test", ".evil.test",
		"/%2fevil.test", "/%2Fevil.test", "/%5cevil.test", "/%5Cevil.test", "/%252fevil.test", "/%255cevil.test", "%2f%2fevil.test", "%2F/evil.test",
		"/\tevil.test", "/\t/evil.test", "\t//evil.test", " //evil.test", "/ /evil.test", "\x00//evil.test", "/\n/evil.test", "/\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:%20a=b", "/%09/evil.test", "/%00",
		"/a\x7f", "/é", "/\u2028/evil.test", "/\uff0fevil.test", "/./", "/..//evil.test", "/.//evil.test", "/a/..//evil.test", "/%2e%2e/evil.test", "/%2e%2e%2fevil.test", "/a/%2e%2e//evil.test",
		"/a//b", "/a#//evil.test", "/#", "?a=b", "#a", "*", "/%zz", "/a%20b", "/caf%C3%A9", "/<script>", `/"onload`, "/signin", "/signin?return=/signin", "/signin/callback?code=a", "/signout", "/signout/provider", "/%73ignin",
		"/" + strings.Repeat("a", 1000),
	} {
		if to := b.signIn(foreign); to != "/" {
			t.Errorf("%q: sent to %q", foreign, to)
		}
	}
}

func FuzzReturnTo(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c", "//evil.test", `/\evil.test`, "/%2f%2fevil.test", "/%252f", "//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { signin.CheckReturnTo(t, text) })
}

func TestConfigThatCouldNotWorkIsRefused(t *testing.T) {
	good := newSite(t).signIn.Config
	if _, err := signin.New(good); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*signin.Config){
		"a path":           func(c *signin.Config) { c.URL += "/console" },
		"a trailing slash": func(c *signin.Config) { c.URL += "/" },
		"no scheme":        func(c *signin.Config) { c.URL = "console.example.com" },
		"another scheme":   func(c *signin.Config) { c.URL = "ftp://console.example.com" },
		"a user":           func(c *signin.Config) { c.URL = "https://a@console.example.com" },
		"a query":          func(c *signin.Config) { c.URL += "?" },
		"no host":          func(c *signin.Config) { c.URL = "https://" },
		"a second":         func(c *signin.Config) { c.Lifetime = 1 },
		"longer than ever": func(c *signin.Config) { c.Lifetime = signin.MaxLifetime + 1 },
	} {
		bad := good
		edit(&bad)
		if _, err := signin.New(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
