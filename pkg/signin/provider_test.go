package signin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// keys are those of the provider and of somebody else.
var keys = sync.OnceValue(func() (both [2]*rsa.PrivateKey) {
	for n := range both {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		both[n] = key
	}
	return both
})

// oidcProvider is an OpenID Connect provider that can be made to misbehave.
type oidcProvider struct {
	t      *testing.T
	server *httptest.Server

	claims    map[string]any                     // beside those that every token has
	edit      func(claims map[string]any)        // the last word on the claims
	sign      func(claims map[string]any) string // nil: as it should be
	answer    func(w http.ResponseWriter) bool   // of the token endpoint; false: as it should be
	metadata  map[string]any                     // beside what discovery has
	down      bool                               // it answers nothing
	keysDown  bool
	exchanges []url.Values
	handed    []string // secrets that it gave out, none of which a browser may see
	spent     map[string]bool
	asked     map[string]url.Values // what a code was given for
}

func newProvider(t *testing.T) *oidcProvider {
	t.Helper()
	p := &oidcProvider{
		t: t, asked: map[string]url.Values{}, spent: map[string]bool{},
		claims: map[string]any{"sub": "subject-1", "email": "admin@acme.test", "cognito:groups": []string{"account:acme:admin"}},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /idp/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /idp/keys", p.jwks)
	mux.HandleFunc("POST /idp/token", p.token)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	return p
}

func (p *oidcProvider) url() string { return p.server.URL + "/idp" }

func (p *oidcProvider) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": p.url(), "authorization_endpoint": p.url() + "/authorize", "token_endpoint": p.url() + "/token",
		"jwks_uri": p.url() + "/keys", "end_session_endpoint": p.url() + "/logout?kept=1",
		"id_token_signing_alg_values_supported": []string{"RS256", "PS256", "HS256", "none"},
	}
	for name, value := range p.metadata {
		document[name] = value
	}
	p.json(w, http.StatusOK, document)
}

func (p *oidcProvider) jwks(w http.ResponseWriter, _ *http.Request) {
	if p.keysDown {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	p.json(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: keys()[0].Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
}

func (p *oidcProvider) json(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// approve is a person who signs in at the address to which the console sent
// their browser; it gives where they are sent back to.
func (p *oidcProvider) approve(authorize string) *url.URL {
	p.t.Helper()
	u, err := url.Parse(authorize)
	if err != nil {
		p.t.Fatal(err)
	}
	query := u.Query()
	code := rand.Text()
	p.asked[code] = query
	back, err := url.Parse(query.Get("redirect_uri"))
	if err != nil {
		p.t.Fatal(err)
	}
	back.RawQuery = url.Values{"code": {code}, "state": {query.Get("state")}}.Encode()
	return back
}

func (p *oidcProvider) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.t.Error(err)
	}
	form := r.PostForm
	if id, secret, ok := r.BasicAuth(); ok {
		form.Set("basic", id+" "+secret)
	}
	p.exchanges = append(p.exchanges, form)
	if p.answer != nil && p.answer(w) {
		return
	}
	asked, known := p.asked[form.Get("code")]
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if !known || p.spent[form.Get("code")] || asked.Get("code_challenge_method") != "S256" || challenge != asked.Get("code_challenge") ||
		form.Get("redirect_uri") != asked.Get("redirect_uri") {
		p.json(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "secret-description"})
		return
	}
	p.spent[form.Get("code")] = true
	id := p.idToken(asked)
	access := "access-" + rand.Text()
	p.handed = append(p.handed, id, access)
	p.json(w, http.StatusOK, map[string]any{"access_token": access, "id_token": id, "token_type": "Bearer", "expires_in": 3600})
}

// idToken is what the provider vouches for about whoever asked.
func (p *oidcProvider) idToken(asked url.Values) string {
	claims := map[string]any{
		"iss": p.url(), "aud": asked.Get("client_id"), "iat": now.Unix(), "exp": now.Add(hour).Unix(), "nonce": asked.Get("nonce"),
	}
	for name, value := range p.claims {
		claims[name] = value
	}
	if p.edit != nil {
		p.edit(claims)
	}
	if p.sign != nil {
		return p.sign(claims)
	}
	return signed(p.t, jose.RS256, keys()[0], claims)
}

func signed(t *testing.T, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
