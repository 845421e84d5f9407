// Package keyset is a set of keys with versions, such as the peppers of the
// token MACs: one is current and used for what is new, the others stay for what
// was made with them.
//
// It is written as one JSON text, {"current": 2, "keys": {"1": "<base64>", …}}.
// A secret that was generated, and not yet rotated, may have the first form
// {"initial": "<random text>"} instead, which is all that Secrets Manager can
// generate by itself: the text's bytes are the key of version 1.
package keyset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

var (
	// ErrUnknownVersion means that there is no key of a version.
	ErrUnknownVersion = errors.New("no key of this version")
	// ErrInService means that a version is the current one, or newer.
	ErrInService = errors.New("only versions older than the current one can be retired")
)

// MinInitial is the least number of characters of the first form's text: that
// many letters and digits hold 256 bits.
const MinInitial = 43

// Set is a set of keys. Its methods leave it as it is.
type Set struct {
	current int
	keys    map[int]key
}

// A key is held by a function because fmt prints what unexported fields hold.
type key func() []byte

func hold(b []byte) key {
	own := bytes.Clone(b)
	return func() []byte { return own }
}

// First is the set of one key.
func First(first []byte) Set { return Set{1, map[int]key{1: hold(first)}} }

// form is the JSON text.
type form struct {
	Current int               `json:"current,omitempty"`
	Keys    map[string][]byte `json:"keys,omitempty"`
	Initial *string           `json:"initial,omitempty"`
}

var errForm = errors.New(`the secret is not of the form {"current": 1, "keys": {"1": "<base64>"}}`)

// Parse reads a set. Its errors hold nothing of the text.
func Parse(text []byte) (Set, error) {
	var f form
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&f) != nil {
		return Set{}, errForm
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Set{}, errForm
	}
	if f.Initial != nil {
		return f.first()
	}
	s := Set{f.Current, make(map[int]key, len(f.Keys))}
	for name, b := range f.Keys {
		version, err := strconv.Atoi(name)
		if err != nil || version < 1 || strconv.Itoa(version) != name {
			return Set{}, errors.New("a key is named otherwise than by its version") // the name may be a key
		}
		s.keys[version] = hold(b)
	}
	if s.keys[s.current] == nil {
		return Set{}, fmt.Errorf("the current version %d: %w", s.current, ErrUnknownVersion)
	}
	return s, nil
}

func (f form) first() (Set, error) {
	if f.Current != 0 || f.Keys != nil {
		return Set{}, errForm
	}
	if n := len(*f.Initial); n < MinInitial {
		return Set{}, fmt.Errorf("the initial text has %d characters; it needs at least %d", n, MinInitial)
	}
	return First([]byte(*f.Initial)), nil
}

// Encode writes the set as [Parse] reads it.
func (s Set) Encode() []byte {
	f := form{Current: s.current, Keys: make(map[string][]byte, len(s.keys))}
	for version, key := range s.keys {
		f.Keys[strconv.Itoa(version)] = key()
	}
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // numbers, and bytes that become base64
	}
	return append(text, '\n')
}

// Current is the version for what is new.
func (s Set) Current() int { return s.current }

// Versions lists all of them, ascending.
func (s Set) Versions() []int { return slices.Sorted(maps.Keys(s.keys)) }

// Key gives the key of a version, which must not be changed; nil if there is
// none.
func (s Set) Key(version int) []byte {
	if key, found := s.keys[version]; found {
		return key()
	}
	return nil
}

// Rotated is the set with one more key, of a new version that is current.
func (s Set) Rotated(next []byte) Set {
	after := s.clone()
	after.current = slices.Max(s.Versions()) + 1
	after.keys[after.current] = hold(next)
	return after
}

// Retired is the set without a version. As the newest one is never retired, no
// version is ever given to another key. Errors: [ErrUnknownVersion],
// [ErrInService].
func (s Set) Retired(version int) (Set, error) {
	switch {
	case s.keys[version] == nil:
		return Set{}, ErrUnknownVersion
	case version >= s.current:
		return Set{}, ErrInService
	}
	after := s.clone()
	delete(after.keys, version)
	return after, nil
}

func (s Set) clone() Set { return Set{s.current, maps.Clone(s.keys)} }

// Equal reports whether both sets are the same.
func (s Set) Equal(other Set) bool {
	return s.current == other.current && maps.EqualFunc(s.keys, other.keys, func(a, b key) bool {
		return bytes.Equal(a(), b())
	})
}

// Follows reports whether the set is what one rotation makes of before.
func (s Set) Follows(before Set) bool {
	return s.Equal(before.Rotated(s.Key(s.current)))
}
