package issuer

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const tokenLifetime = time.Hour

// claims are Cognito's names and shapes, instants in Unix seconds. API Gateway
// looks at aud, and at client_id where aud is missing. Access tokens carry aud
// and email too, which Cognito's do not have by default.
type claims struct {
	Issuer        string   `json:"iss"`
	Subject       string   `json:"sub"`
	Audience      string   `json:"aud"`
	ClientID      string   `json:"client_id,omitempty"`
	Email         string   `json:"email"`
	EmailVerified bool     `json:"email_verified"`
	Groups        []string `json:"cognito:groups"`
	Nonce         string   `json:"nonce,omitempty"`
	TokenUse      string   `json:"token_use"`
	AuthTime      int64    `json:"auth_time"`
	IssuedAt      int64    `json:"iat"`
	ExpiresAt     int64    `json:"exp"`
	ID            string   `json:"jti"`
}

// Token signs an access token of the user with this e-mail address for the first
// client, as if they had signed in now. Errors: [ErrUnknownUser], or one that
// names the key file and says what to do.
func (is *Issuer) Token(email string) (string, error) {
	user, err := is.user(email)
	if err != nil {
		return "", err
	}
	return is.accessToken(grant{user: user, clientID: is.config.Clients[0].ID, at: is.config.Now()})
}

func (is *Issuer) accessToken(g grant) (string, error) {
	c := is.claims(g)
	c.TokenUse, c.ClientID = "access", g.clientID
	return is.sign(c)
}

func (is *Issuer) idToken(g grant) (string, error) {
	c := is.claims(g)
	c.TokenUse, c.Nonce = "id", g.nonce
	return is.sign(c)
}

// claims are those that both kinds of token share.
func (is *Issuer) claims(g grant) claims {
	now := is.config.Now()
	return claims{
		Issuer:        is.config.URL,
		Subject:       g.user.Subject,
		Audience:      g.clientID,
		Email:         g.user.Email,
		EmailVerified: true,
		Groups:        g.user.Groups,
		AuthTime:      g.at.Unix(),
		IssuedAt:      now.Unix(),
		ExpiresAt:     now.Add(tokenLifetime).Unix(),
		ID:            rand.Text(),
	}
}

func (is *Issuer) sign(c claims) (string, error) {
	key, err := is.key.get()
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("sign %s token: %w", c.TokenUse, err)
	}
	token, err := jwt.Signed(signer).Claims(c).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign %s token: %w", c.TokenUse, err)
	}
	return token, nil
}

// exchange is the token endpoint: a code and its verifier for an ID token and an
// access token (RFC 6749, section 4.1.3, and RFC 7636, section 4.5).
func (is *Issuer) exchange(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil || repeated(r.PostForm) {
		refuse(w, "invalid_request", "The body is not a form, is over 64 KB, or repeats a parameter.")
		return
	}
	form := r.PostForm
	// The client comes first: libraries that probe for its place in the request
	// try without client_id, and that must not cost them the code.
	client, known := is.client(form.Get("client_id"))
	if !known {
		refuse(w, "invalid_client", "client_id is missing from the form or unknown.")
		return
	}
	if form.Get("grant_type") != "authorization_code" {
		refuse(w, "unsupported_grant_type", "grant_type has to be authorization_code.")
		return
	}
	g, ok := is.grants.take(form.Get("code"), is.config.Now())
	if !ok || g.clientID != client.ID || g.redirectURI != form.Get("redirect_uri") || !g.provenBy(form.Get("code_verifier")) {
		refuse(w, "invalid_grant", "The code is unknown, used or expired, or client_id, redirect_uri or code_verifier don't belong to it.")
		return
	}
	access, err := is.accessToken(g)
	if err != nil {
		fail(w, r, err)
		return
	}
	id, err := is.idToken(g)
	if err != nil {
		fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": access,
		"id_token":     id,
		"token_type":   "Bearer",
		"expires_in":   int(tokenLifetime.Seconds()),
	})
}

// provenBy says whether verifier is the one that g's challenge was made of.
func (g grant) provenBy(verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	return subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) == 1
}

func refuse(w http.ResponseWriter, code, description string) {
	writeJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
}
