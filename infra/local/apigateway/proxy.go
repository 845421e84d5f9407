package apigateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

type httpUpstream struct {
	base      url.URL
	transport http.RoundTripper
}

// Proxy is an HTTP upstream at base, an http or https URL whose path goes in
// front of every request's.
func Proxy(base string) (Upstream, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("upstream: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("upstream %q: want http(s)://host/path without user, query or fragment", u.Redacted())
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // what the client asks for is what it gets
	transport.MaxIdleConnsPerHost = 64
	return &httpUpstream{*u, transport}, nil
}

func (u *httpUpstream) serve(w http.ResponseWriter, c *call) {
	ctx, cancel := context.WithTimeout(c.r.Context(), c.integrationTimeout)
	defer cancel()
	status, header, body, err := u.fetch(ctx, c)
	if err != nil {
		c.fail(w, err)
		return
	}
	c.pass(w, status, header, body)
}

// fetch makes the request that API Gateway would, and reads all of the answer
// before any of it is handed on, as it does.
func (u *httpUpstream) fetch(ctx context.Context, c *call) (status int, header http.Header, body []byte, err error) {
	target, err := u.target(c)
	if err != nil {
		return 0, nil, nil, err
	}
	request := (&http.Request{
		Method: c.r.Method, URL: target, Header: c.forwarded(),
		Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body)),
	}).WithContext(ctx)
	if len(c.body) == 0 {
		request.Body = http.NoBody
	}
	response, err := u.transport.RoundTrip(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < http.StatusOK {
		return 0, nil, nil, fmt.Errorf("it answered %s", response.Status)
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errors.New("its answer is over 10 MB")
	}
	return response.StatusCode, response.Header, body, err
}

// target is the URL of the path that was checked, byte for byte, with the query
// as it was sent.
func (u *httpUpstream) target(c *call) (*url.URL, error) {
	raw := strings.TrimSuffix(u.base.EscapedPath(), "/") + c.allowed.Context.Path
	path, err := url.PathUnescape(raw)
	if err != nil {
		return nil, err
	}
	return &url.URL{
		Scheme: u.base.Scheme, Host: u.base.Host, Path: path, RawPath: raw,
		RawQuery: c.query, ForceQuery: c.query == "" && strings.HasSuffix(c.r.RequestURI, "?"),
	}, nil
}

// fail answers that the upstream did not.
func (c *call) fail(w http.ResponseWriter, err error) {
	c.config.Log.Warn("the upstream failed", "requestId", c.id, "error", err)
	if errors.Is(err, context.DeadlineExceeded) {
		c.refuse(w, "INTEGRATION_TIMEOUT")
		return
	}
	c.refuse(w, "INTEGRATION_FAILURE")
}
