package apigateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

func TestAllowedRequestReachesTheUpstreamWithItsCaller(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly", "contacts.write")
	got := send(t, serve(t, NewREST(w.rest(Echo()))), line("GET", "/contacts/ada?limit=1", bearer(m.text), `X-Quote: a"b`, "X-Two: 1", "x-two: 2"))
	want := fmt.Sprintf(`{"method":"GET","path":"/contacts/ada","query":"limit=1","headers":{"X-Account-Id":"acme","X-Forwarded-For":"127.0.0.1",`+
		`"X-Integration-Id":"%s","X-Quote":"a\"b","X-Scopes":"contacts.readonly contacts.write","X-Token-Id":"%s","X-Two":"1, 2"},"body":"","isBase64Encoded":false}`+"\n",
		m.of.ID, m.of.Current.ID)
	if diff := cmp.Diff(want, got.Text); diff != "" || got.StatusCode != http.StatusOK {
		t.Error(got.StatusCode, diff)
	}
}

func TestEchoTellsTheQueryAndTheBodyAsTheyWereSent(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	m := w.create("contacts.write")
	long := strings.Repeat("a", maxEchoed-1) + "éb"
	for sent, want := range map[string]struct {
		body   string
		base64 bool
		bytes  int
	}{
		"":              {},
		`{"a": "é"}`:    {body: `{"a": "é"}`},
		"\x00\xff":      {body: "AP8=", base64: true},
		long:            {body: strings.Repeat("a", maxEchoed-1), bytes: maxEchoed + 2},
		long + "\xff":   {body: base64.StdEncoding.EncodeToString([]byte(long)[:maxEchoed]), base64: true, bytes: maxEchoed + 3},
		"a\r\nb\u2028c": {body: "a\r\nb\u2028c"},
	} {
		got := send(t, a, line("PUT", "/contacts/ada?q=%22a%22&q=&x", bearer(m.text), fmt.Sprintf("Content-Length: %d", len(sent)))+sent)
		var told struct {
			Query, Body     string
			IsBase64Encoded bool
			BodyBytes       int
		}
		if err := json.Unmarshal([]byte(got.Text), &told); err != nil {
			t.Fatal(err, got.Text)
		}
		if told.Query != "q=%22a%22&q=&x" || told.Body != want.body || told.IsBase64Encoded != want.base64 || told.BodyBytes != want.bytes {
			t.Errorf("%.40q is told as %.200s", sent, got.Text)
		}
	}
}

func TestEveryAnswerHasARequestIDOfItsOwn(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for _, target := range []string{"/healthz", "/healthz", "/contacts/1", "/", "/v1", "/%zz", "*"} {
		id := send(t, a, line("GET", target)).Header.Get("x-amzn-RequestId")
		if !uuid.MatchString(id) || seen[id] {
			t.Errorf("%s: request id %q", target, id)
		}
		seen[id] = true
	}
}

func TestResourcesWithoutAuthorizerReadNoStore(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	m := w.create("contacts.readonly")
	for _, c := range []struct {
		method, target string
		status         int
		code           string
	}{
		{"GET", "/healthz", 200, ""},
		{"GET", "/healthz/", 200, ""},
		{"GET", "/healthz?deep=1", 200, ""},
		{"POST", "/healthz", 404, "not_found"},
		{"HEAD", "/healthz", 404, ""},
		{"POST", "/token", 404, "not_found"},
		{"DELETE", "/token/", 404, "not_found"},
		{"GET", "/", 404, "not_found"},
		{"POST", "/", 404, "not_found"},
		{"GET", "/v1", 404, "use_api_v2"},
		{"GET", "/v1/", 404, "use_api_v2"},
		{"PUT", "/v1/contacts/1?x=y", 404, "use_api_v2"},
		{"GET", "/v1/../contacts/1", 404, "use_api_v2"},
		{"OPTIONS", "/v1//", 404, "use_api_v2"},
	} {
		got := send(t, a, line(c.method, c.target, bearer(m.text)))
		if got.want(t, c.status, c.code); t.Failed() {
			t.Fatal(c.method, c.target)
		}
		if c.status == 200 && got.Text != `{"status":"ok"}` {
			t.Errorf("%s: %s", c.target, got.Text)
		}
	}
	if w.tokens.reads.Load() != 0 || b.calls.Load() != 0 {
		t.Errorf("%d reads, %d calls of the upstream", w.tokens.reads.Load(), b.calls.Load())
	}
}

func TestUpstreamThatServesV1IsBehindTheAuthorizerThere(t *testing.T) {
	w := newWorld(t)
	config := w.rest(Echo())
	config.ServesV1 = true
	a := serve(t, NewREST(config))
	send(t, a, line("GET", "/v1/contacts")).want(t, 401, "invalid_token")
	send(t, a, line("GET", "/v1/contacts", bearer(w.create("contacts.readonly").text))).want(t, 403, "unknown_route")
}

