// Package seal closes small texts so that only their maker can read or change
// them, although others keep them, as a browser does a cookie.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrInvalid means that a text was not sealed by this key for this purpose, or
// was changed since. It does not tell which.
var ErrInvalid = errors.New("not sealed here, or changed since")

// MinKeySize is the least number of bytes of a key.
const MinKeySize = 32

// Key seals and opens by AES-256-GCM. Each seal has a random nonce of 96 bits,
// of which one key can take 2^32 (NIST SP 800-38D, section 8.3): that many
// sign-ins are not reached. Safe for concurrent use.
//
// The cipher is held by a function because fmt prints what unexported fields
// hold, and some of its verbs follow pointers.
type Key struct{ aead func() cipher.AEAD }

// NewKey makes a Key of key, at least [MinKeySize] bytes. What Secrets Manager
// generates is a longer text of letters and digits, so AES gets 32 bytes that
// are derived of it (RFC 5869).
func NewKey(key []byte) (Key, error) {
	if len(key) < MinKeySize {
		return Key{}, fmt.Errorf("a sealing key has %d bytes; it needs at least %d", len(key), MinKeySize)
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "sealing key of AES-256-GCM", 32)
	if err != nil {
		return Key{}, fmt.Errorf("sealing key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return Key{}, fmt.Errorf("sealing key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return Key{}, fmt.Errorf("sealing key: %w", err)
	}
	return Key{func() cipher.AEAD { return aead }}, nil
}

// Seal closes plain. The purpose says what the text is for and is not part of
// it: what was sealed for one opens for no other. The version is that of the
// key, which stands in front for [Version], in the clear and protected. The
// text is made of letters, digits, "-", "_" and ".", as a cookie takes them.
func (k Key) Seal(version int, purpose string, plain []byte) string {
	sealed := k.aead().Seal(nil, nil, plain, additional(version, purpose)) //nolint:gosec // it makes its nonce itself, and takes none
	return strconv.Itoa(version) + "." + base64.RawURLEncoding.EncodeToString(sealed)
}

// Version tells the version of the key by which text says that it was sealed.
// Nothing vouches for it before the text is opened. Error: [ErrInvalid].
func Version(text string) (int, error) {
	version, _, err := split(text)
	return version, err
}

// Open gives what was sealed for purpose. Error: [ErrInvalid].
func (k Key) Open(purpose, text string) ([]byte, error) {
	version, sealed, err := split(text)
	if err != nil {
		return nil, err
	}
	plain, err := k.aead().Open(nil, nil, sealed, additional(version, purpose))
	if err != nil {
		return nil, ErrInvalid
	}
	return plain, nil
}

// split takes a text apart. One seal has one text, so what Go's decoders
// overlook, such as line ends or a sign, is not taken.
func split(text string) (version int, sealed []byte, err error) {
	number, encoded, found := strings.Cut(text, ".")
	version, err = strconv.Atoi(number)
	if !found || err != nil || version < 1 || strconv.Itoa(version) != number {
		return 0, nil, ErrInvalid
	}
	sealed, err = base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != encoded {
		return 0, nil, ErrInvalid
	}
	return version, sealed, nil
}

// additional is what a seal holds fast beside the plain text.
func additional(version int, purpose string) []byte {
	return fmt.Appendf(nil, "seal %d %s", version, purpose)
}
