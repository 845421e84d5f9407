package apigateway

import (
	"strings"
	"testing"
)

// The rows of this file and of credentials_test.go are inputs of attackers. No
// row may reach the upstream unless it says so.

// refusedPaths are paths that no catalogue has, or that two readers could read
// differently, each with what is wrong with it.
var refusedPaths = map[string]string{
	"two slashes at the end":        "/contacts/1//",
	"two slashes at the start":      "//contacts/1",
	"two slashes inside":            "/contacts//1",
	"only slashes":                  "//",
	"host in the path":              "//evil.test/contacts/1",
	"parent folder":                 "/x/../contacts/1",
	"parent folder at the end":      "/contacts/1/..",
	"parent folder of a slash":      "/contacts/1/../",
	"same folder":                   "/./contacts/1",
	"same folder inside":            "/contacts/./1",
	"same folder at the end":        "/contacts/.",
	"above the root":                "/../contacts/1",
	"from a public path":            "/healthz/../contacts/1",
	"from the token path":           "/token/../contacts/1",
	"escaped slashes and dots":      "/contacts/1%2f..%2f..%2fusers",
	"dots and escaped slashes":      "/contacts/..%2f..%2fadmin",
	"escaped slash":                 "/contacts%2f1",
	"escaped slash in upper case":   "/contacts/1%2Fnotes",
	"escaped slash at the end":      "/contacts/1%2f",
	"slash escaped twice":           "/contacts/1%252fnotes",
	"escaped dots":                  "/x/%2e%2e/contacts/1",
	"half escaped dots":             "/contacts/.%2E/1",
	"escaped dot":                   "/contacts/%2e",
	"overlong dot":                  "/contacts/%c0%ae%c0%ae",
	"escaped backslash":             "/contacts/1%5c..%5cusers",
	"escaped backslash, upper case": "/contacts/%5C",
	"backslash":                     `/contacts/1\..\users`,
	"backslash for a slash":         `/contacts\1`,
	"matrix parameter":              "/contacts/1;x=y",
	"matrix parameter inside":       "/contacts;v=1/1",
	"escaped semicolon":             "/contacts/1%3bx=y",
	"other letter case":             "/Contacts/1",
	"upper case":                    "/CONTACTS/1",
	"needless escape of a literal":  "/%63ontacts/1",
	"needless escape of a value":    "/contacts/%31",
	"escaped zero byte":             "/contacts/%00",
	"value and escaped zero byte":   "/contacts/1%00.json",
	"escaped line break":            "/contacts/1%0d%0aX-Account-Id:%20evil",
	"escaped delete":                "/contacts/%7f",
	"C1 control":                    "/contacts/%c2%85",
	"no UTF-8":                      "/contacts/%ff",
	"surrogate":                     "/contacts/%ed%a0%80",
	"escaped question mark":         "/contacts/1%3fx=y",
	"escaped hash":                  "/contacts/1%23",
	"hash":                          "/contacts/1#x",
	"raw bytes beyond ASCII":        "/contacts/\xc3\xa9",
	"raw quote":                     `/contacts/"`,
	"brackets":                      "/contacts/[1]",
	"braces":                        "/contacts/{contactId}",
	"bar":                           "/contacts/a|b",
	"no such operation":             "/nope",
	"below an operation":            "/contacts/1/2",
	"with the stage":                "/v2/contacts/1",
	"longer than the token path":    "/tokens",
	"below the token path":          "/token/1",
	"token path, two slashes":       "/token//",
	"token path in upper case":      "/TOKEN",
	"token path escaped":            "/%74oken",
	"token path and escaped slash":  "/token%2f",
	"health path in upper case":     "/HEALTHZ",
	"health path with a parameter":  "/healthz;x",
	"version 1 in upper case":       "/V1/contacts",
	"version 1 escaped":             "/%761/contacts",
	"version 1 with more":           "/v10/contacts",
	"literal in another case":       "/calendars/Groups",
	"literal escaped":               "/calendars/%67roups",
	"wildcards of a policy":         "/*",
}

func TestPathThatCouldBeReadInTwoWaysIsRefused(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	m := w.create("contacts.readonly", "contacts.write", "calendars.readonly", "calendars/groups.readonly")
	unknown, _ := w.mint([48]byte{1})
	for name, target := range refusedPaths {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"GET", "POST"} {
				for _, query := range []string{"", "?x=/contacts/1"} {
					send(t, a, line(method, target+query)).refused(t, 401, "invalid_token")
					send(t, a, line(method, target+query, bearer("pit_bad"))).refused(t, 401, "invalid_token")
					send(t, a, line(method, target+query, bearer(unknown))).refused(t, 401, "invalid_token")
					send(t, a, line(method, target+query, bearer(m.text))).refused(t, 403, "unknown_route")
				}
			}
		})
	}
	if n := b.calls.Load(); n != 0 {
		t.Errorf("the upstream was called %d times", n)
	}
}

// refused checks a refusal: a problem, and no way to somewhere else.
func (a answer) refused(t *testing.T, status int, code string) {
	t.Helper()
	a.want(t, status, code)
	if a.Header.Get("Location") != "" || a.Header.Get("Cache-Control") != "no-store" {
		t.Error(a.Header)
	}
}

