package issuer_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/private-integrations/private-integrations/infra/local/issuer"
)

func TestEveryUserSignsInWithOneClick(t *testing.T) {
	for _, user := range issuer.Users {
		t.Run(user.Email, func(t *testing.T) {
			b := start(t)
			verifier := oauth2.GenerateVerifier()
			signIn := b.authorizeURL(verifier)

			response, page := b.do(http.MethodGet, signIn, nil, nil)
			if response.StatusCode != http.StatusOK || !strings.Contains(page, `value="`+user.Email+`"`) {
				t.Fatalf("%s, no button for %s in\n%s", response.Status, user.Email, page)
			}
			back := b.click(signIn, user.Email)
			if !strings.HasPrefix(back.String(), callback+"?") || back.Query().Get("state") != "state & more" {
				t.Errorf("sent back to %s", back)
			}
			tokens, err := b.oauth.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			b.wantClaims(tokens.Extra("id_token").(string), user, map[string]any{"token_use": "id", "nonce": "n-0"})
			b.wantClaims(tokens.AccessToken, user, map[string]any{"token_use": "access", "client_id": "console"})
		})
	}
}

// wantClaims verifies token as a client would and compares every claim but jti.
func (b *bench) wantClaims(token string, user issuer.User, also map[string]any) {
	b.t.Helper()
	verified, err := b.verify(token)
	if err != nil {
		b.t.Fatal(err)
	}
	var got map[string]any
	if err := verified.Claims(&got); err != nil {
		b.t.Fatal(err)
	}
	if id, _ := got["jti"].(string); id == "" {
		b.t.Error("no jti")
	}
	delete(got, "jti")
	groups := []any{}
	for _, group := range user.Groups {
		groups = append(groups, group)
	}
	want := map[string]any{
		"iss": b.url, "sub": user.Subject, "aud": "console",
		"email": user.Email, "email_verified": true, "cognito:groups": groups,
		"iat": float64(b.now().Unix()), "auth_time": float64(b.now().Unix()), "exp": float64(b.now().Add(time.Hour).Unix()),
	}
	for name, value := range also {
		want[name] = value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestScriptsGetATokenWithoutSigningIn(t *testing.T) {
	b := start(t)
	token, err := b.issuer.Token("agency@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	b.wantClaims(token, issuer.Users[3], map[string]any{"token_use": "access", "client_id": "console"})

	if _, err := b.issuer.Token("eve@acme.test"); !errors.Is(err, issuer.ErrUnknownUser) || !strings.Contains(err.Error(), "staff@acme.test") {
		t.Errorf("unknown user: %v", err)
	}
}

func TestTokenLivesForAnHourAndNotChanged(t *testing.T) {
	b := start(t)
	token, err := b.issuer.Token("staff@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := start(t).issuer.Token("staff@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	parts, others := strings.Split(token, "."), strings.Split(foreign, ".")
	for name, forged := range map[string]string{
		"other payload":   parts[0] + "." + others[1] + "." + parts[2],
		"other signature": parts[0] + "." + parts[1] + "." + others[2],
		"other issuer":    foreign,
		"no signature":    parts[0] + "." + parts[1] + ".",
	} {
		if _, err := b.verify(forged); err == nil {
			t.Errorf("%s: verified", name)
		}
	}

	b.ahead.Store(int64(time.Hour - time.Second))
	if _, err := b.verify(token); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	b.ahead.Store(int64(time.Hour + time.Second))
	if _, err := b.verify(token); err == nil {
		t.Error("verified a second after its end")
	}
}

func TestCodeIsBoundToItsRequestAndSpentByAnyTry(t *testing.T) {
	cases := map[string]struct {
		edit func(url.Values)
		want string
		// unspent: the refusal came before the code was looked at.
		unspent bool
	}{
		"wrong verifier":       {set("code_verifier", oauth2.GenerateVerifier()), "invalid_grant", false},
		"no verifier":          {drop("code_verifier"), "invalid_grant", false},
		"another redirect_uri": {set("redirect_uri", callback+"/"), "invalid_grant", false},
		"no redirect_uri":      {drop("redirect_uri"), "invalid_grant", false},
		"another client":       {set("client_id", "other"), "invalid_grant", false},
		"unknown client":       {set("client_id", "nobody"), "invalid_client", true},
		"no client":            {drop("client_id"), "invalid_client", true},
		"unknown code":         {set("code", "guess"), "invalid_grant", true},
		"another grant type":   {set("grant_type", "client_credentials"), "unsupported_grant_type", true},
		"repeated parameter":   {func(v url.Values) { v.Add("client_id", "other") }, "invalid_request", true},
		"body over 64 KB":      {set("padding", strings.Repeat("x", 64<<10)), "invalid_request", true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			right := b.exchangeForm()
			wrong := url.Values{}
			for key, values := range right {
				wrong[key] = values
			}
			c.edit(wrong)
			b.wantRefusal(wrong, c.want)
			response, _ := b.do(http.MethodPost, b.url+"/token", right, nil)
			if unspent := response.StatusCode == http.StatusOK; unspent != c.unspent {
				t.Errorf("the right request afterwards: %s", response.Status)
			}
		})
	}
}

// exchangeForm is a token request that would work.
func (b *bench) exchangeForm() url.Values {
	b.t.Helper()
	verifier := oauth2.GenerateVerifier()
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"console"}, "redirect_uri": {callback},
		"code": {b.code(verifier)}, "code_verifier": {verifier},
	}
}

func (b *bench) wantRefusal(form url.Values, code string) {
	b.t.Helper()
	response, body := b.do(http.MethodPost, b.url+"/token", form, nil)
	var refusal struct{ Error string }
	if err := json.Unmarshal([]byte(body), &refusal); err != nil {
		b.t.Fatalf("%s: %v in %s", response.Status, err, body)
	}
	if response.StatusCode != http.StatusBadRequest || refusal.Error != code {
		b.t.Errorf("%s %s, want 400 %s", response.Status, body, code)
	}
}

func TestCodeWorksOnceHoweverManyTryAtOnce(t *testing.T) {
	b := start(t)
	form := b.exchangeForm()
	var won atomic.Int32
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			response, err := b.browser.PostForm(b.url+"/token", form)
			if err != nil {
				t.Error(err)
				return
			}
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d exchanges worked", won.Load())
	}
}

func TestCodeLivesForLessThanAMinute(t *testing.T) {
	b := start(t)
	intime, late := b.exchangeForm(), b.exchangeForm()
	b.ahead.Store(int64(time.Minute - time.Millisecond))
	if response, body := b.do(http.MethodPost, b.url+"/token", intime, nil); response.StatusCode != http.StatusOK {
		t.Errorf("a millisecond before: %s %s", response.Status, body)
	}
	b.ahead.Store(int64(time.Minute))
	b.wantRefusal(late, "invalid_grant")
}
