// Package token is the format of a token: how one is made, read, hinted at and
// what is stored of it.
//
//	pit_<id: 22 base62><_><secret: 43 base62><checksum: 6 base62>
//
// The id (128 bits) is public and the key of the lookup. The secret (256 bits)
// is stored only as a keyed MAC. The checksum is the CRC-32 (IEEE) of all that
// stands before it, so that a mistyped token is refused without any lookup and
// a secret scanner finds no false ones. A double click selects the whole.
package token

import (
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
)

// ID is the public part of a token: 22 characters of base62. It may be shown,
// logged and stored.
type ID string

const (
	idLength       = 22 // of 128 bits in base62
	secretLength   = 43 // of 256 bits
	checksumLength = 6  // of 32 bits
	tailLength     = 1 + idLength + 1 + secretLength + checksumLength
	hintLength     = 6
)

// EntropySize is how many random bytes a token is made of: 16 for the id and
// 32 for the secret.
const EntropySize = 16 + 32

// Entropy is the randomness of one token. It has to come from crypto/rand.
type Entropy [EntropySize]byte

var (
	// ErrMalformed means that a text is not a token of this format: another
	// prefix, length or alphabet.
	ErrMalformed = errors.New("not a token of this format")
	// ErrChecksum means that a text has the shape of a token and was changed or
	// cut somewhere.
	ErrChecksum = errors.New("the token's checksum does not fit")
)

// Token is a token in the clear. It prints, logs and marshals as "[redacted]";
// only [Token.Reveal] gives the text. The text is held behind a pointer because
// fmt prints the fields of structs past their methods where they are unexported.
type Token struct{ text *string }

// Reveal gives the token's text, to be handed to its owner once.
func (t Token) Reveal() string { return *t.text }

// ID gives the public part.
func (t Token) ID() ID {
	start := len(*t.text) - tailLength + 1
	return ID((*t.text)[start : start+idLength])
}

func (t Token) secret() string {
	end := len(*t.text) - checksumLength
	return (*t.text)[end-secretLength : end]
}

const redacted = "[redacted]"

// String answers "[redacted]".
func (Token) String() string { return redacted }

// GoString answers "[redacted]".
func (Token) GoString() string { return redacted }

// Format answers "[redacted]" for every verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText answers "[redacted]".
func (Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue answers "[redacted]".
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format is the shape of one deployment's tokens.
type Format struct{ prefix string }

// DefaultPrefix is the prefix of tokens where a deployment sets no other.
const DefaultPrefix = "pit"

// NewFormat makes the format with a prefix of 2 to 16 letters and digits.
// Tokens of another prefix are not of this format, so a deployment that changes
// its prefix ends its tokens.
func NewFormat(prefix string) (Format, error) {
	if len(prefix) < 2 || len(prefix) > 16 {
		return Format{}, fmt.Errorf("token prefix %q: must have 2 to 16 characters", prefix)
	}
	for i := range len(prefix) {
		if !isBase62[prefix[i]] {
			return Format{}, fmt.Errorf("token prefix %q: may hold letters and digits only", prefix)
		}
	}
	return Format{prefix}, nil
}

// Prefix is what tokens begin with.
func (f Format) Prefix() string { return f.prefix }

// Mint makes the token of e.
func (f Format) Mint(e Entropy) Token {
	b := make([]byte, 0, len(f.prefix)+tailLength)
	b = append(b, f.prefix...)
	b = append(b, '_')
	b = appendBase62(b, e[:16], idLength)
	b = append(b, '_')
	b = appendBase62(b, e[16:], secretLength)
	b = appendChecksum(b, crc32.ChecksumIEEE(b))
	text := string(b)
	return Token{&text}
}

// Hint is what is shown of a token: the prefix and the first characters of its
// public id, never of its secret.
func (f Format) Hint(id ID) string {
	return f.prefix + "_" + string(id[:min(hintLength, len(id))])
}

// Public is the part of a token's text that may be shown whole: the prefix and
// the public id.
func (f Format) Public(id ID) string { return f.prefix + "_" + string(id) }

// Parse reads a token's text. Errors: [ErrMalformed], [ErrChecksum]; neither
// holds any of the text.
func (f Format) Parse(text string) (Token, error) {
	body := len(text) - checksumLength
	secret := body - secretLength
	id := secret - 1 - idLength
	if len(text) != len(f.prefix)+tailLength ||
		text[:id-1] != f.prefix || text[id-1] != '_' || text[secret-1] != '_' {
		return Token{}, ErrMalformed
	}
	if !isNumber(text[id:secret-1], maxID) || !isNumber(text[secret:body], maxSecret) {
		return Token{}, ErrMalformed
	}
	var sum [checksumLength]byte
	if string(appendChecksum(sum[:0], checksum(text[:body]))) != text[body:] {
		return Token{}, ErrChecksum
	}
	return Token{&text}, nil
}

// checksum is crc32.ChecksumIEEE without the copy that a string would need.
func checksum(s string) uint32 {
	var buf [128]byte
	return crc32.ChecksumIEEE(buf[:copy(buf[:], s)])
}
