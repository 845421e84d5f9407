package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"
)

// MAC is what is stored of a token's secret: its HMAC-SHA-256 under a pepper.
type MAC [sha256.Size]byte

// Equal compares in constant time.
func (m MAC) Equal(other MAC) bool { return hmac.Equal(m[:], other[:]) }

// MinPepperSize is the least number of bytes of a pepper.
const MinPepperSize = 32

// Pepper is the key of the MACs. It lies apart from the table, so that whoever
// can only write to the table can't mint a token. Safe for concurrent use.
type Pepper struct{ states sync.Pool }

// macState is a keyed hash with buffers of its own, since what goes through the
// hash.Hash interface would be allocated anew for each token.
type macState struct {
	hash   hash.Hash
	secret [secretLength]byte
	sum    [sha256.Size]byte
}

// NewPepper makes a Pepper of key, at least [MinPepperSize] bytes.
func NewPepper(key []byte) (*Pepper, error) {
	if len(key) < MinPepperSize {
		return nil, fmt.Errorf("a pepper has %d bytes; it needs at least %d", len(key), MinPepperSize)
	}
	own := append([]byte(nil), key...)
	return &Pepper{states: sync.Pool{New: func() any {
		return &macState{hash: hmac.New(sha256.New, own)}
	}}}, nil
}

// MAC computes the MAC of t's secret.
func (p *Pepper) MAC(t Token) MAC {
	s := p.states.Get().(*macState)
	defer p.states.Put(s)
	copy(s.secret[:], t.secret())
	s.hash.Reset()
	s.hash.Write(s.secret[:])
	s.hash.Sum(s.sum[:0])
	clear(s.secret[:])
	return s.sum
}
