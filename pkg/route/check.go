package route

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// ErrPath is what every error of [Check] wraps: a path that two readers could
// read differently, or that is none.
var ErrPath = errors.New("the path can be read in more than one way")

var (
	errRelative  = fmt.Errorf("%w: it does not begin with a slash", ErrPath)
	errEmpty     = fmt.Errorf("%w: it has an empty segment", ErrPath)
	errDot       = fmt.Errorf("%w: it has a . or .. segment", ErrPath)
	errCharacter = fmt.Errorf("%w: it holds a character that RFC 3986 does not allow there, or a semicolon", ErrPath)
	errEscape    = fmt.Errorf("%w: it has a percent escape that is malformed, not UTF-8, a control character, "+
		"a delimiter or needless", ErrPath)
)

// plain holds the bytes that may stand raw in a segment: pchar of RFC 3986,
// section 3.3, without the semicolon, behind which some readers see matrix
// parameters.
var plain = func() (table [256]bool) {
	for c := range table {
		table[c] = unreserved(byte(c))
	}
	for _, c := range []byte("!$&'()*+,=:@") {
		table[c] = true
	}
	return table
}()

// unreserved is the set of RFC 3986, section 2.3.
func unreserved(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}

// Check reports whether every reader of path, as it stood in the request line
// and without its query, sees the same segments. It refuses what some reader
// would normalise, decode or cut: empty and dot segments, characters that
// RFC 3986 does not allow raw, semicolons, and escapes of delimiters, of
// control characters and of characters that need none ("%61" is "a" to some).
// One slash at the end is let through. Every error wraps [ErrPath].
func Check(path string) error {
	if path == "" || path[0] != '/' {
		return errRelative
	}
	start := 1 // of the segment under the eye
	for i := 1; i < len(path); {
		switch c := path[i]; {
		case plain[c]:
			i++
		case c == '/':
			if err := checkSegment(path[start:i]); err != nil {
				return err
			}
			i++
			start = i
		case c == '%':
			size := escapeSize(path[i:])
			if size == 0 {
				return errEscape
			}
			i += size
		default:
			return errCharacter
		}
	}
	if start == len(path) {
		return nil
	}
	return checkSegment(path[start:])
}

func checkSegment(s string) error {
	switch s {
	case "":
		return errEmpty
	case ".", "..":
		return errDot
	}
	return nil
}

// escapeSize is the length of the escaped character that s begins with, or 0
// where that is one which Check refuses.
func escapeSize(s string) int {
	r, size := decodeEscaped(s)
	switch {
	case size == 0, unicode.IsControl(r):
		return 0
	case r < utf8.RuneSelf && unreserved(byte(r)):
		return 0
	}
	switch r {
	case '/', '\\', ';', '?', '#', '%':
		return 0
	}
	return size
}

// decodeEscaped reads the character whose UTF-8 bytes are escaped at the
// beginning of s, and the length of the escapes; 0 where there is none.
func decodeEscaped(s string) (r rune, size int) {
	var raw [utf8.UTFMax]byte
	n := 0
	for n < len(raw) && len(s) >= 3*n+3 && s[3*n] == '%' {
		high, low := unhex(s[3*n+1]), unhex(s[3*n+2])
		if high < 0 || low < 0 {
			break
		}
		raw[n] = byte(high<<4 | low)
		n++
	}
	r, width := utf8.DecodeRune(raw[:n])
	if r == utf8.RuneError && width <= 1 {
		return 0, 0
	}
	return r, 3 * width
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
