package apigateway

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

const requestIDHeader = "X-Amzn-Requestid"

// newRequestID makes the name of a request, a random UUID (RFC 9562, version 4).
func newRequestID() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[:8], random[:4])
	hex.Encode(text[9:13], random[4:6])
	hex.Encode(text[14:18], random[6:8])
	hex.Encode(text[19:23], random[8:10])
	hex.Encode(text[24:], random[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// refuse answers with a gateway response of this type.
func (c *call) refuse(w http.ResponseWriter, kind string) {
	variables := map[string]string{"requestId": c.id}
	if c.allowed != nil {
		for name, value := range c.allowed.Context.Values() {
			variables["authorizer."+name] = value
		}
	}
	c.respond(w, gateway.GatewayResponseOf(kind).Render(variables))
}

// problem answers what has no gateway response of its own: a mock integration
// gives it in the cloud.
func (c *call) problem(w http.ResponseWriter, p problem.Problem) {
	p.RequestID = c.id
	c.respond(w, gateway.ProblemResponse(p))
}

func (c *call) respond(w http.ResponseWriter, r *gateway.Response) {
	header := w.Header()
	for name, value := range r.Header {
		if value != "" {
			header.Set(name, value)
		}
	}
	write(w, r.Status, r.Body)
}

// pass hands on what an upstream answered, with the headers that the gateway
// keeps for itself under other names.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
func (c *call) pass(w http.ResponseWriter, status int, answered http.Header, body []byte) {
	header := w.Header()
	for name, values := range answered {
		switch name = http.CanonicalHeaderKey(name); name {
		case "Content-Length":
			if c.r.Method != http.MethodHead {
				continue // that of the body is written along with it
			}
		case "Transfer-Encoding", requestIDHeader:
			continue
		case "Authorization", "Connection", "Content-Md5", "Date", "Host", "Keep-Alive", "Max-Forwards",
			"Proxy-Authenticate", "Server", "Trailer", "Upgrade", "User-Agent", "Warn", "Www-Authenticate":
			name = "X-Amzn-Remapped-" + name
		}
		header[name] = append(header[name], values...)
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	write(w, status, body)
}

// write ends an answer. A failed write means that the client has gone: nobody
// is left to tell.
func write(w http.ResponseWriter, status int, body []byte) {
	if len(body) > 0 && status != http.StatusNoContent && status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // the body is of the media type that its header says
}