// What is no request target is refused before anyone asks for a token.
func TestTargetThatIsNoPathIsRefused(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	m := w.create("contacts.readonly")
	for name, target := range map[string]string{
		"absolute form, other host": "http://evil.test/contacts/1",
		"absolute form, own host":   "http://api.test/contacts/1",
		"absolute form, https":      "https://evil.test/contacts/1",
		"absolute form, user":       "http://x@evil.test/contacts/1",
		"absolute form, no path":    "http://evil.test",
		"asterisk form":             "*",
		"authority form":            "evil.test:443",
		"no slash":                  "contacts/1",
		"query alone":               "?x",
		"percent alone":             "/contacts/%",
		"half an escape":            "/contacts/%2",
		"no hexadecimal digits":     "/contacts/%zz",
		"control character":         "/contacts/\x01",
		"delete":                    "/contacts/\x7f",
		"tab":                       "/contacts/\t1",
		"space":                     "/contacts/1 /x",
	} {
		t.Run(name, func(t *testing.T) {
			send(t, a, line("GET", target)).refused(t, 400, "bad_request")
			send(t, a, line("GET", target, bearer(m.text))).refused(t, 400, "bad_request")
			send(t, a, line("OPTIONS", target, bearer(m.text))).refused(t, 400, "bad_request")
		})
	}
	if b.calls.Load() != 0 || w.tokens.reads.Load() != 0 {
		t.Errorf("%d calls of the upstream, %d reads", b.calls.Load(), w.tokens.reads.Load())
	}
}

func TestOneTrailingSlashIsNotSignificant(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	m := w.create("contacts.readonly")
	for _, target := range []string{"/contacts", "/contacts/1", "/token"} {
		for _, slash := range []string{"", "/", "?", "/?"} {
			send(t, a, line("GET", target+slash)).refused(t, 401, "invalid_token")
			send(t, a, line("GET", target+slash, bearer(m.text))).want(t, 200, "")
		}
	}
	send(t, a, line("PUT", "/contacts/1", bearer(m.text))).refused(t, 403, "insufficient_scope")
	send(t, a, line("PUT", "/contacts/1/", bearer(m.text))).refused(t, 403, "insufficient_scope")
	if n := b.calls.Load(); n != 8 {
		t.Errorf("the upstream was called %d times, want 8", n)
	}
}

func TestMethodsBeyondAnyReachNobody(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	m := w.create("contacts.readonly")
	for _, method := range []string{"TRACE", "CONNECT", "FOO", "get", "Get", "PROPFIND", "PURGE", "LINK", "QUERY", "GETGET", "DEBUG"} {
		for _, target := range []string{"/contacts/1", "/token", "/healthz", "/v1/contacts", "evil.test:443", "http://evil.test/contacts/1"} {
			if method != "CONNECT" && !strings.HasPrefix(target, "/") {
				continue
			}
			got := send(t, a, line(method, target, bearer(m.text), "X-Http-Method-Override: GET"))
			if got.refused(t, 405, "method_not_allowed"); got.Header.Get("Allow") == "" {
				t.Error("no Allow")
			}
		}
	}
	if b.calls.Load() != 0 || w.tokens.reads.Load() != 0 {
		t.Errorf("%d calls of the upstream, %d reads", b.calls.Load(), w.tokens.reads.Load())
	}
}

func TestMethodIsTheOneOfTheRequestLine(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	m := w.create("contacts.readonly")
	for _, override := range []string{"X-HTTP-Method-Override: GET", "X-HTTP-Method: GET", "X-Method-Override: GET"} {
		send(t, a, line("DELETE", "/contacts/1?_method=GET", bearer(m.text), override)).refused(t, 403, "insufficient_scope")
	}
	for _, method := range []string{"OPTIONS", "PATCH"} { // only where listed
		send(t, a, line(method, "/contacts/1", bearer(m.text))).refused(t, 403, "unknown_route")
	}
	if got := send(t, a, line("HEAD", "/contacts/1", bearer(m.text))); got.StatusCode != 200 {
		t.Error(got.StatusCode)
	}
	if got := send(t, a, line("HEAD", "/contacts", bearer(m.text))); got.StatusCode != 403 {
		t.Error(got.StatusCode)
	}
}

func TestOfTwoTemplatesThatFitTheMoreSpecificDecides(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	one, groups := w.create("calendars.readonly"), w.create("calendars/groups.readonly")
	for _, slash := range []string{"", "/"} {
		send(t, a, line("GET", "/calendars/groups"+slash, bearer(groups.text))).want(t, 200, "")
		got := send(t, a, line("GET", "/calendars/groups"+slash, bearer(one.text)))
		if got.refused(t, 403, "insufficient_scope"); !strings.Contains(got.Header.Get("WWW-Authenticate"), `scope="calendars/groups.readonly"`) {
			t.Error(got.Header)
		}
		send(t, a, line("GET", "/calendars/c1"+slash, bearer(one.text))).want(t, 200, "")
		send(t, a, line("GET", "/calendars/c1"+slash, bearer(groups.text))).refused(t, 403, "insufficient_scope")
	}
}
