package apigateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// twice sends a request to two addresses and compares the answers, but for what
// differs from one request to the next.
func twice(t *testing.T, name, direct, throughJSON, request string) answer {
	t.Helper()
	one, other := send(t, direct, request), send(t, throughJSON, request)
	oneHeader, oneBody := one.static()
	otherHeader, otherBody := other.static()
	for _, perRequest := range []string{"Apigw-Requestid", "X-Amzn-Remapped-Date"} {
		oneHeader.Del(perRequest)
		otherHeader.Del(perRequest)
	}
	if one.StatusCode != other.StatusCode || oneBody != otherBody {
		t.Errorf("%s: %d %s, through JSON %d %s", name, one.StatusCode, oneBody, other.StatusCode, otherBody)
	}
	if diff := cmp.Diff(oneHeader, otherHeader); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
	return one
}

// restRequests are requests of all kinds, with a token of each kind.
func restRequests(w *world) map[string]string {
	full := w.create("contacts.readonly", "contacts.write")
	reader := w.create("contacts.readonly")
	dead := w.create("contacts.readonly")
	w.commit(dead.of.Expire(actor, w.now()))
	damaged := w.create("contacts.readonly")
	w.damage(damaged, without("mac"))
	credentials := map[string][]string{
		"none": nil, "empty": {"Authorization:"}, "full": {bearer(full.text)}, "bare": {"authorization: " + full.text}, "reader": {bearer(reader.text)},
		"dead": {bearer(dead.text)}, "damaged": {bearer(damaged.text)}, "Basic": {"Authorization: Basic x"}, "no UTF-8": {"Authorization: Bearer \xff\xfe"},
		"two": {bearer(full.text), bearer(reader.text)}, "two alike": {bearer(full.text), bearer(full.text)}, "quote": {`Authorization: "`},
	}
	requests := map[string]string{
		"binary body":   line("POST", "/contacts/", bearer(full.text), "Content-Length: 4") + "\xff\x00ab",
		"text body":     line("POST", "/contacts/", bearer(full.text), "Content-Length: 9", "Content-Type: application/json") + `{"a":"é"}`,
		"odd query":     line("GET", "/contacts/1?a=1&a=2&b&=c&%ff=%ff&d=%zz&\xfe=\xfe&e=%C3%A9&<>&;", bearer(full.text)),
		"odd headers":   line("GET", "/contacts/1", bearer(full.text), "X-Raw: \xff\xc3", "X-Two: 1", "X-Two: 2", "X-Empty:", "User-Agent: \xff", "X-Account-Id: evil", "X-Html: <&>"),
		"escaped path":  line("GET", "/contacts/caf%C3%A9%20x", bearer(full.text)),
		"too large":     post(maxPayload+1, true, bearer(full.text)),
		"long path":     line("GET", "/contacts/"+strings.Repeat("1", 2000), bearer(full.text)),
		"large headers": line("GET", "/contacts/1", "X-Pad: "+strings.Repeat("x", maxHeaders)),
	}
	for who, header := range credentials {
		for name, target := range refusedPaths {
			requests[name+", "+who] = line("GET", target, header...)
		}
		for _, target := range []string{"/contacts/1", "/contacts/1/", "/contacts/", "/token", "/token/", "/v1/x", "/healthz", "/", "*", "http://evil.test/contacts/1"} {
			for _, method := range []string{"GET", "DELETE", "HEAD", "TRACE"} {
				requests[method+" "+target+", "+who] = line(method, target, header...)
			}
		}
	}
	return requests
}

func TestRESTRequestsComeOutAlikeThroughJSON(t *testing.T) {
	w := newWorld(t)
	requests := restRequests(w)
	for name, upstream := range map[string]func(*function) Upstream{
		"lambda": func(f *function) Upstream { return f.lambda() },
		"echo":   func(*function) Upstream { return Echo() },
	} {
		var one, other function
		direct, json := w.rest(upstream(&one)), w.rest(upstream(&other))
		json.ThroughJSON = true
		a, b := serve(t, NewREST(direct)), serve(t, NewREST(json))
		allowed := 0
		for request, text := range requests {
			if got := twice(t, name+": "+request, a, b, text); got.StatusCode == 200 {
				allowed++
			}
			if diff := cmp.Diff(one.event, other.event, cmpopts.IgnoreFields(events.APIGatewayProxyRequestContext{},
				"RequestID", "ExtendedRequestID", "RequestTime", "RequestTimeEpoch")); diff != "" {
				t.Errorf("%s: %s: the events differ: %s", name, request, diff)
			}
		}
		if allowed < 20 {
			t.Errorf("%s: only %d of %d requests passed", name, allowed, len(requests))
		}
	}
}

