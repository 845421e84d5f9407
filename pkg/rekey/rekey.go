// Package rekey rotates the peppers of the token MACs. A rotation adds a key
// for the tokens that are minted from then on and touches no other; a key is
// retired, in a step of its own, once no living token needs it.
package rekey

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyset"
)

// Settle is how long keys have to lie unchanged before one of them is retired:
// by then nobody mints with a version that is not current any more. Whoever
// mints holds what it read of the secret for half of this at most.
const Settle = 2 * time.Hour

// KeySize is how many bytes a new key has.
const KeySize = 32

// ErrChanged means that others changed the keys at the same time. Nothing was
// done.
var ErrChanged = errors.New("the keys are being changed by another at the same time: look at what they are now, and try again")

// InUseError means that living tokens are on a version.
type InUseError struct{ Version, Tokens int }

func (e *InUseError) Error() string {
	return fmt.Sprintf("pepper %d can't be retired: living tokens are on it (%d): rotate them, or wait until they have ended", e.Version, e.Tokens)
}

// TooSoonError means that the keys changed so recently that somebody may still
// mint with a version that was current before.
type TooSoonError struct {
	Version int
	From    time.Time // when it can be tried again
}

func (e *TooSoonError) Error() string {
	return fmt.Sprintf("pepper %d can't be retired before %s: until then somebody may still mint with it, since the keys were changed shortly before",
		e.Version, e.From.UTC().Format(time.RFC3339))
}

// Stored is what a secret holds.
type Stored struct {
	Keys      keyset.Set
	Revision  string    // another one after each change
	ChangedAt time.Time // the last change, or later
}

// Secret is where the keys lie.
type Secret interface {
	// Read gives what the secret holds.
	Read(ctx context.Context) (Stored, error)
	// Swap replaces before, as it was read, with after, at once or not at all.
	// Error: [ErrChanged] if the secret holds something else by now.
	Swap(ctx context.Context, before Stored, after keyset.Set) error
}

// Tokens knows what tokens there are.
type Tokens interface {
	// LivingTokens counts the tokens on a version of the pepper that live as of
	// now. It sees every write that was answered before.
	LivingTokens(ctx context.Context, version int, now time.Time) (int, error)
}

// Report tells the versions that there are after a change.
type Report struct {
	Current  int   `json:"current"`
	Versions []int `json:"versions"` // ascending
}

func report(s keyset.Set) Report { return Report{s.Current(), s.Versions()} }

// Next is the set with one more key, from crypto/rand, that is current.
func Next(s keyset.Set) keyset.Set {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails
	return s.Rotated(key)
}

// Rotate adds a version and makes it current. Errors: [ErrChanged] and faults.
func Rotate(ctx context.Context, secret Secret) (Report, error) {
	before, err := secret.Read(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("rotate the pepper: %w", err)
	}
	after := Next(before.Keys)
	if err := secret.Swap(ctx, before, after); err != nil {
		return Report{}, fmt.Errorf("rotate the pepper: %w", err)
	}
	return report(after), nil
}

// Retire takes an older version out for good. Errors: keyset.ErrUnknownVersion,
// keyset.ErrInService, [*TooSoonError], [*InUseError], [ErrChanged] and faults.
func Retire(ctx context.Context, secret Secret, tokens Tokens, version int, now time.Time) (Report, error) {
	before, err := secret.Read(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("retire pepper %d: %w", version, err)
	}
	after, err := before.Keys.Retired(version)
	if err != nil {
		return Report{}, fmt.Errorf("retire pepper %d: %w", version, err)
	}
	if from := before.ChangedAt.Add(Settle); now.Before(from) {
		return Report{}, &TooSoonError{version, from}
	}
	living, err := tokens.LivingTokens(ctx, version, now)
	if err != nil {
		return Report{}, fmt.Errorf("retire pepper %d: %w", version, err)
	}
	if living > 0 {
		return Report{}, &InUseError{version, living}
	}
	if err := secret.Swap(ctx, before, after); err != nil {
		return Report{}, fmt.Errorf("retire pepper %d: %w", version, err)
	}
	return report(after), nil
}
