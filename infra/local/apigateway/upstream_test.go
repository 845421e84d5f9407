package apigateway

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// function is a Lambda function that keeps its last event.
type function struct {
	event  *events.APIGatewayProxyRequest
	answer *events.APIGatewayProxyResponse
	err    error
}

func (f *function) lambda() Lambda {
	return func(_ context.Context, e *events.APIGatewayProxyRequest) (*events.APIGatewayProxyResponse, error) {
		f.event = e
		if f.answer == nil && f.err == nil {
			return &events.APIGatewayProxyResponse{StatusCode: 200}, nil
		}
		return f.answer, f.err
	}
}

func TestLambdaGetsTheEventOfARESTAPI(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.write")
	f := &function{}
	before := time.Now().UnixMilli()
	got := send(t, serve(t, NewREST(w.rest(f.lambda()))),
		line("PUT", "/contacts/a%20b/?x=1&x=2%2B&y&z=%zz", bearer(m.text), "X-Account-Id: evil", "X-Two: 1", "x-two: 2",
			"X-Forwarded-For: 192.0.2.7", "User-Agent: test/1", "Content-Length: 4")+"\xff\x00ab")
	if got.StatusCode != 200 {
		t.Fatal(got.Text)
	}
	e := *f.event
	at := time.UnixMilli(e.RequestContext.RequestTimeEpoch).UTC()
	if at.UnixMilli() < before || time.Since(at) > time.Minute || e.RequestContext.RequestTime != at.Format("02/Jan/2006:15:04:05 +0000") {
		t.Errorf("request time %d, %s", e.RequestContext.RequestTimeEpoch, e.RequestContext.RequestTime)
	}
	e.RequestContext.RequestTimeEpoch, e.RequestContext.RequestTime = 0, ""
	id := got.Header.Get("x-amzn-RequestId")
	multi := map[string][]string{
		"Authorization": {"Bearer " + m.text}, "X-Account-Id": {"evil"}, "X-Two": {"1", "2"}, "User-Agent": {"test/1"}, "Content-Length": {"4"},
		"Host": {"api.test"}, "X-Forwarded-For": {"192.0.2.7, 127.0.0.1"}, "X-Forwarded-Proto": {"http"},
	}
	want := events.APIGatewayProxyRequest{
		Resource: "/{proxy+}", Path: "/contacts/a%20b/", HTTPMethod: "PUT",
		Headers: last(multi), MultiValueHeaders: multi,
		QueryStringParameters:           map[string]string{"x": "2+", "y": "", "z": "%zz"},
		MultiValueQueryStringParameters: map[string][]string{"x": {"1", "2+"}, "y": {""}, "z": {"%zz"}},
		PathParameters:                  map[string]string{"proxy": "contacts/a b"},
		RequestContext: events.APIGatewayProxyRequestContext{
			AccountID: "000000000000", ResourceID: "local", Stage: "v2", DomainName: "api.test", DomainPrefix: "api",
			RequestID: id, ExtendedRequestID: id, Protocol: "HTTP/1.1", HTTPMethod: "PUT", APIID: "local",
			Identity:     events.APIGatewayRequestIdentity{SourceIP: "127.0.0.1", UserAgent: "test/1"},
			ResourcePath: "/{proxy+}", Path: "/v2/contacts/a%20b/",
			Authorizer: map[string]any{
				"principalId": m.of.ID, "accountId": "acme", "integrationId": m.of.ID, "tokenId": string(m.of.Current.ID),
				"scopes": "contacts.write", "path": "/contacts/a%20b/",
			},
		},
		Body: base64.StdEncoding.EncodeToString([]byte("\xff\x00ab")), IsBase64Encoded: true,
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

func TestLambdaEventWithoutQueryHasNullMaps(t *testing.T) {
	w := newWorld(t)
	f := &function{}
	send(t, serve(t, NewREST(w.rest(f.lambda()))), line("GET", "/contacts/1?", bearer(w.create("contacts.readonly").text)))
	if f.event.QueryStringParameters != nil || f.event.MultiValueQueryStringParameters != nil || f.event.Body != "" {
		t.Error(f.event)
	}
}

func TestLambdaAnswerIsHandedOnWithReservedHeadersRenamed(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly")
	f := &function{answer: &events.APIGatewayProxyResponse{
		StatusCode: 418,
		Headers: map[string]string{
			"www-authenticate": "Basic", "DATE": "long ago", "Server": "mine", "Connection": "close", "x-amzn-requestid": "fake",
			"Content-Length": "999", "X-Both": "1", "X-One": "b", "content-type": "text/x",
		},
		MultiValueHeaders: map[string][]string{"x-both": {"1", "2"}, "Set-Cookie": {"a=1", "b=2"}, "X-One": {"a"}},
		Body:              base64.StdEncoding.EncodeToString([]byte("\xff!")), IsBase64Encoded: true,
	}}
	got := send(t, serve(t, NewREST(w.rest(f.lambda()))), line("GET", "/contacts/1", bearer(m.text)))
	id := got.Header.Get("x-amzn-RequestId")
	if at, err := http.ParseTime(got.Header.Get("Date")); err != nil || time.Since(at) > time.Minute {
		t.Error(got.Header)
	}
	got.Header.Del("Date")
	want := http.Header{
		"X-Amzn-Remapped-Www-Authenticate": {"Basic"}, "X-Amzn-Remapped-Date": {"long ago"}, "X-Amzn-Remapped-Server": {"mine"},
		"X-Amzn-Remapped-Connection": {"close"}, "X-Amzn-Requestid": {id}, "Content-Length": {"2"}, "X-Both": {"1", "2"},
		"X-One": {"a", "b"}, "Set-Cookie": {"a=1", "b=2"}, "Content-Type": {"text/x"},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" || got.StatusCode != 418 || got.Text != "\xff!" || id == "fake" {
		t.Error(got.StatusCode, got.Text, diff)
	}
}

func TestLambdaThatFailsOrAnswersNonsenseIsABadGateway(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly")
	for name, f := range map[string]*function{
		"error":         {err: errors.New("secret text")},
		"status 0":      {answer: &events.APIGatewayProxyResponse{Body: "secret text"}},
		"status 199":    {answer: &events.APIGatewayProxyResponse{StatusCode: 199}},
		"status 600":    {answer: &events.APIGatewayProxyResponse{StatusCode: 600}},
		"broken base64": {answer: &events.APIGatewayProxyResponse{StatusCode: 200, Body: "!", IsBase64Encoded: true}},
		"too large":     {answer: &events.APIGatewayProxyResponse{StatusCode: 200, Body: strings.Repeat("b", maxPayload+1)}},
	} {
		got := send(t, serve(t, NewREST(w.rest(f.lambda()))), line("GET", "/contacts/1", bearer(m.text)))
		if got.want(t, 502, "upstream_failed"); t.Failed() || strings.Contains(got.Text, "secret") {
			t.Fatal(name, got.Text)
		}
	}
	var crash Lambda = func(context.Context, *events.APIGatewayProxyRequest) (*events.APIGatewayProxyResponse, error) {
		panic("oh")
	}
	send(t, serve(t, NewREST(w.rest(crash))), line("GET", "/contacts/1", bearer(m.text))).want(t, 502, "upstream_failed")
	var null Lambda = func(context.Context, *events.APIGatewayProxyRequest) (*events.APIGatewayProxyResponse, error) {
		return nil, nil
	}
	send(t, serve(t, NewREST(w.rest(null))), line("GET", "/contacts/1", bearer(m.text))).want(t, 502, "upstream_failed")
	var slow Lambda = func(ctx context.Context, _ *events.APIGatewayProxyRequest) (*events.APIGatewayProxyResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	g := NewREST(w.rest(slow))
	g.integrationTimeout = 10 * time.Millisecond
	send(t, serve(t, g), line("GET", "/contacts/1", bearer(m.text))).want(t, 504, "upstream_timeout")
}

func TestProxyGetsTheCheckedPathAndTheQueryByteForByte(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly", "contacts.write")
	b := newBackend(t)
	under, err := Proxy(b.URL + "/base/")
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{
		"/contacts/1", "/contacts/1/", "/contacts/1?", "/contacts/1?a=b;c&d=%zz&e=%2F", "/contacts/caf%C3%A9%20x", "/contacts/!$&'()*+,=:@", "/contacts/1?//../x",
	} {
		send(t, serve(t, NewREST(w.rest(b.upstream(t)))), line("GET", target, bearer(m.text))).want(t, 200, "")
		if got := b.last.Load().Target; got != target {
			t.Errorf("%s came as %s", target, got)
		}
		send(t, serve(t, NewREST(w.rest(under))), line("GET", target, bearer(m.text))).want(t, 200, "")
		if got := b.last.Load().Target; got != "/base"+target {
			t.Errorf("/base%s came as %s", target, got)
		}
	}
	got := send(t, serve(t, NewREST(w.rest(under))), line("PUT", "/contacts/1", bearer(m.text), "Content-Length: 3")+"abc")
	if saw := b.last.Load(); saw.Method != "PUT" || saw.Body != "abc" || got.Text != "from the backend" {
		t.Error(saw, got.Text)
	}
}

func TestProxyToWhatIsNoAddressIsRefused(t *testing.T) {
	for _, url := range []string{"", "contacts", "ftp://a", "http://", "http://a/?x=1", "http://a/#x", "http://user:secret@a/", ":"} {
		if _, err := Proxy(url); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// broken is an HTTP server that writes this and hangs up, or does not.
func broken(t *testing.T, text string, stay bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(c))
			_, _ = io.WriteString(c, text)
			if !stay {
				_ = c.Close()
			}
		}
	}()
	return "http://" + l.Addr().String()
}

func TestProxyUpstreamThatFailsIsABadGateway(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, c := range map[string]struct {
		url    string
		status int
		code   string
	}{
		"unreachable": {gone.URL, 502, "upstream_failed"},
		"hangs up":    {broken(t, "", false), 502, "upstream_failed"},
		"no HTTP":     {broken(t, "SSH-2.0\r\n\r\n", false), 502, "upstream_failed"},
		"cut short":   {broken(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", false), 502, "upstream_failed"},
		"switches":    {broken(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", true), 502, "upstream_failed"},
		"too large":   {broken(t, fmt.Sprintf("HTTP/1.1 200 OK\r\n\r\n%s", strings.Repeat("b", maxBody+1)), false), 502, "upstream_failed"},
		"silent":      {broken(t, "", true), 504, "upstream_timeout"},
		"drips":       {broken(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true), 504, "upstream_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			upstream, err := Proxy(c.url)
			if err != nil {
				t.Fatal(err)
			}
			g := NewREST(w.rest(upstream))
			if c.status == 504 {
				g.integrationTimeout = 50 * time.Millisecond
			}
			send(t, serve(t, g), line("GET", "/contacts/1", bearer(m.text))).want(t, c.status, c.code)
		})
	}
}

func TestHeadHasTheLengthThatTheUpstreamNames(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly")
	upstream, err := Proxy(broken(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", false))
	if err != nil {
		t.Fatal(err)
	}
	got := send(t, serve(t, NewREST(w.rest(upstream))), line("HEAD", "/contacts/1", bearer(m.text)))
	if got.StatusCode != 200 || got.ContentLength != 10 {
		t.Error(got.StatusCode, got.Header)
	}
}
