package apigateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// TokenError says to the client what is wrong with its JWT.
type TokenError struct {
	Description string // for a quoted string: without quotes and backslashes
	Cause       error
}

func (e *TokenError) Error() string { return e.Description }

// Unwrap gives the cause, nil if the description says it all.
func (e *TokenError) Unwrap() error { return e.Cause }

// authenticate checks the JWT of the call and keeps its claims. If there is none
// that holds it sets the challenge.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
func (h *HTTP) authenticate(w http.ResponseWriter, c *httpCall) bool {
	credential := strings.TrimSpace(strings.Join(c.r.Header["Authorization"], ","))
	if credential == "" {
		w.Header().Set("Www-Authenticate", "Bearer")
		return false
	}
	if scheme, rest, found := strings.Cut(credential, " "); found && strings.EqualFold(scheme, "bearer") {
		credential = strings.TrimSpace(rest)
	}
	claims, err := h.config.Verify(c.r.Context(), credential)
	if err != nil {
		description := "the token can not be verified"
		if refused := (*TokenError)(nil); errors.As(err, &refused) {
			description, err = refused.Description, refused.Cause
		}
		if err != nil {
			h.config.Log.Warn("a JWT was refused", "requestId", c.id, "error", err)
		}
		w.Header().Set("Www-Authenticate", `Bearer scope="" error="invalid_token" error_description="`+description+`"`)
		return false
	}
	c.claims = make(map[string]string, len(claims))
	for name, value := range claims {
		if value != nil {
			c.claims[name] = claimText(value)
		}
	}
	return true
}

// claimText is a claim as the event has it: a list as "[a b]", numbers and
// booleans as they are in JSON.
func claimText(claim any) string {
	if number, ok := claim.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(claim)
}

// Verifier makes a JWT authorizer's check for the tokens of one issuer: RS256,
// the exact issuer, exp and nbf by the real clock, and the audience as `aud`, or
// as `client_id` where there is no `aud`. The issuer is asked for its keys when
// the first token comes, and again if it did not answer.
func Verifier(issuerURL, audience string) func(ctx context.Context, bearer string) (claims map[string]any, err error) {
	v := &verifier{issuer: issuerURL, audience: audience, client: &http.Client{Timeout: issuerTimeout}}
	return v.verify
}

// issuerTimeout is how long the issuer may take to answer.
const issuerTimeout = 5 * time.Second

type verifier struct {
	issuer, audience string
	client           *http.Client

	mu    sync.Mutex
	found *oidc.IDTokenVerifier // nil: the issuer has not answered yet
}

func (v *verifier) verify(ctx context.Context, bearer string) (map[string]any, error) {
	check, err := v.discover(ctx)
	if err != nil {
		return nil, &TokenError{"OIDC discovery endpoint communication error", err}
	}
	t, err := check.Verify(ctx, bearer)
	if expired := (*oidc.TokenExpiredError)(nil); errors.As(err, &expired) {
		return nil, &TokenError{Description: "the token has expired"}
	}
	if err != nil {
		return nil, &TokenError{"the token is not valid", err}
	}
	var raw json.RawMessage
	if err := t.Claims(&raw); err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	var claims map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // instants stay as they are written
	if err := decoder.Decode(&claims); err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	switch {
	case !v.isFor(t.Audience, claims):
		return nil, &TokenError{Description: "the token does not have a valid audience"}
	case early(claims["nbf"], time.Now()):
		return nil, &TokenError{Description: "the token is not valid yet"}
	}
	return claims, nil
}

// early reports whether now is before nbf. The library lets five minutes pass
// where API Gateway lets none.
func early(nbf any, now time.Time) bool {
	number, ok := nbf.(json.Number)
	if !ok {
		return nbf != nil
	}
	seconds, err := number.Float64()
	return err != nil || float64(now.Unix()) < seconds
}

func (v *verifier) isFor(audience []string, claims map[string]any) bool {
	if _, named := claims["aud"]; named {
		return slices.Contains(audience, v.audience)
	}
	return claims["client_id"] == v.audience
}

func (v *verifier) discover(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.found != nil {
		return v.found, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, v.client), v.issuer)
	if err != nil {
		return nil, err
	}
	v.found = provider.Verifier(&oidc.Config{
		SkipClientIDCheck:    true, // isFor does it, with client_id
		SupportedSigningAlgs: []string{oidc.RS256},
	})
	return v.found, nil
}
