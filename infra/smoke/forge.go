package main

import (
	"crypto/rand"
	"errors"
	"math/big"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// near is a living token, and texts close to it that are none.
type near struct {
	living      string
	typo        string // its last character is another
	otherCase   string // its letters are of the other case
	unknown     string // of the right form, and never issued
	otherSecret string // its id with another secret
}

// forge makes what is near to a living token.
func forge(living string) (near, error) {
	prefix, _, _ := strings.Cut(living, "_")
	format, err := token.NewFormat(prefix)
	if err != nil {
		return near{}, errors.New("-token is no token: it begins with no prefix")
	}
	parsed, err := format.Parse(living)
	if err != nil {
		return near{}, errors.New("-token is no token: it was changed or cut somewhere")
	}
	var unknown, other token.Entropy
	_, _ = rand.Read(unknown[:]) // never fails
	_, _ = rand.Read(other[:])
	number(string(parsed.ID())).FillBytes(other[:16])
	last := "0"
	if strings.HasSuffix(living, last) {
		last = "1"
	}
	return near{
		living:      living,
		typo:        living[:len(living)-1] + last,
		otherCase:   prefix + strings.Map(swapCase, living[len(prefix):]),
		unknown:     format.Mint(unknown).Reveal(),
		otherSecret: format.Mint(other).Reveal(),
	}, nil
}

// number reads the base 62 of a token's id.
func number(id string) *big.Int {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	n, radix := new(big.Int), big.NewInt(int64(len(digits)))
	for _, c := range id {
		n.Mul(n, radix).Add(n, big.NewInt(int64(strings.IndexRune(digits, c))))
	}
	return n
}

func swapCase(c rune) rune {
	switch {
	case 'a' <= c && c <= 'z':
		return c - 'a' + 'A'
	case 'A' <= c && c <= 'Z':
		return c - 'A' + 'a'
	}
	return c
}
