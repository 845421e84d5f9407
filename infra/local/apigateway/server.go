package apigateway

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Server is what either gateway needs: it hands on requests that Go's would answer
// by itself or refuse with other limits. Serve it on a listener of [Listener].
type Server struct {
	*http.Server

	mu      sync.Mutex
	unasked map[net.Conn]bool // on which no request has begun
	closing bool
}

// NewServer makes a server of h.
func NewServer(h http.Handler) *Server {
	s := &Server{unasked: map[net.Conn]bool{}}
	s.Server = &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            10 * time.Second,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               64 << 10, // the exact limit is the handler's
		DisableGeneralOptionsHandler: true,
		ConnState:                    s.follow,
	}
	s.RegisterOnShutdown(s.closeUnasked)
	return s
}

// follow keeps connections on which nothing was asked yet. Browsers open some to
// have them at hand, and Go's server would wait for each of them when it ends.
func (s *Server) follow(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.unasked, c)
	case s.closing:
		_ = c.Close()
	default:
		s.unasked[c] = true
	}
}

func (s *Server) closeUnasked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for c := range s.unasked {
		_ = c.Close()
	}
}

// Listener makes problems of the plain texts with which Go's server refuses
// what it can't parse, such as a broken escape in the path.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return conn{tcp}, err
	}
	return c, err
}

// conn keeps all methods of a TCP connection for the server to find.
type conn struct{ *net.TCPConn }

// refusal is how Go's server begins the rest of an answer of its own after the
// status line. A handler's answer has more headers, or others, in any case.
var refusal = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

func (c conn) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 4")) && !bytes.HasPrefix(b, []byte("HTTP/1.1 5")) {
		return c.TCPConn.Write(b)
	}
	line := bytes.Index(b, []byte("\r\n"))
	if line < 0 || !bytes.HasPrefix(b[line:], refusal) {
		return c.TCPConn.Write(b)
	}
	code := problem.BadRequest
	if bytes.HasPrefix(b, []byte("HTTP/1.1 431")) {
		code = problem.HeadersTooLarge
	}
	if _, err := c.TCPConn.Write(refuseUnparsed(code)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// refuseUnparsed is the answer of code to what no handler has seen.
func refuseUnparsed(code problem.Code) []byte {
	p := problem.New(code)
	p.RequestID = newRequestID()
	r := gateway.ProblemResponse(p)
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", r.Status, http.StatusText(r.Status))
	for name, value := range r.Header {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(&b, "%s: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", requestIDHeader, p.RequestID, len(r.Body), r.Body)
	return b.Bytes()
}
