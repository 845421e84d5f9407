package main

import (
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// stack is a running product, with a token and the sign-in of its admin.
func stack(t *testing.T, configure ...func(*runner.Config)) (r *localtest.Runner, living, jwt string) {
	t.Helper()
	r = localtest.Start(t, configure...)
	living = r.Manage("POST", "/api/v1/accounts/acme/integrations", `{"name":"Smoke","scopes":["contacts.readonly"]}`).Token()
	return r, living, string(r.Manage("GET", "/dev/token?user="+localtest.Admin, "").Body)
}

func TestTheLocalStackPassesWithoutANote(t *testing.T) {
	for _, upstream := range []string{"contacts", "echo"} {
		r, living, jwt := stack(t, func(c *runner.Config) { c.Upstream = upstream })
		var out strings.Builder
		err := run(t.Context(), []string{"-api", r.APIURL, "-manage", r.ManagementURL + "/", "-token", living, "-jwt", jwt}, &out)
		if err != nil || strings.Contains("\n"+out.String(), "\n"+string(noted)) {
			t.Errorf("upstream %s: %v\n%s", upstream, err, &out)
		}
		for _, secret := range []string{living[10:], jwt[10:]} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("a secret is told:\n%s", &out)
			}
		}
	}
}

// open answers everything with 200 and an empty object.
var open = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })

func TestAServerThatLetsEverybodyInFails(t *testing.T) {
	s := httptest.NewServer(open)
	defer s.Close()
	var out strings.Builder
	err := run(t.Context(), []string{"-api", s.URL, "-manage", s.URL, "-token", someToken(t)}, &out)
	if err == nil || !strings.Contains(out.String(), string(breach)+"  no token") || !strings.Contains(out.String(), string(breach)+"  list, no sign-in") {
		t.Errorf("%v\n%s", err, &out)
	}
}

