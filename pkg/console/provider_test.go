package console_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

// groups are the people who can sign in at a provider, and where they belong.
type groups map[string][]string

var providerKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// withProvider is a site at whose OpenID Connect provider these people can sign
// in. A code of it is the person and the nonce.
func withProvider(t *testing.T, people groups) *site {
	t.Helper()
	key, err := providerKey()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	answer := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(v)
		}
	}
	mux.Handle("GET /.well-known/openid-configuration", answer(map[string]any{
		"issuer": server.URL, "authorization_endpoint": server.URL + "/authorize", "token_endpoint": server.URL + "/token",
		"jwks_uri": server.URL + "/keys", "end_session_endpoint": server.URL + "/logout", "id_token_signing_alg_values_supported": []string{"RS256"},
	}))
	mux.Handle("GET /keys", answer(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), Algorithm: "RS256", Use: "sig"}}}))
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		code, err := url.ParseQuery(r.PostFormValue("code"))
		if err != nil {
			t.Error(err)
		}
		email := code.Get("email")
		id, err := jwt.Signed(signer).Claims(map[string]any{
			"iss": server.URL, "aud": "console", "sub": "subject of " + email, "email": email, "nonce": code.Get("nonce"),
			"iat": rig.Start.Unix(), "exp": rig.Start.Add(time.Hour).Unix(), "cognito:groups": people[email],
		}).Serialize()
		if err != nil {
			t.Error(err)
		}
		answer(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": id})(w, r)
	})
	return newSite(t, func(c *signin.Config) { c.Issuer = server.URL })
}

// signInAs goes through the provider, and gives what the console answers to who
// comes back.
func (b *browser) signInAs(email, returnTo string) *screen {
	b.s.t.Helper()
	begun := b.get("/signin?return=" + url.QueryEscape(returnTo))
	to, err := url.Parse(begun.header.Get("Location"))
	if err != nil {
		b.s.t.Fatal(err)
	}
	code := url.Values{"email": {email}, "nonce": {to.Query().Get("nonce")}}.Encode()
	return b.get(signin.CallbackPath + "?" + url.Values{"code": {code}, "state": {to.Query().Get("state")}}.Encode())
}