// authorizerOf is an API whose authorizer answers only this.
func authorizerOf(w *world, upstream Upstream, response *gateway.AuthorizerResponse, err error) RESTConfig {
	config := w.rest(upstream)
	config.Authorizer = func(context.Context, *gateway.AuthorizerRequest) (*gateway.AuthorizerResponse, error) {
		return response, err
	}
	return config
}

func TestOnlyAPolicyThatAllowsThisCallLetsItPass(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	policy := func(change func(r *gateway.AuthorizerResponse, s *gateway.Statement)) *gateway.AuthorizerResponse {
		r, _ := allowAll(t.Context(), &gateway.AuthorizerRequest{Path: "/contacts/1"})
		change(r, &r.PolicyDocument.Statement[0])
		return r
	}
	type response = gateway.AuthorizerResponse
	type statement = gateway.Statement
	for name, c := range map[string]struct {
		response *response
		err      error
		status   int
	}{
		"allow":                {policy(func(*response, *statement) {}), nil, 200},
		"allow this call":      {policy(func(_ *response, s *statement) { s.Resource = arnPrefix + "GET/contacts/1" }), nil, 200},
		"allow any action":     {policy(func(_ *response, s *statement) { s.Action = "*" }), nil, 200},
		"Unauthorized":         {nil, errors.New("Unauthorized"), 401},
		"other error":          {nil, errors.New("unauthorized"), 503},
		"wrapped error":        {nil, errors.New("x: Unauthorized"), 503},
		"error and an allow":   {policy(func(*response, *statement) {}), errors.New("fault"), 503},
		"null":                 {nil, nil, 503},
		"no principal":         {policy(func(r *response, _ *statement) { r.PrincipalID = "" }), nil, 503},
		"no version":           {policy(func(r *response, _ *statement) { r.PolicyDocument.Version = "" }), nil, 503},
		"effect in lower case": {policy(func(_ *response, s *statement) { s.Effect = "allow" }), nil, 503},
		"no effect":            {policy(func(_ *response, s *statement) { s.Effect = "" }), nil, 503},
		"no action":            {policy(func(_ *response, s *statement) { s.Action = "" }), nil, 503},
		"no resource":          {policy(func(_ *response, s *statement) { s.Resource = "" }), nil, 503},
		"deny":                 {policy(func(_ *response, s *statement) { s.Effect = "Deny" }), nil, 403},
		"another action":       {policy(func(_ *response, s *statement) { s.Action = "execute-api:ManageConnections" }), nil, 403},
		"another path":         {policy(func(_ *response, s *statement) { s.Resource = arnPrefix + "GET/contacts/2" }), nil, 403},
		"another method":       {policy(func(_ *response, s *statement) { s.Resource = arnPrefix + "POST/*" }), nil, 403},
		"another stage":        {policy(func(_ *response, s *statement) { s.Resource = strings.Replace(arnPrefix, "/v2/", "/v3/", 1) + "*" }), nil, 403},
	} {
		before := b.calls.Load()
		a := serve(t, NewREST(authorizerOf(w, b.upstream(t), c.response, c.err)))
		got := send(t, a, line("GET", "/contacts/1"))
		if got.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, got.StatusCode, c.status)
		}
		if called := b.calls.Load() > before; called != (c.status == 200) {
			t.Errorf("%s: upstream called: %t", name, called)
		}
		if (got.Header.Get("Retry-After") != "") != (c.status == 503) {
			t.Errorf("%s: Retry-After %q", name, got.Header.Get("Retry-After"))
		}
	}
}

func TestPanicOfTheAuthorizerIsAFaultOfOurs(t *testing.T) {
	w := newWorld(t)
	config := w.rest(Echo())
	config.Authorizer = func(context.Context, *gateway.AuthorizerRequest) (*gateway.AuthorizerResponse, error) { panic("oh") }
	send(t, serve(t, NewREST(config)), line("GET", "/contacts/1")).want(t, 503, "unavailable")
}

func TestPolicyPatternsMatchAsIAMDoes(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"a", "ab", false}, {"ab", "a", false},
		{"*", "", true}, {"*", "a/b", true}, {"a*", "a", true}, {"*b", "aab", true}, {"*b", "ba", false},
		{"a*c*e", "abcde", true}, {"a*c*e", "abde", false}, {"a*bc", "abcbbc", true}, {"**", "x", true},
		{"?", "/", true}, {"?", "", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"*?", "a", true}, {"?*?", "a", false},
		{strings.Repeat("a*", 50) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := matches(c.pattern, c.s); got != c.want {
			t.Errorf("%.20q matches %.20q: %t", c.pattern, c.s, got)
		}
	}
}
