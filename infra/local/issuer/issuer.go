// Package issuer is an OpenID Connect provider for one machine. The local runner
// uses it where production has Cognito or the company's own provider: it signs
// the JWTs that the management API asks for, and signs people in to the console
// with one click and no password. It must never listen on anything but loopback.
//
// It knows the authorization code flow with PKCE for public clients, and no
// more: no consent, no sessions, no refresh tokens, no userinfo.
package issuer

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Config says who the issuer is and whom it serves. Every field is required.
type Config struct {
	// URL is the issuer identifier, the `iss` of every token: http or https,
	// without query, fragment or trailing slash.
	URL string
	// KeyFile holds the signing key. It is made when a key is first needed,
	// in a folder that exists.
	KeyFile string
	// Now is the clock of sign-in: real time, whatever the product's clock says.
	Now func() time.Time
	// Clients may ask for sign-in. The first is the audience of [Issuer.Token].
	Clients []Client
	Users   []User
}

// Client is a public client: it has no secret and proves itself by PKCE.
type Client struct {
	ID string
	// RedirectURIs and PostLogoutRedirectURIs are matched letter by letter.
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
}

// Issuer serves everything below the path of its URL. Safe for concurrent use.
type Issuer struct {
	config  Config
	key     signingKey
	grants  grants
	handler http.Handler
}

// New checks config and touches no file.
func New(config Config) (*Issuer, error) {
	base, err := parseURL(config.URL)
	if err != nil || strings.Contains(config.URL, "?") || strings.HasSuffix(config.URL, "/") {
		return nil, fmt.Errorf("issuer URL %q: want http(s)://host/path without query, fragment or trailing slash", config.URL)
	}
	if len(config.Clients) == 0 {
		return nil, errors.New("an issuer needs a client: its tokens have to be for someone")
	}
	for _, client := range config.Clients {
		for _, uri := range slices.Concat(client.RedirectURIs, client.PostLogoutRedirectURIs) {
			if _, err := parseURL(uri); err != nil {
				return nil, fmt.Errorf("client %s: redirect URI: %w", client.ID, err)
			}
		}
	}
	is := &Issuer{config: config, key: signingKey{file: config.KeyFile}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", is.discovery)
	mux.HandleFunc("GET /jwks", is.jwks)
	mux.HandleFunc("GET /authorize", is.authorize)
	mux.HandleFunc("POST /authorize", is.authorize)
	mux.HandleFunc("POST /token", is.exchange)
	mux.HandleFunc("GET /logout", is.logout)
	mux.HandleFunc("GET /style.css", style)
	is.handler = http.StripPrefix(base.Path, http.NewCrossOriginProtection().Handler(mux))
	return is, nil
}

// parseURL takes absolute http(s) URLs without a fragment.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Contains(s, "#") {
		return nil, fmt.Errorf("%q is not http(s)://host/path without fragment", s)
	}
	return u, nil
}

// ServeHTTP takes requests with the whole path, that of the issuer's URL included.
func (is *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { is.handler.ServeHTTP(w, r) }

// discovery answers the provider's metadata (OpenID Connect Discovery 1.0,
// section 3). Two of its defaults would promise what isn't here, so they are
// spelt out: grant types and request_uri.
func (is *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                is.config.URL,
		"authorization_endpoint":                is.config.URL + "/authorize",
		"token_endpoint":                        is.config.URL + "/token",
		"jwks_uri":                              is.config.URL + "/jwks",
		"end_session_endpoint":                  is.config.URL + "/logout",
		"scopes_supported":                      []string{"openid", "email"},
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"authorization_code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []jose.SignatureAlgorithm{jose.RS256},
		"token_endpoint_auth_methods_supported": []string{"none"},
		"code_challenge_methods_supported":      []string{"S256"},
		"request_uri_parameter_supported":       false,
	})
}

func (is *Issuer) jwks(w http.ResponseWriter, r *http.Request) {
	key, err := is.key.get()
	if err != nil {
		fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
}

func (is *Issuer) client(id string) (Client, bool) {
	i := slices.IndexFunc(is.config.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return is.config.Clients[i], true
}

// fail answers that signing failed. The reason names a file of this machine, so
// it goes to the log alone.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "local issuer can't sign", "error", err)
	http.Error(w, "The local issuer can't sign; the runner's log says why.", http.StatusInternalServerError)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A failed write means that the client has gone: nobody is left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
