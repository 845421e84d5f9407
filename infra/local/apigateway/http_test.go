package apigateway

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

type (
	httpEvent  = events.APIGatewayV2HTTPRequest
	httpAnswer = events.APIGatewayV2HTTPResponse
)

// httpAPI is an HTTP API whose functions all do this.
type httpAPI struct {
	event  *httpEvent
	answer *httpAnswer
	err    error
}

func (f *httpAPI) handle(_ context.Context, e *httpEvent) (*httpAnswer, error) {
	f.event = e
	return f.answer, f.err
}

func (f *httpAPI) config() HTTPConfig {
	return HTTPConfig{
		Routes: []Route{
			{"GET", "/things", f.handle, false},
			{"POST", "/things/{thing}/parts/{part}", f.handle, false},
			{"GET", "/things/special", f.handle, false},
			{"GET", "/things/{thing}", f.handle, false},
			{"GET", "/public", f.handle, true},
		},
		Verify: func(_ context.Context, bearer string) (map[string]any, error) {
			switch bearer {
			case "good":
				return map[string]any{"sub": "u1", "groups": []any{"a", "b"}, "exp": 1.8e9, "ok": true, "none": nil}, nil
			case "old":
				return nil, &TokenError{Description: "the token has expired"}
			}
			return nil, errors.New("secret reason")
		},
		Log: slog.New(slog.DiscardHandler),
	}
}

func (f *httpAPI) serve(t *testing.T) string {
	t.Helper()
	if f.answer == nil {
		f.answer = &httpAnswer{StatusCode: 200}
	}
	h, err := NewHTTP(f.config())
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, h)
}

func TestFunctionGetsTheEventOfAnHTTPAPI(t *testing.T) {
	f := &httpAPI{}
	got := send(t, f.serve(t), line("POST", "/things/t-1/parts/p_2?x=1&x=2%2B&y=a%20b&z", bearer("good"), "Cookie: a=1; b=2", "Cookie: c=3", "X-Two: 1", "x-two: 2",
		"User-Agent: test/1", "Content-Type: application/json; charset=utf-8", "Content-Length: 2")+"{}")
	if got.StatusCode != 200 {
		t.Fatal(got.Text)
	}
	e := *f.event
	if at := time.UnixMilli(e.RequestContext.TimeEpoch).UTC(); time.Since(at) > time.Minute || e.RequestContext.Time != at.Format("02/Jan/2006:15:04:05 +0000") {
		t.Errorf("time %d, %s", e.RequestContext.TimeEpoch, e.RequestContext.Time)
	}
	e.RequestContext.TimeEpoch, e.RequestContext.Time = 0, ""
	const key = "POST /things/{thing}/parts/{part}"
	want := httpEvent{
		Version: "2.0", RouteKey: key, RawPath: "/things/t-1/parts/p_2", RawQueryString: "x=1&x=2%2B&y=a%20b&z",
		Cookies: []string{"a=1", "b=2", "c=3"},
		Headers: map[string]string{
			"authorization": "Bearer good", "content-length": "2", "content-type": "application/json; charset=utf-8", "host": "api.test",
			"user-agent": "test/1", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http", "x-two": "1,2",
		},
		QueryStringParameters: map[string]string{"x": "1,2+", "y": "a b", "z": ""},
		PathParameters:        map[string]string{"thing": "t-1", "part": "p_2"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: key, AccountID: "000000000000", Stage: "$default", RequestID: got.Header.Get("Apigw-Requestid"), APIID: "local",
			DomainName: "api.test", DomainPrefix: "api",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "POST", Path: "/things/t-1/parts/p_2", Protocol: "HTTP/1.1", SourceIP: "127.0.0.1", UserAgent: "test/1",
			},
			Authorizer: &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
				JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{
					Claims: map[string]string{"sub": "u1", "groups": "[a b]", "exp": "1800000000", "ok": "true"},
				},
			},
		},
		Body: "{}",
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

func TestBodyIsTextForTextTypesAndBase64ForOthers(t *testing.T) {
	f := &httpAPI{}
	a := f.serve(t)
	for _, c := range []struct {
		contentType, body string
		encoded           bool
	}{
		{"application/json", `{"a":"é"}`, false},
		{"APPLICATION/JSON; charset=utf-8", `{}`, false},
		{"text/csv", "a", false},
		{"application/xml", "a", false},
		{"application/javascript", "a", false},
		{"application/x-www-form-urlencoded", "a=b", true},
		{"application/octet-stream", "a", true},
		{"", "a", true},
		{"application/json", "\"\xff\"", true},
		{"application/octet-stream", "", false},
	} {
		send(t, a, strings.Replace(line("POST", "/things/1/parts/2", bearer("good"), "Content-Type: "+c.contentType, "Transfer-Encoding: chunked"), "\r\nContent-Type: \r\n", "\r\n", 1)+chunk(c.body))
		want := c.body
		if c.encoded {
			want = base64.StdEncoding.EncodeToString([]byte(c.body))
		}
		if f.event.Body != want || f.event.IsBase64Encoded != c.encoded {
			t.Errorf("%s %q: %q, base64 %t", c.contentType, c.body, f.event.Body, f.event.IsBase64Encoded)
		}
	}
}

