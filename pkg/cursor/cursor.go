// Package cursor makes the opaque, authenticated marks by which a client asks
// for the next page of a list. A cursor is good for the list that it came with
// and for no other.
package cursor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// ErrInvalid means that a text is no cursor of the list.
var ErrInvalid = errors.New("not a cursor of this list")

// Key authenticates cursors.
type Key struct{ bytes []byte }

// NewKey makes a Key of at least 32 bytes.
func NewKey(b []byte) (Key, error) {
	if len(b) < sha256.Size {
		return Key{}, fmt.Errorf("a signing key has %d bytes; it needs at least %d", len(b), sha256.Size)
	}
	return Key{b}, nil
}

const tagSize = 16

// Seal makes the cursor of a position in a list, which is named by whatever
// tells it from others: account, kind, filters.
func (k Key) Seal(list, position string) string {
	return base64.RawURLEncoding.EncodeToString(append(k.tag(list, position), position...))
}

// Open gives the position of a cursor of list. Error: [ErrInvalid].
func (k Key) Open(list, cursor string) (position string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < tagSize {
		return "", ErrInvalid
	}
	position = string(b[tagSize:])
	// The texts are compared, not the tags: base64 overlooks line ends, and a
	// position has one cursor.
	if !hmac.Equal([]byte(cursor), []byte(k.Seal(list, position))) {
		return "", ErrInvalid
	}
	return position, nil
}

func (k Key) tag(list, position string) []byte {
	mac := hmac.New(sha256.New, k.bytes)
	// The length keeps list and position apart.
	_, _ = fmt.Fprintf(mac, "cursor %d %s%s", len(list), list, position)
	return mac.Sum(nil)[:tagSize]
}
