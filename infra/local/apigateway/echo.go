package apigateway

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

type echo struct{}

// Echo is an HTTP upstream that answers 200 with what it received, as JSON:
// {"method": …, "path": …, "query": …, "headers": {name: value}, "body": …,
// "isBase64Encoded": …}. The query is as it was sent; headers come sorted,
// several of one name joined with commas. A body that is not UTF-8 is in
// base64. Of one longer than 64 KB only its beginning is shown, with
// "bodyBytes", its length.
func Echo() Upstream { return echo{} }

// maxEchoed is how much of a body is sent back.
const maxEchoed = 64 << 10

var echoes = sync.Pool{New: func() any { return new([]byte) }}

func (echo) serve(w http.ResponseWriter, c *call) {
	buffer := echoes.Get().(*[]byte)
	defer echoes.Put(buffer)
	b := (*buffer)[:0]
	b = append(b, `{"method":`...)
	b = appendJSON(b, c.r.Method)
	b = append(b, `,"path":`...)
	b = appendJSON(b, c.allowed.Context.Path)
	b = append(b, `,"query":`...)
	b = appendJSON(b, c.query)
	b = append(b, `,"headers":{`...)
	header := c.forwarded()
	var room [32]string
	names := slices.AppendSeq(room[:0], maps.Keys(header))
	slices.Sort(names)
	for n, name := range names {
		if n > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, name)
		b = append(b, ':')
		b = appendJSON(b, strings.Join(header[name], ", "))
	}
	b = append(b, '}')
	b = appendBody(b, c.body)
	b = append(b, "}\n"...)
	*buffer = b
	w.Header().Set("Content-Type", "application/json")
	write(w, http.StatusOK, b)
}

// appendBody appends the members that tell of a body.
func appendBody(b, body []byte) []byte {
	shown := body[:min(len(body), maxEchoed)]
	if utf8.Valid(body) {
		for !utf8.Valid(shown) { // the last character was cut
			shown = shown[:len(shown)-1]
		}
		b = append(b, `,"body":`...)
		b = appendJSON(b, string(shown))
		b = append(b, `,"isBase64Encoded":false`...)
	} else {
		b = append(b, `,"body":"`...)
		b = base64.StdEncoding.AppendEncode(b, shown)
		b = append(b, `","isBase64Encoded":true`...)
	}
	if len(shown) < len(body) {
		b = append(b, `,"bodyBytes":`...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
	}
	return b
}

// appendJSON appends s as a JSON string; one that needs no escape costs no
// allocation.
func appendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string has a JSON form
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