// chunk is a body in the chunked coding.
func chunk(body string) string {
	if body == "" {
		return "0\r\n\r\n"
	}
	return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
}

func TestPathWithoutARouteIsNotFound(t *testing.T) {
	f := &httpAPI{}
	a := f.serve(t)
	for _, target := range []string{
		"/", "/thing", "/things/1/parts", "/Things", "/THINGS/1", "//things", "/things//", "/things/../things", "/things/./1",
		"/things/a.b", "/things/a%20b", "/things/%61", "/things/a%2fb", "/things/a%3Fb", "/things/a:b", "/things/é", "/things/a;b", "/things/a\\b",
		"/things/SPECIAL", "/$default/things", "/things/1/parts/2",
	} {
		for _, credential := range []string{bearer("good"), "X-None: 1"} {
			got := send(t, a, line("GET", target, credential))
			if got.StatusCode != 404 || got.Text != `{"message":"Not Found"}` || got.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: %d %s", target, got.StatusCode, got.Text)
			}
		}
	}
	for _, method := range []string{"DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "FOO", "get"} {
		if got := send(t, a, line(method, "/things/1", bearer("good"))); got.StatusCode != 404 {
			t.Errorf("%s: %d", method, got.StatusCode)
		}
	}
	for _, target := range []string{"http://evil.test/things/1", "*", "evil.test:80"} {
		if got := send(t, a, line("OPTIONS", target, bearer("good"))); got.StatusCode != 400 {
			t.Errorf("%s: %d", target, got.StatusCode)
		}
	}
	if f.event != nil {
		t.Error("a function was called")
	}
}

func TestRouteWithoutAValidJWTIsUnauthorized(t *testing.T) {
	f := &httpAPI{}
	a := f.serve(t)
	challenge := func(description string) string {
		return `Bearer scope="" error="invalid_token" error_description="` + description + `"`
	}
	for _, c := range []struct {
		header    []string
		challenge string
	}{
		{nil, "Bearer"},
		{[]string{"Authorization:"}, "Bearer"},
		{[]string{"Authorization:   "}, "Bearer"},
		{[]string{"Authorization: Bearer old"}, challenge("the token has expired")},
		{[]string{"Authorization: Bearer bad"}, challenge("the token can not be verified")},
		{[]string{"Authorization: Basic good"}, challenge("the token can not be verified")},
		{[]string{"Authorization: Bearer good", "Authorization: Bearer good"}, challenge("the token can not be verified")},
	} {
		got := send(t, a, line("GET", "/things/1", c.header...))
		if got.StatusCode != 401 || got.Text != `{"message":"Unauthorized"}` || got.Header.Get("www-authenticate") != c.challenge {
			t.Errorf("%v: %d %s %s", c.header, got.StatusCode, got.Text, got.Header.Get("www-authenticate"))
		}
	}
	if f.event != nil {
		t.Error("a function was called")
	}
	for _, credential := range []string{"Bearer good", "bearer  good", "good"} {
		if got := send(t, a, line("GET", "/things/1", "Authorization: "+credential)); got.StatusCode != 200 {
			t.Errorf("%s: %d", credential, got.StatusCode)
		}
	}
}

func TestPublicRouteHasNoClaimsWhateverIsSent(t *testing.T) {
	f := &httpAPI{}
	if got := send(t, f.serve(t), line("GET", "/public", bearer("good"))); got.StatusCode != 200 || f.event.RequestContext.Authorizer != nil {
		t.Error(got.StatusCode, f.event)
	}
}

func TestFunctionsAnswerIsHandedOn(t *testing.T) {
	f := &httpAPI{answer: &httpAnswer{
		StatusCode: 201, Headers: map[string]string{"content-type": "image/x", "X-A": "1", "Content-Length": "99", "www-authenticate": "kept"},
		Cookies: []string{"a=1; Path=/", "b=2"}, Body: base64.StdEncoding.EncodeToString([]byte("\xff")), IsBase64Encoded: true,
	}}
	got := send(t, f.serve(t), line("GET", "/public"))
	id := got.Header.Get("apigw-requestid")
	got.Header.Del("Date")
	want := http.Header{
		"Content-Type": {"image/x"}, "X-A": {"1"}, "Content-Length": {"1"}, "Www-Authenticate": {"kept"},
		"Set-Cookie": {"a=1; Path=/", "b=2"}, "Apigw-Requestid": {id},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" || got.StatusCode != 201 || got.Text != "\xff" || id == "" {
		t.Error(got.StatusCode, diff)
	}
}

