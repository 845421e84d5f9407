package gateway_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// formEvent is a form that a browser sends to an HTTP API, which has base64 made
// of it.
const formEvent = `{
	"version": "2.0", "routeKey": "POST /signin", "rawPath": "/a b", "rawQueryString": "x=1&x=2&y=%2F",
	"cookies": ["one=1", "two=\"2\"", "one=3"],
	"headers": {"host": "else.example.com", "content-type": "application/x-www-form-urlencoded", "accept": "a,b", "x-forwarded-proto": "https"},
	"queryStringParameters": {"x": "1,2", "y": "/"},
	"requestContext": {"requestId": "r-1", "stage": "$default", "domainName": "console.example.com",
		"http": {"method": "POST", "path": "/a b", "protocol": "HTTP/1.1", "sourceIp": "2001:db8::1"}},
	"body": "BODY", "isBase64Encoded": true
}`

// invoke hands the event of a text to h as Lambda would.
func invoke(t *testing.T, h http.HandlerFunc, event string) *events.APIGatewayV2HTTPResponse {
	t.Helper()
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	answer, err := gateway.Pages(h)(t.Context(), &e)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestServedHandlerSeesTheRequestThatWasSent(t *testing.T) {
	body := base64.StdEncoding.EncodeToString([]byte("name=A+b&name=c%26d"))
	called := false
	invoke(t, func(_ http.ResponseWriter, r *http.Request) {
		called = true
		var cookies []string
		for _, c := range r.Cookies() {
			cookies = append(cookies, c.String())
		}
		if err := r.ParseForm(); err != nil {
			t.Fatal(err)
		}
		got := []any{
			r.Method, r.Host, r.URL.Path, r.RequestURI, r.RemoteAddr, r.ContentLength, cookies, r.Header["Accept"], r.Header["Host"],
			r.Form["x"], r.Form["y"], r.PostForm["name"], gateway.RequestID(r.Context()), r.Header.Get("X-Forwarded-Proto"),
		}
		want := []any{
			"POST", "console.example.com", "/a b", "/a%20b?x=1&x=2&y=%2F", "[2001:db8::1]:0", int64(19), []string{"one=1", `two="2"`, "one=3"}, []string{"a,b"}, []string(nil),
			[]string{"1", "2"}, []string{"/"}, []string{"A b", "c&d"}, "r-1", "https",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}, strings.Replace(formEvent, "BODY", body, 1))
	if !called {
		t.Error("the handler was not called")
	}
}

// A semicolon, which net/http does not take for a separator.
func TestPagesTellOfQueriesThatCanNotBeReadByThemselves(t *testing.T) {
	event := strings.NewReplacer("x=1&x=2", "x;y", "BODY", "").Replace(formEvent)
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	page := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "x;y&y=%2F" || r.ParseForm() == nil {
			t.Errorf("the query is %q", r.URL.RawQuery)
		}
		http.Error(w, "can't be read", http.StatusBadRequest)
	}
	if answer := invoke(t, page, event); answer.Body != "can't be read\n" {
		t.Errorf("%d %s", answer.StatusCode, answer.Body)
	}
	answer, err := gateway.HTTP(gateway.Serve(http.HandlerFunc(page)))(t.Context(), &e)
	if err != nil || answer.StatusCode != http.StatusBadRequest || !strings.Contains(answer.Body, `"code":"bad_request"`) {
		t.Errorf("an operation answers %d %s, %v", answer.StatusCode, answer.Body, err)
	}
}

func TestServedHandlersAnswerIsTheOneOfNetHTTP(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"nothing":      func(http.ResponseWriter, *http.Request) {},
		"a page":       func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html><p>é") },
		"a redirect":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/a?b=c%20d", http.StatusSeeOther) },
		"an error":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) },
		"bytes":        func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x89PNG\x0d\x0a\x1a\x0a\xff")) },
		"no content":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"not modified": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
		"two statuses": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) },
		"early hints":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(201) },
		"cookies": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Set-Cookie"] = []string{"a=1; Path=/", "b=2"}
		},
		"a late header": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("x"))
			w.Header().Set("X-Late", "1")
		},
		"header of two": func(w http.ResponseWriter, _ *http.Request) { w.Header()["Vary"] = []string{"Cookie", "Accept"} },
		"its media type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			_, _ = w.Write([]byte("a"))
		},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(method+" "+name, func(t *testing.T) {
				server := httptest.NewRecorder()
				request := httptest.NewRequestWithContext(t.Context(), method, "/here", nil)
				h(server, request)
				want := server.Result()
				event := strings.Replace(`{"rawPath": "/here", "requestContext": {"http": {"method": "GET", "path": "/here"}}}`, "GET", method, 1)
				got := invoke(t, h, event)
				body, status := server.Body.Bytes(), want.StatusCode
				if method == "HEAD" {
					body = nil
				}
				if name == "early hints" {
					status = 201 // the recorder of net/http takes the first for the status
				}
				gotBody := []byte(got.Body)
				if got.IsBase64Encoded {
					gotBody, _ = base64.StdEncoding.DecodeString(got.Body)
				}
				if got.StatusCode != status || string(gotBody) != string(body) {
					t.Errorf("%d %q, want %d %q", got.StatusCode, gotBody, status, body)
				}
				if diff := cmp.Diff(want.Header["Set-Cookie"], got.Cookies); diff != "" {
					t.Errorf("cookies: %s", diff)
				}
				want.Header.Del("Set-Cookie")
				header := map[string]string{}
				for name, values := range want.Header {
					header[name] = strings.Join(values, ", ")
				}
				if diff := cmp.Diff(header, got.Headers); diff != "" {
					t.Errorf("header: %s", diff)
				}
			})
		}
	}
}

func TestPanicOfAServedHandlerIsAFaultOfOurs(t *testing.T) {
	answer := invoke(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half a page")
		panic("broken")
	}, `{"rawPath": "/", "requestContext": {"requestId": "r-1", "http": {"method": "GET"}}}`)
	if answer.StatusCode != http.StatusInternalServerError || strings.Contains(answer.Body, "half") || !strings.Contains(answer.Body, "r-1") {
		t.Errorf("%d %s", answer.StatusCode, answer.Body)
	}
}

func TestServedHandlerEndsWithItsRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := gateway.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Err() == nil {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	if answer := h(ctx, &gateway.Request{Method: "GET", Path: "/"}); answer.Status != http.StatusOK {
		t.Error("the request's context lives on")
	}
}
