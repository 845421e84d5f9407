package token

import "math/big"

// The digits are in ASCII order, so that numbers of one width compare as text.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

var (
	isBase62 = func() (t [256]bool) {
		for i := range len(base62) {
			t[base62[i]] = true
		}
		return t
	}()
	maxID     = largest(16, idLength)
	maxSecret = largest(32, secretLength)
)

// appendBase62 appends the big-endian number b in width digits. Every value has
// exactly one text, so nothing is lost or favoured.
func appendBase62(dst, b []byte, width int) []byte {
	n := new(big.Int).SetBytes(b)
	radix, digit := big.NewInt(int64(len(base62))), new(big.Int)
	start := len(dst)
	dst = append(dst, make([]byte, width)...)
	for i := start + width - 1; i >= start; i-- {
		n.DivMod(n, radix, digit)
		dst[i] = base62[digit.Int64()]
	}
	return dst
}

func appendChecksum(dst []byte, sum uint32) []byte {
	var digits [checksumLength]byte
	for i := checksumLength - 1; i >= 0; i-- {
		digits[i] = base62[sum%62]
		sum /= 62
	}
	return append(dst, digits[:]...)
}

// largest is the text of the greatest number that fits into size bytes.
func largest(size, width int) string {
	b := make([]byte, size)
	for i := range b {
		b[i] = 0xff
	}
	return string(appendBase62(nil, b, width))
}

// isNumber reports whether s is a base62 number not above highest, which has
// the same width: texts above it stand for no value, so none has two texts.
func isNumber(s, highest string) bool {
	for i := range len(s) {
		if !isBase62[s[i]] {
			return false
		}
	}
	return s <= highest
}
