package gateway

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Serve makes a handler of one for net/http, which sees the request as if it
// had come over a connection: of names of headers that came more than once the
// values are joined by commas, cookies are as they were sent, and RemoteAddr is
// the caller's address with the port 0.
func Serve(h http.Handler) Handler {
	return func(ctx context.Context, r *Request) *Response {
		w := &recorder{header: http.Header{}}
		h.ServeHTTP(w, httpRequest(ctx, r))
		return w.response(r.Method)
	}
}

type requestIDKey struct{}

// RequestID is the gateway's name of the request that a handler of [Serve]
// answers; empty elsewhere.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// httpRequest is r as a server of net/http would have read it.
func httpRequest(ctx context.Context, r *Request) *http.Request {
	// The path is decoded already; parsing it would decode it again.
	target := &url.URL{Path: r.Path, RawQuery: r.RawQuery}
	header := make(http.Header, len(r.Header)+1)
	for name, value := range r.Header {
		header.Set(name, value)
	}
	header.Del("Host") // net/http has it in a field of its own
	if len(r.Cookies) > 0 {
		header.Set("Cookie", strings.Join(r.Cookies, "; "))
	}
	q := &http.Request{
		Method: r.Method, URL: target, RequestURI: target.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: r.Host, RemoteAddr: net.JoinHostPort(r.Address, "0"),
		Body: http.NoBody, ContentLength: int64(len(r.Body)),
	}
	if len(r.Body) > 0 {
		q.Body = io.NopCloser(bytes.NewReader(r.Body))
	}
	return q.WithContext(context.WithValue(ctx, requestIDKey{}, r.ID))
}

// recorder is the ResponseWriter of [Serve].
type recorder struct {
	header http.Header
	status int         // 0: not yet written
	sent   http.Header // as it was when the status was written
	body   bytes.Buffer
}

// Header gives the headers, which count until the status is written.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader sets the status, once. The gateway can't hand on informational
// ones.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write adds to the body.
func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// response is what was recorded, with the media type that net/http would find
// by itself. A HEAD has the headers of a GET and no body.
func (w *recorder) response(method string) *Response {
	w.WriteHeader(http.StatusOK)
	r := &Response{Status: w.status, Header: make(map[string]string, len(w.sent)), Cookies: w.sent["Set-Cookie"]}
	delete(w.sent, "Set-Cookie")
	for name, values := range w.sent {
		r.Header[name] = strings.Join(values, ", ")
	}
	if w.body.Len() > 0 && r.Header["Content-Type"] == "" {
		r.Header["Content-Type"] = http.DetectContentType(w.body.Bytes())
	}
	if method != http.MethodHead && w.status != http.StatusNoContent && w.status != http.StatusNotModified {
		r.Body = w.body.Bytes()
	}
	return r
}
