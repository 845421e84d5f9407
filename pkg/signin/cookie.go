package signin

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/seal"
)

// hostPrefix makes browsers hold a cookie to its host: a neighbour below the
// same domain can't put one of theirs in its place (RFC 6265bis, section
// 4.1.3.2). It needs https.
const hostPrefix = "__Host-"

func (s *SignIn) cookieName(name string) string {
	if s.secure {
		return hostPrefix + name
	}
	return name
}

// cookie makes one that no script sees. It is Lax rather than Strict, because
// the browser comes back from the provider by a redirect between sites: a
// Strict cookie would not be sent along, and whoever signed in would be asked to
// sign in again. What changes something is a POST, which a Lax cookie does not
// go with either, and is checked by its origin.
func (s *SignIn) cookie(name, value string, lifetime time.Duration) *http.Cookie {
	c := &http.Cookie{ //nolint:gosec // Secure wherever the console is on https
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(lifetime / time.Second),
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1 // take it away
	}
	return c
}

// seal writes v for purpose. It is compressed, for those who belong to many
// accounts. That the length tells something of v is no matter: nobody but the
// provider, and the person themselves, has a say in it.
func (s *SignIn) seal(ctx context.Context, purpose string, v any) (string, error) {
	version, key, err := s.Keys.Current(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFault, err)
	}
	var plain bytes.Buffer
	w, err := flate.NewWriter(&plain, flate.BestCompression)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFault, err)
	}
	if err := errors.Join(json.NewEncoder(w).Encode(v), w.Close()); err != nil {
		return "", fmt.Errorf("%w: %w", ErrFault, err)
	}
	return key.Seal(version, purpose, plain.Bytes()), nil
}

// maxPlain bounds what a sealed text may grow to. Only our own are read.
const maxPlain = 64 << 10

// open reads what was sealed for purpose into v. Errors: [seal.ErrInvalid],
// [ErrFault].
func (s *SignIn) open(ctx context.Context, purpose, text string, v any) error {
	version, err := seal.Version(text)
	if err != nil {
		return err
	}
	// The version is the browser's word, and an unknown one has the secret read
	// anew. It can be ahead of what is known here by one rotation, so that made up
	// ones cost one reading a minute, not one each.
	current, _, err := s.Keys.Current(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrFault, err)
	case version > current+1:
		return seal.ErrInvalid
	}
	key, err := s.Keys.Key(ctx, version)
	switch {
	case errors.Is(err, keyset.ErrUnknownVersion):
		return seal.ErrInvalid
	case err != nil:
		return fmt.Errorf("%w: %w", ErrFault, err)
	}
	plain, err := key.Open(purpose, text)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(io.LimitReader(flate.NewReader(bytes.NewReader(plain)), maxPlain)).Decode(v); err != nil {
		return seal.ErrInvalid // of an earlier version of this program
	}
	return nil
}
