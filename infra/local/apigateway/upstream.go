package apigateway

import (
	"net"
	"net/http"
	"strings"
)

// Upstream is the API behind the gateway.
type Upstream interface {
	// serve answers a call that the authorizer has allowed.
	serve(w http.ResponseWriter, c *call)
}

// forwarded gives the headers that an HTTP upstream gets: the client's, but for
// those that belong to one connection, that say who called or that could be
// read as such, and ours in their place. The token is left out unless the API
// is told to forward it.
func (c *call) forwarded() http.Header {
	header := make(http.Header, len(c.r.Header)+len(identityHeaders)+1)
	for name, values := range c.r.Header {
		if !withheld(name) {
			header[name] = values
		}
	}
	for _, list := range c.r.Header["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			header.Del(strings.TrimSpace(name))
		}
	}
	if c.config.ForwardAuthorization {
		header["Authorization"] = c.r.Header["Authorization"]
	}
	header["X-Forwarded-For"] = []string{address(c.r)}
	who := &c.allowed.Context
	ours := [...]string{who.Account, who.Integration, who.Token, who.Scopes}
	for n, name := range identityHeaders {
		header[name] = ours[n : n+1 : n+1]
	}
	return header
}

// identityHeaders are the headers that tell an HTTP upstream who calls.
var identityHeaders = [...]string{"X-Account-Id", "X-Integration-Id", "X-Token-Id", "X-Scopes"}

// withheld reports whether a header of the client's is kept from HTTP upstreams.
func withheld(name string) bool {
	switch name {
	case "Connection", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Forwarded":
		return true
	}
	if looksLike(name, "Authorization") || hasPrefixLike(name, "X-Forwarded-") {
		return true
	}
	for _, ours := range &identityHeaders {
		if looksLike(name, ours) {
			return true
		}
	}
	return false
}

// looksLike reports whether some server could take one header for the other:
// CGI and its descendants ignore letter case and make "_" of "-" and of other
// characters that are neither letter nor digit.
func looksLike(name, other string) bool {
	return len(name) == len(other) && hasPrefixLike(name, other)
}

func hasPrefixLike(name, prefix string) bool {
	if len(name) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if foldHeader(name[i]) != foldHeader(prefix[i]) {
			return false
		}
	}
	return true
}

func foldHeader(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c | 0x20
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return c
	}
	return '-'
}

// address is the caller's, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
