package signin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// provider is what discovery found out.
type provider struct {
	oauth    oauth2.Config // without the secret
	verifier *oidc.IDTokenVerifier
	logout   string // where the provider ends its own session; empty: nowhere
}

// discover asks the provider who it is, unless it has said so already. Nobody
// waits for the question of another, which could take its whole time.
func (s *SignIn) discover(ctx context.Context) (*provider, error) {
	if p := s.found.Load(); p != nil {
		return p, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), s.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuerDown, err)
	}
	var metadata struct {
		Logout      string   `json:"end_session_endpoint"`
		AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&metadata); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuerDown, err)
	}
	endpoint := found.Endpoint()
	endpoint.AuthStyle = s.authStyle(metadata.AuthMethods)
	p := &provider{
		oauth: oauth2.Config{
			ClientID: s.ClientID, Endpoint: endpoint, RedirectURL: s.URL + CallbackPath,
			Scopes: []string{oidc.ScopeOpenID, "email"},
		},
		verifier: found.Verifier(&oidc.Config{
			ClientID: s.ClientID, SupportedSigningAlgs: []string{oidc.RS256}, Now: s.Now,
		}),
		logout: metadata.Logout,
	}
	s.found.Store(p)
	return p, nil
}

// authStyle is how the client names itself. The library would try one way and
// then the other, and the first try can cost the code. Without a word from the
// provider it is the header (OpenID Connect Discovery 1.0, section 3).
func (s *SignIn) authStyle(supported []string) oauth2.AuthStyle {
	inHeader := len(supported) == 0 || slices.Contains(supported, "client_secret_basic")
	if s.Secret != nil && inHeader {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

// exchange gets the ID token for a code. The library's errors can hold what the
// provider answered, so none of their texts is handed on but the error code.
func (s *SignIn) exchange(ctx context.Context, p *provider, code, verifier string) (string, error) {
	oauth := p.oauth
	if s.Secret != nil {
		secret, err := s.Secret(ctx)
		if err != nil {
			return "", fmt.Errorf("%w: the client's secret: %w", ErrFault, err)
		}
		oauth.ClientSecret = secret
	}
	tokens, err := oauth.Exchange(oidc.ClientContext(ctx, s.client), code, oauth2.VerifierOption(verifier))
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) {
		if refused.ErrorCode == "" {
			return "", fmt.Errorf("%w: its token endpoint answered %d", ErrIssuerDown, refused.Response.StatusCode)
		}
		return "", refusal(refused.ErrorCode)
	}
	if unreached := (*url.Error)(nil); errors.As(err, &unreached) {
		return "", fmt.Errorf("%w: %w", ErrIssuerDown, unreached)
	}
	if err != nil {
		return "", fmt.Errorf("%w: its token endpoint's answer can't be read", ErrIssuerDown)
	}
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return "", fmt.Errorf("%w: there is no ID token", ErrToken)
	}
	return raw, nil
}

// refusal is the provider's error code (RFC 6749, sections 4.1.2.1 and 5.2), cut
// to what a code can be: in a callback it is anybody's word.
func refusal(code string) error { return fmt.Errorf("%w: %.60q", ErrRefused, code) }

// claims are those of an ID token that are read.
type claims struct {
	Subject    string
	Email      string
	Membership string
}

// verify checks an ID token: signature, issuer, audience, times, and the nonce
// of this sign-in (OpenID Connect Core 1.0, section 3.1.3.7).
func (s *SignIn) verify(ctx context.Context, p *provider, raw, nonce string) (claims, error) {
	token, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		if strings.HasPrefix(err.Error(), "failed to verify signature: fetching keys") {
			return claims{}, fmt.Errorf("%w: %w", ErrIssuerDown, err)
		}
		return claims{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	var all map[string]any
	if err := token.Claims(&all); err != nil {
		return claims{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	switch {
	case token.Nonce != nonce:
		return claims{}, fmt.Errorf("%w: its nonce is that of another sign-in", ErrToken)
	case len(token.Audience) > 1 && all["azp"] != s.ClientID:
		return claims{}, fmt.Errorf("%w: it was issued to another client", ErrToken)
	case token.Subject == "":
		return claims{}, fmt.Errorf("%w: it has no subject", ErrToken)
	}
	email, _ := all["email"].(string)
	return claims{token.Subject, email, membership(all[s.Claim])}, nil
}

// membership is the claim as one text, of a text or of a list of texts.
func membership(claim any) string {
	switch claim := claim.(type) {
	case string:
		return claim
	case []any:
		var texts []string
		for _, entry := range claim {
			if text, ok := entry.(string); ok {
				texts = append(texts, text)
			}
		}
		return strings.Join(texts, " ")
	}
	return ""
}
