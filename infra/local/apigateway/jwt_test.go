package apigateway

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/private-integrations/private-integrations/infra/local/issuer"
)

const audience = "management"

func TestTokensOfTheLocalIssuerHold(t *testing.T) {
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	is, err := issuer.New(issuer.Config{
		URL: server.URL + "/issuer", KeyFile: filepath.Join(t.TempDir(), "key"), Now: time.Now,
		Clients: []issuer.Client{{ID: audience}},
		Users:   []issuer.User{{Subject: "u1", Email: "admin@acme.test", Groups: []string{"account:acme:admin", "account:globex:admin"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = is
	text, err := is.Token("admin@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	f := &httpAPI{answer: &httpAnswer{StatusCode: 200}}
	config := f.config()
	config.Verify = Verifier(server.URL+"/issuer", audience)
	h, err := NewHTTP(config)
	if err != nil {
		t.Fatal(err)
	}
	if got := send(t, serve(t, h), line("GET", "/things/1", bearer(text))); got.StatusCode != 200 {
		t.Fatal(got.StatusCode, got.Header)
	}
	claims := f.event.RequestContext.Authorizer.JWT.Claims
	if claims["sub"] != "u1" || claims["cognito:groups"] != "[account:acme:admin account:globex:admin]" || claims["email_verified"] != "true" {
		t.Error(claims)
	}
	if strings.ContainsAny(claims["exp"], ".e") || claims["exp"] == "" {
		t.Errorf("exp %q is not as it was written", claims["exp"])
	}
}

// forge is an issuer that signs anything.
type forge struct {
	*httptest.Server
	key  *rsa.PrivateKey
	down atomic.Bool
}

func newForge(t *testing.T) *forge {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := &forge{key: key}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/jwks" {
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": f.URL, "jwks_uri": f.URL + "/jwks", "authorization_endpoint": f.URL, "token_endpoint": f.URL,
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "PS256"},
		})
	}))
	t.Cleanup(f.Close)
	return f
}

func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestVerifierTakesOnlyLivingTokensOfItsIssuerAndAudience(t *testing.T) {
	f := newForge(t)
	verify := Verifier(f.URL, audience)
	now := time.Now().Unix()
	// claims of a good token, with changes; nil takes one out.
	claims := func(changes map[string]any) map[string]any {
		all := map[string]any{"iss": f.URL, "aud": audience, "sub": "u1", "exp": now + 60, "nbf": now - 1}
		for name, value := range changes {
			all[name] = value
			if value == nil {
				delete(all, name)
			}
		}
		return all
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public := x509.MarshalPKCS1PublicKey(&f.key.PublicKey)
	good := sign(t, jose.RS256, f.key, claims(nil))
	parts := strings.Split(good, ".")
	of := func(changes map[string]any) string { return sign(t, jose.RS256, f.key, claims(changes)) }
	for name, c := range map[string]struct {
		token, description string
	}{
		"good":                      {good, ""},
		"several audiences":         {of(map[string]any{"aud": []string{"x", audience}}), ""},
		"client_id for aud":         {of(map[string]any{"aud": nil, "client_id": audience}), ""},
		"without nbf":               {of(map[string]any{"nbf": nil}), ""},
		"other audience":            {of(map[string]any{"aud": "x"}), "the token does not have a valid audience"},
		"client_id beside an aud":   {of(map[string]any{"aud": "x", "client_id": audience}), "the token does not have a valid audience"},
		"no audience":               {of(map[string]any{"aud": nil}), "the token does not have a valid audience"},
		"empty audience":            {of(map[string]any{"aud": []string{}, "client_id": audience}), "the token does not have a valid audience"},
		"expired a second ago":      {of(map[string]any{"exp": now - 1}), "the token has expired"},
		"no expiry":                 {of(map[string]any{"exp": nil}), "the token has expired"},
		"not valid yet":             {of(map[string]any{"nbf": now + 30}), "the token is not valid yet"},
		"nbf is text":               {of(map[string]any{"nbf": "soon"}), "the token is not valid"},
		"other issuer":              {of(map[string]any{"iss": f.URL + "/"}), "the token is not valid"},
		"other key":                 {sign(t, jose.RS256, other, claims(nil)), "the token is not valid"},
		"HS256 with the public key": {sign(t, jose.HS256, public, claims(nil)), "the token is not valid"},
		"PS256":                     {sign(t, jose.PS256, f.key, claims(nil)), "the token is not valid"},
		"alg none":                  {"eyJhbGciOiJub25lIn0." + parts[1] + ".", "the token is not valid"},
		"no signature":              {parts[0] + "." + parts[1] + ".", "the token is not valid"},
		"other claims":              {parts[0] + "." + strings.Split(of(map[string]any{"sub": "u2"}), ".")[1] + "." + parts[2], "the token is not valid"},
		"no JWT":                    {"pit_x", "the token is not valid"},
		"empty":                     {"", "the token is not valid"},
	} {
		_, err := verify(t.Context(), c.token)
		refused := (*TokenError)(nil)
		if c.description == "" && err != nil || c.description != "" && (!errors.As(err, &refused) || refused.Description != c.description) {
			t.Errorf("%s: %v, want %q", name, err, c.description)
		}
	}
}

func TestIssuerThatIsDownIsAskedAgain(t *testing.T) {
	f := newForge(t)
	f.down.Store(true)
	verify := Verifier(f.URL, audience)
	text := sign(t, jose.RS256, f.key, map[string]any{"iss": f.URL, "aud": audience, "exp": time.Now().Unix() + 60})
	refused := (*TokenError)(nil)
	if _, err := verify(t.Context(), text); !errors.As(err, &refused) || refused.Cause == nil {
		t.Errorf("while it is down: %v", err)
	}
	f.down.Store(false)
	if claims, err := verify(t.Context(), text); err != nil || claims["iss"] != f.URL {
		t.Errorf("once it is up: %v, %v", claims, err)
	}
	f.down.Store(true)
	if _, err := verify(t.Context(), text); err != nil {
		t.Errorf("with keys that are known: %v", err)
	}
}
