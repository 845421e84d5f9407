package gateway_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// answered sends a request with an Accept-Encoding header to a handler that
// answers this.
func answered(t *testing.T, accept string, response gateway.Response) *events.APIGatewayV2HTTPResponse {
	t.Helper()
	e := &events.APIGatewayV2HTTPRequest{RawPath: "/", Headers: map[string]string{"Accept-Encoding": accept}}
	answer, err := gateway.HTTP(func(context.Context, *gateway.Request) *gateway.Response { return &response })(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

var long = []byte(strings.Repeat("body { margin: 0 }\n", 200))

func TestTextThatAnybodyMayKeepIsCompressedForWhoTakesIt(t *testing.T) {
	header := map[string]string{"Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=300", "Vary": "Cookie"}
	before := maps.Clone(header)
	for accept, want := range map[string]bool{
		"gzip": true, "gzip, deflate, br, zstd": true, "br;q=1.0, GZIP;q=0.5": true, " deflate , gzip ": true,
		"": false, "br": false, "gzip;q=0": false, "gzip; q=0.0, br": false, "gzip;q=x": false, "xgzip": false, "*": false,
	} {
		got := answered(t, accept, gateway.Response{Status: 200, Header: header, Body: long})
		if got.Headers["Vary"] != "Cookie, Accept-Encoding" || (got.Headers["Content-Encoding"] == "gzip") != want || got.IsBase64Encoded != want {
			t.Errorf("%q: %v", accept, got.Headers)
		}
		body := []byte(got.Body)
		if want {
			if len(body) > len(long)/4 {
				t.Errorf("%q: %d bytes", accept, len(body))
			}
			packed, err := base64.StdEncoding.DecodeString(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			r, err := gzip.NewReader(bytes.NewReader(packed))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(body, long) {
			t.Errorf("%q: %d bytes", accept, len(body))
		}
	}
	if !maps.Equal(header, before) {
		t.Errorf("the handler's own header was changed: %v", header)
	}
}

// What is about an account may hold a secret beside what an address has put there.
func TestOtherAnswersAreSentAsTheyAre(t *testing.T) {
	for name, r := range map[string]gateway.Response{
		"a page":           {Status: 200, Header: map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, Body: long},
		"a page to return": {Status: 200, Header: map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-cache"}, Body: long},
		"no word of it":    {Status: 200, Header: map[string]string{"Content-Type": "application/json"}, Body: long},
		"a picture":        {Status: 200, Header: map[string]string{"Content-Type": "image/png", "Cache-Control": "public"}, Body: long},
		"another header":   {Status: 200, Header: map[string]string{"Content-Type": "text/html", "Cache-Control": "no-store", "Vary": "Cookie"}, Body: long},
		"little":           {Status: 200, Header: map[string]string{"Content-Type": "text/css", "Cache-Control": "public"}, Body: long[:1000]},
		"an error":         {Status: 404, Header: map[string]string{"Content-Type": "text/css", "Cache-Control": "public"}, Body: long},
		"packed already":   {Status: 200, Header: map[string]string{"Content-Type": "text/css", "Cache-Control": "public", "Content-Encoding": "br"}, Body: long},
	} {
		got := answered(t, "gzip", r)
		if got.Body != string(r.Body) || got.IsBase64Encoded || !maps.Equal(got.Headers, r.Header) {
			t.Errorf("%s: %v", name, got.Headers)
		}
	}
}
