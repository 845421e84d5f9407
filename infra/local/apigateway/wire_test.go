package apigateway

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serve gives the address at which h is served as the runner serves it.
func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(h)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(Listener(l))
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return l.Addr().String()
}

// answer is a response with its whole body.
type answer struct {
	*http.Response
	Text string
}

// send sends a request as it is written, byte for byte, and reads the answer.
func send(t testing.TB, address, request string) answer {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	// The server may answer and hang up before it has read everything.
	_, _ = io.WriteString(c, request)
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	return answer{response, string(body)}
}

// line writes a request of a method, a target and header lines.
func line(method, target string, header ...string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: api.test\r\n%s\r\n", method, target, lines(header))
}

func lines(header []string) string {
	if len(header) == 0 {
		return ""
	}
	return strings.Join(header, "\r\n") + "\r\n"
}

func bearer(token string) string { return "Authorization: Bearer " + token }

// code is the code of a problem; it is empty for any other body.
func (a answer) code() string {
	var p struct {
		Code, RequestID string
		Status          int
	}
	if a.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(a.Text), &p) != nil ||
		p.Status != a.StatusCode || p.RequestID != a.Header.Get("x-amzn-RequestId") {
		return ""
	}
	return p.Code
}

// want checks status and problem code.
func (a answer) want(t testing.TB, status int, code string) {
	t.Helper()
	if a.StatusCode != status || a.code() != code || strings.Contains(a.Text, "$context") {
		t.Errorf("%d %q, want %d %s\n%v\n%s", a.StatusCode, a.code(), status, code, a.Header, a.Text)
	}
}
