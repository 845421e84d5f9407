package attacks_test

import (
	"crypto/rand"
	"hash/crc32"
	"strings"
	"testing"
	"unicode"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// mint makes a token that was never issued.
func mint(t testing.TB) string {
	t.Helper()
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	var e token.Entropy
	_, _ = rand.Read(e[:]) // never fails
	return format.Mint(e).Reveal()
}

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// withSecretOf is the token of one's id and the other's secret, with a checksum
// that fits: what whoever knows the format can write.
func withSecretOf(t testing.TB, id, secret string) string {
	t.Helper()
	const checksum = 6
	cut := strings.LastIndex(id, "_")
	text := id[:cut] + secret[cut:len(secret)-checksum]
	sum := crc32.ChecksumIEEE([]byte(text))
	var b [checksum]byte
	for n := range b {
		b[checksum-1-n] = digits[sum%62]
		sum /= 62
	}
	text += string(b[:])
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := format.Parse(text); err != nil {
		t.Fatalf("the made-up token is no token: %v", err)
	}
	return text
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}
