package attacks_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/api"
)

// private marks what was sent: no refusal may repeat it.
const private = "5eCreT"

// nasty is sent in every place that takes text.
var nasty = []string{
	"", " ", ".", "..", "/", "//", "\\", "?", "#", "%", "%00", "%2f", "%252f", "&", "+", ";", ",", "*", "[", "{", "$", "|",
	"'", `"`, `\"`, "<script>", "{{7*7}}", "${7*7}", "%s%n%d", "' OR '1'='1", `{"$ne":null}`, "../../etc/passwd", "%2e%2e/",
	"\x00", "\x1b[31m", "\x7f", "\r\nX-A: b", "\t", "\u0085", "\u2028", "\u202e", "\ufeff", "\ufffd", "\U0010ffff", "é", "e\u0301", "ﬁ", "ı", "😀",
	"null", "NaN", "-1", "1e999", "9223372036854775808", "2027-01-31T12:00:00Z", "{}", "[]", "__proto__", "ACCOUNT#globex", "INTEGRATION#",
	"account:globex:admin", "pit_", "Bearer x", strings.Repeat("a", 1_000), strings.Repeat("😀", 1_000), strings.Repeat("../", 300),
}

func TestNoTextInAnyPlaceIsAFault(t *testing.T) {
	w := start(t, func(c *runner.Config) { c.MaxIntegrations = 10_000 })
	for _, o := range api.Operations {
		t.Run(o.ID, func(t *testing.T) {
			on, _ := w.create(t)
			path := fill(t, o, "acme", idOf(on))
			for n := 0; n < len(nasty); n += textsApart {
				text := nasty[n] + private
				for _, a := range w.everywhere(t, o, path, text) {
					if a.Status >= http.StatusBadRequest && strings.Contains(string(a.Body), private) {
						t.Errorf("%q is repeated: %s", text, a)
					}
				}
			}
		})
	}
}

// longName is longer than the names of fields and parameters that a refusal
// tells.
const longName = 41

// everywhere sends text in every place of an operation, one after the other.
func (w *world) everywhere(t testing.TB, o api.Operation, path, text string) (answers []localtest.Answer) {
	t.Helper()
	send := func(path, body string, headers ...string) {
		t.Helper()
		answers = append(answers, w.ask(t, o.Method, path, body, headers...))
	}
	segment := url.PathEscape(text)
	send(fill(t, o, segment, unknownID), bodyOf(t, o))
	send(fill(t, o, "acme", segment), bodyOf(t, o))
	send(strings.Replace(path, unknownUser, segment, 1), bodyOf(t, o))
	send(path+segment, bodyOf(t, o))
	send(path+"?"+url.QueryEscape(strings.Repeat("x", longName)+text), bodyOf(t, o))
	for _, p := range o.Query {
		send(path+"?"+p.Name+"="+url.QueryEscape(text), "")
	}
	if header := printable(text); o.Conditional {
		send(path, bodyOf(t, o), "If-Match", `"`+header+`"`)
	} else if o.Idempotent {
		send(path, bodyOf(t, o), "Idempotency-Key", header, "X-Forwarded-For", header)
	} else {
		send(path, bodyOf(t, o), "Authorization", header)
	}
	if o.Input != nil {
		send(path, text)
		for _, m := range membersOf(o) {
			for _, value := range []any{text, map[string]int{strings.Repeat("x", longName) + text: 1}} {
				send(path, changed(t, bodyOf(t, o), m.name, value))
			}
		}
	}
	return answers
}

// changed is body with another value of one member.
func changed(t testing.TB, body, name string, value any) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(body), &members); err != nil {
		t.Fatal(err)
	}
	members[name] = value
	b, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// printable is what of text a header can carry.
func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == '\x7f' {
			return -1
		}
		return r
	}, text))
}

func TestMethodsThatARouteLacksAreRefused(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	untouched := w.untouched(t, path)
	has := map[string]bool{}
	for _, o := range api.Operations {
		has[o.Method+" "+o.Path] = true
	}
	for _, o := range api.Operations {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO", "get", "post"} {
			if has[method+" "+o.Path] {
				continue
			}
			t.Run(method+" "+o.Path, func(t *testing.T) {
				a := w.Manage(method, fill(t, o, "acme", idOf(path)), bodyOf(t, o), "X-Http-Method-Override", o.Method)
				if a.Status != http.StatusNotFound || method != "HEAD" && string(a.Body) != `{"message":"Not Found"}` {
					t.Errorf("got %s", a)
				}
			})
		}
	}
	untouched()
}

func TestPathsThatTwoReadersCouldReadDifferentlyHaveNoRoute(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	id := idOf(path)
	for _, p := range []string{
		"//api/v1/accounts/acme/integrations/" + id, "/x/.." + path, "/." + path, path + "//rotation", path + "/./rotation", path + "/../" + id, path + "/..",
		path + "%2frotation", path + "%5crotation", path + "\\rotation", path + ";x=y", path + "/rotation;x=y", path + "%00", path + "%20", path + "%zz",
		"/api/v1/accounts/globex%2f..%2facme/integrations/" + id, "/api/v1/accounts/%61cme/integrations/" + id, "/api/v1/accounts/acme/integrations/%30" + id[1:],
		"/API/v1/accounts/acme/integrations/" + id, "/api/v1/Accounts/acme/integrations/" + id, "/api/v1/accounts/acme/integrations/" + id + ".json",
		"/api/v1/accounts//integrations", "/api/v1/accounts/acme/globex/integrations", "/api/v1/accounts/acme/integrations//", "/api/v2/accounts/acme/integrations",
	} {
		t.Run(p, func(t *testing.T) {
			a := w.spelt(t, "GET "+p)
			if a.Status != http.StatusNotFound && a.Status != http.StatusBadRequest || strings.Contains(string(a.Body), "acme") {
				t.Errorf("got %s", a)
			}
		})
	}
}

// spelt sends a request line just as it is written, which Go's client would
// not.
func (w *world) spelt(t testing.TB, line string) localtest.Answer {
	t.Helper()
	address := strings.TrimPrefix(w.ManagementURL, "http://")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", line, address, w.jwt()); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	a := answered(t, response)
	w.watch(t, line, a)
	return a
}
