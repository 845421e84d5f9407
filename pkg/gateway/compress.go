package gateway

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

const acceptEncoding = "Accept-Encoding"

// minCompressed is the least that is worth the trouble, in bytes.
const minCompressed = 1 << 10

// compressed is response as a client takes it that reads gzip. Only text that
// anybody may keep is compressed, since it is the same for everybody. The length
// of anything else would tell of a secret in it to who can put a guess beside
// that, by an address, and sees how much comes back (BREACH): pages and answers
// about an account stay as they are, but for those whose handler says itself that
// they vary by Accept-Encoding, since nothing of an address is in them.
func compressed(r *Request, response *Response) *Response {
	mediaType, vary := response.Header["Content-Type"], response.Header["Vary"]
	asked := vary == acceptEncoding
	if !asked && !strings.HasPrefix(response.Header["Cache-Control"], "public") || !compressible(mediaType) || len(response.Body) < minCompressed ||
		response.Status != http.StatusOK || response.Header["Content-Encoding"] != "" {
		return response
	}
	shrunk := *response
	shrunk.Header = make(map[string]string, len(response.Header)+2) // the handler may give the same one again
	for name, value := range response.Header {
		shrunk.Header[name] = value
	}
	if !asked {
		shrunk.Header["Vary"] = strings.TrimPrefix(vary+", "+acceptEncoding, ", ")
	}
	if !takesGzip(r.Header["accept-encoding"]) {
		return &shrunk
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(response.Body) // a buffer takes all
	_ = w.Close()
	shrunk.Header["Content-Encoding"], shrunk.Body = "gzip", b.Bytes()
	return &shrunk
}

func compressible(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return strings.HasPrefix(mediaType, "text/") || mediaType == "application/json" || mediaType == "image/svg+xml"
}

// takesGzip reads an Accept-Encoding header (RFC 9110, section 12.5.3). Who takes
// anything, "*", is sent what there is.
func takesGzip(accepted string) bool {
	for coding := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		_, q, weighed := strings.Cut(weight, "=")
		n, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !weighed || err == nil && n > 0
	}
	return false
}
