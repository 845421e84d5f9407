package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// server is where requests are sent as they are written: net/http would clean
// what is to be tried.
type server struct {
	address string      // host and port
	host    string      // of the Host header
	base    string      // path before every other, such as that of a stage
	header  string      // line of every request; empty: none
	tls     *tls.Config // nil: none
}

// newServer is at an http or https URL.
func newServer(text, header string) (*server, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	s := &server{host: u.Host, base: strings.TrimSuffix(u.EscapedPath(), "/"), header: header}
	switch {
	case u.Host == "":
		return nil, fmt.Errorf("%q is no http or https URL", text)
	case u.Scheme == "https":
		s.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
		s.address = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443"))
	case u.Scheme == "http":
		s.address = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80"))
	default:
		return nil, fmt.Errorf("%q is no http or https URL", text)
	}
	return s, nil
}

// answer is what came back; the status is 0 where the server hung up instead.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// code is the code of a problem; empty if the answer is none.
func (a answer) code() string {
	var problem struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(a.body, &problem) != nil {
		return ""
	}
	return problem.Code
}

func (a answer) String() string {
	if a.status == 0 {
		return "no answer"
	}
	return strings.TrimSpace(strconv.Itoa(a.status) + " " + a.code())
}

func (a answer) success() bool { return a.status >= 200 && a.status <= 299 }

// patience is how long one request may take.
const patience = 35 * time.Second // the gateway itself gives up after 29 s

const maxBody = 1 << 20

// send sends one request on a connection of its own. The error means that the
// server could not be reached at all.
func (s *server) send(ctx context.Context, r request) (answer, error) {
	c, err := s.dial(ctx)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(patience))
	// It may answer and hang up before it has read everything.
	_, _ = io.WriteString(c, s.written(r))
	response, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: r.method})
	if err != nil {
		return answer{}, nil //nolint:nilerr // it hung up: that is its answer
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return answer{}, fmt.Errorf("read the answer to %s: %w", r.method, err)
	}
	return answer{response.StatusCode, response.Header, body}, nil
}

func (s *server) dial(ctx context.Context) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: patience}
	if s.tls != nil {
		return (&tls.Dialer{NetDialer: dialer, Config: s.tls}).DialContext(ctx, "tcp", s.address)
	}
	return dialer.DialContext(ctx, "tcp", s.address)
}

// request is one request: a target that begins with a slash is a path below the
// server's base.
type request struct {
	method, target string
	header         []string // lines
	body           string   // JSON
}

func (s *server) written(r request) string {
	target := r.target
	if scheme, rest, absolute := strings.Cut(target, "://"); absolute {
		host, path, _ := strings.Cut(rest, "/")
		target = scheme + "://" + host + s.base + "/" + path
	} else {
		target = s.base + target
	}
	lines := []string{r.method + " " + target + " HTTP/1.1", "Host: " + s.host, "Connection: close", "User-Agent: private-integrations-smoke"}
	if s.header != "" {
		lines = append(lines, s.header)
	}
	lines = append(lines, r.header...)
	if r.body != "" {
		lines = append(lines, "Content-Type: application/json", "Content-Length: "+strconv.Itoa(len(r.body)))
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + r.body
}
