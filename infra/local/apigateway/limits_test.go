package apigateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

func TestHeadersAreTakenUpToTheLimitToTheByte(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly")
	a := serve(t, NewREST(w.rest(Echo())))
	used := len("Host"+"api.test") + len("Authorization"+"Bearer ") + len(m.text)
	padding := func(n int) string { return "X-Pad: " + strings.Repeat("x", n-len("X-Pad")) }
	send(t, a, line("GET", "/contacts/1", bearer(m.text), padding(maxHeaders-used))).want(t, 200, "")
	for _, size := range []int{maxHeaders + 1, 60 << 10, 100 << 10, 1 << 20} {
		send(t, a, line("GET", "/contacts/1", bearer(m.text), padding(size-used))).want(t, 431, "headers_too_large")
	}
	many := make([]string, 2000)
	for n := range many {
		many[n] = fmt.Sprintf("X-%04d:", n)
	}
	send(t, a, line("GET", "/contacts/1", append(many, bearer(m.text))...)).want(t, 431, "headers_too_large")
}

func TestTooLongPathIsRefused(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	m := w.create("contacts.readonly")
	room := maxMethodARN - len(arnPrefix+"GET"+"/contacts/")
	send(t, a, line("GET", "/contacts/"+strings.Repeat("1", room), bearer(m.text))).want(t, 200, "")
	send(t, a, line("GET", "/contacts/"+strings.Repeat("1", room+1), bearer(m.text))).want(t, 414, "bad_request")
}

// post writes a request with a body of size bytes, with Content-Length or in
// chunks.
func post(size int, chunked bool, header ...string) string {
	body := strings.Repeat("b", size)
	if chunked {
		return line("POST", "/contacts/", append(header, "Transfer-Encoding: chunked")...) +
			fmt.Sprintf("%x\r\n%s\r\n0\r\nX-Account-Id: trailer\r\n\r\n", size, body)
	}
	return line("POST", "/contacts/", append(header, fmt.Sprint("Content-Length: ", size))...) + body
}

func TestBodiesAreTakenUpToTheLimitToTheByte(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.write")
	b := newBackend(t)
	proxied := serve(t, NewREST(w.rest(b.upstream(t))))
	function := &function{}
	lambda := serve(t, NewREST(w.rest(function.lambda())))
	for _, chunked := range []bool{false, true} {
		send(t, proxied, post(maxBody, chunked, bearer(m.text))).want(t, 200, "")
		if got := b.last.Load(); len(got.Body) != maxBody || len(got.Trailer) != 0 || got.Header.Get("X-Account-Id") != "acme" {
			t.Errorf("the upstream got %d bytes, trailers %v, account %q", len(got.Body), got.Trailer, got.Header.Get("X-Account-Id"))
		}
		calls := b.calls.Load()
		send(t, proxied, post(maxBody+1, chunked, bearer(m.text))).want(t, 413, "body_too_large")
		if b.calls.Load() != calls {
			t.Error("the upstream was called")
		}
		send(t, lambda, post(maxPayload, chunked, bearer(m.text))).want(t, 200, "")
		if got := function.event.Body; len(got) != maxPayload {
			t.Errorf("the function got %d bytes", len(got))
		}
		send(t, lambda, post(maxPayload+1, chunked, bearer(m.text))).want(t, 413, "body_too_large")
	}
}

func TestBrokenBodyIsRefused(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.write")
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	request := line("POST", "/contacts/", bearer(m.text), "Transfer-Encoding: chunked") + "zz\r\nbroken\r\n"
	send(t, a, request).want(t, 400, "bad_request")
	if b.calls.Load() != 0 {
		t.Error("the upstream was called")
	}
}

// A client that waits for "100 Continue" sees whether the body was asked for.
func TestBodyIsNotReadBeforeTheAuthorizerAllows(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.write")
	a := serve(t, NewREST(w.rest(Echo())))
	ask := func(token string) *http.Response {
		c, err := net.Dial("tcp", a)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(c, line("POST", "/contacts/", bearer(token), "Content-Length: 3", "Expect: 100-continue"))
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		return response
	}
	if got := ask(m.text).StatusCode; got != http.StatusContinue {
		t.Errorf("with a token: %d", got)
	}
	if got := ask("none").StatusCode; got != http.StatusUnauthorized {
		t.Errorf("without: %d", got)
	}
}

func TestSlowAuthorizerIsAFaultOfOurs(t *testing.T) {
	w := newWorld(t)
	g := NewREST(w.restOn(hanging{}, w.peppers, Echo()))
	g.authorizerTimeout = 10 * time.Millisecond
	got := send(t, serve(t, g), line("GET", "/contacts/1", bearer(w.create("contacts.readonly").text)))
	if got.want(t, 503, "unavailable"); got.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestServerRefusalsAreProblemsToo(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	for name, request := range map[string]string{
		"no request":         "nonsense\r\n\r\n",
		"no host":            "GET /contacts/1 HTTP/1.1\r\n\r\n",
		"two hosts":          "GET /contacts/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"broken escape":      line("GET", "/contacts/%zz"),
		"control character":  line("GET", "/contacts/\x01"),
		"space in the path":  line("GET", "/contacts/1 2"),
		"relative path":      line("GET", "contacts/1"),
		"header without":     line("GET", "/contacts/1", "no colon"),
		"space in the name":  line("GET", "/contacts/1", "Authorization : x"),
		"unknown coding":     line("POST", "/contacts/", "Transfer-Encoding: gzip"),
		"two lengths":        line("POST", "/contacts/", "Content-Length: 1", "Content-Length: 2"),
		"length and chunked": line("POST", "/contacts/", "Content-Length: x"),
		"HTTP/3.0":           "GET /contacts/1 HTTP/3.0\r\nHost: a\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := send(t, a, request)
			got.want(t, 400, "bad_request")
			if !got.Close || got.Header.Get("Cache-Control") != "no-store" {
				t.Error(got.Header)
			}
		})
	}
	if w.tokens.reads.Load() != 0 {
		t.Error("the store was read")
	}
}

// hanging is a store that never answers.
type hanging struct{}

func (hanging) Credential(ctx context.Context, _ token.ID) (integration.Credential, error) {
	<-ctx.Done()
	return integration.Credential{}, ctx.Err()
}

func (hanging) MarkUsed(context.Context, token.ID, time.Time) error { return nil }