func TestLambdaAnswersComeOutAlikeThroughJSON(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly")
	for name, answer := range map[string]*events.APIGatewayProxyResponse{
		"plain":   {StatusCode: 200, Body: "<é>"},
		"headers": {StatusCode: 404, Headers: map[string]string{"A": "1", "Date": "x"}, MultiValueHeaders: map[string][]string{"b": {"1", "2"}}},
		"base64":  {StatusCode: 200, Body: "/wA=", IsBase64Encoded: true},
		"zero":    {},
	} {
		f := &function{answer: answer}
		direct, json := w.rest(f.lambda()), w.rest(f.lambda())
		json.ThroughJSON = true
		twice(t, name, serve(t, NewREST(direct)), serve(t, NewREST(json)), line("GET", "/contacts/1", bearer(m.text)))
	}
}

func TestHTTPRequestsComeOutAlikeThroughJSON(t *testing.T) {
	answer := &httpAnswer{StatusCode: 201, Headers: map[string]string{"X-A": "<1>"}, Cookies: []string{"a=1"}, Body: "/wA=", IsBase64Encoded: true}
	one, other := &httpAPI{answer: answer}, &httpAPI{answer: answer}
	a := one.serve(t)
	config := other.config()
	config.ThroughJSON = true
	h, err := NewHTTP(config)
	if err != nil {
		t.Fatal(err)
	}
	b := serve(t, h)
	body := func(text string, header ...string) string {
		return line("POST", "/things/1/parts/2?x=1&x=2&%ff=\xff", append(header, bearer("good"), fmt.Sprint("Content-Length: ", len(text)))...) + text
	}
	requests := map[string]string{
		"public":      line("GET", "/public", "X-Raw: \xff", "User-Agent: \xff", "Cookie: a=1;b=2"),
		"json":        body(`{"a":"<é>"}`, "Content-Type: application/json"),
		"broken json": body("{\"a\":\"\xff\"}", "Content-Type: application/json"),
		"binary":      body("\xff\x00", "Content-Type: image/x"),
		"no type":     body("a"),
		"empty":       body(""),
	}
	for _, header := range []string{"X-None: 1", "Authorization:", "Authorization: Bearer good", "Authorization: Bearer old", "Authorization: Bearer bad"} {
		for _, target := range refusedPaths {
			requests[target+", "+header] = line("GET", target, header)
		}
		for _, target := range []string{"/things", "/things/", "/things/1", "/things/special", "/public", "/things/a.b", "/", "*"} {
			requests[target+", "+header] = line("GET", target, header)
		}
	}
	for name, request := range requests {
		twice(t, name, a, b, request)
		if diff := cmp.Diff(one.event, other.event, cmpopts.IgnoreFields(events.APIGatewayV2HTTPRequestContext{}, "RequestID", "Time", "TimeEpoch")); diff != "" {
			t.Errorf("%s: the events differ: %s", name, diff)
		}
	}
	if one.event == nil {
		t.Error("no request passed")
	}
}

// The golden event is a `GET /contacts/ada?limit=1` of a browser through a CDN.
// The stand-in makes of that request the same event, but for
// what is a deployment's own and the letter case of headers.
func TestAuthorizerEventIsTheGoldenOne(t *testing.T) {
	payload, err := os.ReadFile("../../../events/authorizer.json")
	if err != nil {
		t.Fatal(err)
	}
	var want authorizerEvent
	if err := json.Unmarshal(payload, &want); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/contacts/ada?limit=1", nil)
	r.RemoteAddr = "198.51.100.7:12345"
	for name, values := range want.MultiValueHeaders {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	r.Host = want.Headers["Host"]
	c := &call{r: r, path: "/contacts/ada", query: "limit=1", resource: proxy, arn: arnPrefix + "GET/contacts/ada"}
	got := c.authorizerEvent()
	for _, e := range []*authorizerEvent{got, &want} {
		e.MethodARN = e.MethodARN[strings.Index(e.MethodARN, "/"):]
		e.RequestContext = events.APIGatewayProxyRequestContext{
			Stage: e.RequestContext.Stage, Path: e.RequestContext.Path, ResourcePath: e.RequestContext.ResourcePath, HTTPMethod: e.RequestContext.HTTPMethod,
		}
		e.StageVariables = nil
		e.Headers, e.MultiValueHeaders = lowerNames(e.Headers), lowerNames(e.MultiValueHeaders)
		delete(e.Headers, "x-forwarded-proto")
		delete(e.MultiValueHeaders, "x-forwarded-proto")
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Error(diff)
	}
}

func lowerNames[V any](header map[string]V) map[string]V {
	lower := make(map[string]V, len(header))
	for name, value := range header {
		lower[strings.ToLower(name)] = value
	}
	return lower
}