func TestFunctionThatFailsIsAnInternalError(t *testing.T) {
	for name, f := range map[string]*httpAPI{
		"error":         {answer: &httpAnswer{StatusCode: 200}, err: errors.New("secret")},
		"status 0":      {answer: &httpAnswer{Body: "secret"}},
		"broken base64": {answer: &httpAnswer{StatusCode: 200, Body: "!", IsBase64Encoded: true}},
	} {
		got := send(t, f.serve(t), line("GET", "/public"))
		if got.StatusCode != 500 || got.Text != `{"message":"Internal Server Error"}` {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.Text)
		}
	}
	config := (&httpAPI{}).config()
	config.Routes = []Route{
		{"GET", "/null", func(context.Context, *httpEvent) (*httpAnswer, error) { return nil, nil }, true},
		{"GET", "/panic", func(context.Context, *httpEvent) (*httpAnswer, error) { panic("oh") }, true},
	}
	h, err := NewHTTP(config)
	if err != nil {
		t.Fatal(err)
	}
	a := serve(t, h)
	for _, target := range []string{"/null", "/panic"} {
		if got := send(t, a, line("GET", target)); got.StatusCode != 500 {
			t.Errorf("%s: %d", target, got.StatusCode)
		}
	}
}

func TestHTTPAPIHasTheLimitsOfTheRealOne(t *testing.T) {
	f := &httpAPI{}
	a := f.serve(t)
	for _, chunked := range []bool{false, true} {
		request := strings.Replace(post(maxBody+1, chunked, bearer("good")), "/contacts/", "/things/1/parts/2", 1)
		if got := send(t, a, request); got.StatusCode != 413 || got.Text != `{"message":"Request Entity Too Large"}` {
			t.Errorf("%d %s", got.StatusCode, got.Text)
		}
	}
	if got := send(t, a, line("GET", "/public", "X-Pad: "+strings.Repeat("x", maxHeaders))); got.StatusCode != 431 {
		t.Error(got.StatusCode)
	}
	room := maxHeaders - len("GET /public? HTTP/1.1"+"Host"+"api.test")
	if got := send(t, a, line("GET", "/public?"+strings.Repeat("x", room+1))); got.StatusCode != 431 {
		t.Errorf("request line: %d", got.StatusCode)
	}
	if f.event != nil {
		t.Error("a function was called")
	}
	if got := send(t, a, line("GET", "/public?"+strings.Repeat("x", room))); got.StatusCode != 200 {
		t.Errorf("request line: %d", got.StatusCode)
	}
	request := strings.Replace(post(maxBody, true, bearer("good")), "/contacts/", "/things/1/parts/2", 1)
	if got := send(t, a, request); got.StatusCode != 200 {
		t.Error(got.StatusCode)
	}
}

func TestGreedyRouteTakesWhatNoOtherDoes(t *testing.T) {
	f := &httpAPI{answer: &httpAnswer{StatusCode: 200}}
	config := f.config()
	config.Greedy = &Route{"GET", "/{proxy+}", f.handle, true}
	h, err := NewHTTP(config)
	if err != nil {
		t.Fatal(err)
	}
	a := serve(t, h)
	for target, path := range map[string]string{
		"/nowhere": "/nowhere", "/things/a%2fb": "/things/a/b", "//x/../y/": "//x/../y/", "/a%3Fb=c": "/a", "/public/x?y=z": "/public/x",
	} {
		f.event = nil
		got := send(t, a, line("GET", target))
		if got.StatusCode != 200 || f.event == nil || f.event.RouteKey != "GET /{proxy+}" || f.event.RawPath != path || f.event.PathParameters["proxy"] != path[1:] {
			t.Errorf("%s: %d, %+v", target, got.StatusCode, f.event)
		}
	}
	f.event = nil
	for _, refused := range []string{line("POST", "/nowhere"), line("GET", "/"), line("GET", "/%zz"), line("GET", "/things")} {
		if got := send(t, a, refused); got.StatusCode < 400 || f.event != nil {
			t.Errorf("%s: %d", refused, got.StatusCode)
		}
	}
}

func TestRoutesThatCollideAreRefused(t *testing.T) {
	_, err := NewHTTP(HTTPConfig{Routes: []Route{{Method: "GET", Template: "/a/{x}"}, {Method: "GET", Template: "/a/{y}"}}})
	if err == nil || !strings.Contains(err.Error(), "/a/{x}") {
		t.Error(err)
	}
}