func TestOneHoleInAGoodStackIsFound(t *testing.T) {
	r, living, jwt := stack(t)
	public := living[:strings.LastIndex(living, "_")]
	for name, hole := range map[string]struct {
		management bool
		is         func(request string) bool
	}{
		"no token":                                  {false, has("GET /contacts HTTP", "Accept: */*")},
		"a token in the query":                      {false, has("?access_token=pit_")},
		"a typo":                                    {false, has(living[:len(living)-1], but(living), but("Cookie"))},
		"the right id with another secret":          {false, has(public, but(living[:len(living)-1]))},
		"upper case, no token":                      {false, has("GET /CONTACTS ", but("Authorization"))},
		"OPTIONS, no token":                         {false, has("OPTIONS ")},
		"/token, unknown token":                     {false, has("GET /token ", "Authorization", but(living))},
		"headers that say who calls, no token":      {false, has("x_account_id", but("Authorization"))},
		"list, no sign-in, one slash more":          {true, has("GET /api/v1/accounts/acme/integrations/ ", but("Authorization"))},
		"list, no sign-in, out of a public path":    {true, has("GET /healthz/")},
		"create, no sign-in, one slash more":        {true, has("POST /api/v1/accounts/acme/integrations/ ")},
		"delete, no sign-in, one slash more":        {true, has("DELETE ", "smoke/ ")},
		"list, a token of API v2.0, one slash more": {true, has("integrations/ ", living)},
		"list, a JWT that nobody signed":            {true, has(".\r\n\r\n", "integrations ")},
		"list, another account":                     {true, has("smoke-no-account")},
	} {
		t.Run(name, func(t *testing.T) {
			out := smokeThrough(t, r, living, jwt, hole.management, hole.is, "{}")
			if diff := cmp.Diff([]string{"BREACH " + name}, failures(out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAnswerThatIsWrongFailsThoughNobodyGotThrough(t *testing.T) {
	r, living, jwt := stack(t)
	for name, fault := range map[string]struct {
		is   func(request string) bool
		body string
	}{
		"headers that say who calls": {has("x_account_id", living), `{"headers":{"X-Account-Id":"acme","x_account_id":"smoke-evil"}}`},
		"no such route":              {has("/no/such/route", living), "{}"},
		"/token":                     {has("GET /token ", living), `{"active":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			out := smokeThrough(t, r, living, jwt, false, fault.is, fault.body)
			if diff := cmp.Diff([]string{"FAIL " + name}, failures(out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatOnlyAWSKnowsIsNotedAndNoFailure(t *testing.T) {
	r, living, _ := stack(t)
	api := leaky(t, r.APIURL, has("GET //contacts ", living), "{}")
	var out strings.Builder
	if err := run(t.Context(), []string{"-api", api, "-manage", r.ManagementURL, "-token", living}, &out); err != nil || !strings.Contains(out.String(), "note  two slashes at the start") {
		t.Errorf("%v\n%s", err, &out)
	}
}

// has makes a predicate of texts that a request holds, and others, made by but,
// that it does not.
func has(texts ...string) func(request string) bool {
	return func(request string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool {
			text, absent := strings.CutPrefix(text, "\x00")
			return strings.Contains(request, text) == absent
		})
	}
}

func but(text string) string { return "\x00" + text }

// smokeThrough runs the smoke with one of the APIs behind a leaky gateway and
// gives what it printed.
func smokeThrough(t *testing.T, r *localtest.Runner, living, jwt string, management bool, is func(string) bool, body string) string {
	t.Helper()
	api, manage := r.APIURL, r.ManagementURL
	if management {
		manage = leaky(t, manage, is, body)
	} else {
		api = leaky(t, api, is, body)
	}
	var out strings.Builder
	if err := run(t.Context(), []string{"-api", api, "-manage", manage, "-token", living, "-jwt", jwt}, &out); err == nil {
		t.Error("no error")
	}
	return out.String()
}

// failures are the verdicts and names of a report that tell of one.
func failures(out string) (all []string) {
	for line := range strings.SplitSeq(out, "\n") {
		what, _, _ := strings.Cut(line, "expected ")
		if strings.HasPrefix(line, string(failed)) || strings.HasPrefix(line, string(breach)) {
			all = append(all, strings.Join(strings.Fields(what), " "))
		}
	}
	return all
}

// leaky stands in front of a server, hands on every request byte for byte, and
// answers those that is picks by itself, with 200.
func leaky(t *testing.T, to string, is func(request string) bool, body string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { leak(c, strings.TrimPrefix(to, "http://"), is, body) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait()
	})
	return "http://" + l.Addr().String()
}

func leak(c net.Conn, to string, is func(request string) bool, body string) {
	defer func() { _ = c.Close() }()
	buffer := make([]byte, 64<<10)
	n, err := c.Read(buffer) // each request comes in one piece
	if err != nil {
		return
	}
	if is(string(buffer[:n])) {
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		return
	}
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	_, _ = server.Write(buffer[:n])
	_, _ = io.Copy(c, server)
}

func someToken(t *testing.T) string {
	t.Helper()
	f, err := token.NewFormat("pit")
	if err != nil {
		t.Fatal(err)
	}
	return f.Mint(token.Entropy{1}).Reveal()
}

func TestForgedTokensAreCloseAndNone(t *testing.T) {
	f, err := token.NewFormat("pit")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 200 {
		living := f.Mint(token.Entropy{byte(n), 15: byte(n * 7), 47: byte(n)})
		near, err := forge(living.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range []string{near.typo, near.otherCase} {
			if _, err := f.Parse(broken); err == nil || len(broken) != len(near.living) {
				t.Errorf("%s: %v", broken, err)
			}
		}
		unknown, err := f.Parse(near.unknown)
		if err != nil || unknown.ID() == living.ID() {
			t.Errorf("unknown: %v", err)
		}
		other, err := f.Parse(near.otherSecret)
		if err != nil || other.ID() != living.ID() || near.otherSecret == near.living {
			t.Errorf("another secret: %v", err)
		}
	}
	if _, err := forge("pit_x"); err == nil {
		t.Error("what is no token is taken")
	}
}

func TestRequestsAreWrittenAsTheyAreGiven(t *testing.T) {
	s, err := newServer("https://api.test/v2/", "Version: 1")
	if err != nil {
		t.Fatal(err)
	}
	for target, line := range map[string]string{
		"//a/../b%2f;c": "GET /v2//a/../b%2f;c HTTP/1.1\r\nHost: api.test\r\n", "http://evil.test/a": "GET http://evil.test/v2/a HTTP/1.1\r\nHost: api.test\r\n",
	} {
		got := s.written(request{method: "GET", target: target, header: []string{"A : 1\r\n b"}})
		if !strings.HasPrefix(got, line) || !strings.HasSuffix(got, "\r\nVersion: 1\r\nA : 1\r\n b\r\n\r\n") {
			t.Errorf("%q", got)
		}
	}
	for _, text := range []string{"", "api.test", "ftp://api.test", "http://"} {
		if _, err := newServer(text, ""); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestServersAreAskedOverTLSAndHaveToProveTheirName(t *testing.T) {
	server := httptest.NewTLSServer(open)
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s, err := newServer(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.send(t.Context(), request{method: "GET", target: "/"}); err == nil {
		t.Error("a certificate that nobody vouches for is taken")
	}
	s.tls.RootCAs = x509.NewCertPool()
	s.tls.RootCAs.AddCert(server.Certificate())
	if got, err := s.send(t.Context(), request{method: "GET", target: "/"}); err != nil || got.status != 200 || string(got.body) != "{}" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for _, name := range []string{"-api", "-manage", "-token"} {
		args := slices.DeleteFunc([]string{"-api=http://a.test", "-manage=http://m.test", "-token=t"}, func(a string) bool { return strings.HasPrefix(a, name) })
		if err := run(t.Context(), args, io.Discard); err == nil || !strings.HasPrefix(err.Error(), name+" is missing") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
