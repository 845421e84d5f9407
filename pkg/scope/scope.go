// Package scope names what a token may do.
//
// A scope is an opaque string out of the API's own documents, such as
// "contacts.readonly". Nothing is read into its spelling when a request is
// decided: "contacts.write" does not imply "contacts.readonly".
package scope

import (
	"fmt"
	"slices"
	"strings"
)

// MaxLength is the number of bytes that a scope may have.
const MaxLength = 100

// Valid reports what is wrong with s as a scope-token of RFC 6749, section
// 3.3: one to [MaxLength] printable ASCII characters without space, quote and
// backslash. The alphabet is what lets scopes stand unescaped in a challenge
// header and in a gateway response template.
func Valid(s string) error {
	if s == "" {
		return fmt.Errorf("a scope is empty")
	}
	if len(s) > MaxLength {
		return fmt.Errorf("a scope has more than %d characters", MaxLength)
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return fmt.Errorf("a scope holds a character outside of RFC 6749's scope-token")
		}
	}
	return nil
}

// Set is a sorted list of scopes without duplicates.
type Set []string

// NewSet makes a Set of names in any order; duplicates fall together.
func NewSet(names ...string) Set {
	s := slices.Clone(names)
	slices.Sort(s)
	return slices.Compact(s)
}

// Has reports whether name is in s.
func (s Set) Has(name string) bool {
	_, found := slices.BinarySearch(s, name)
	return found
}

// HasAll reports whether every one of names is in s.
func (s Set) HasAll(names []string) bool {
	for _, n := range names {
		if !s.Has(n) {
			return false
		}
	}
	return true
}

// Equal reports whether s and t hold the same scopes.
func (s Set) Equal(t Set) bool { return slices.Equal(s, t) }

// String is the scope parameter of RFC 6749: the scopes with a space between.
func (s Set) String() string { return strings.Join(s, " ") }
