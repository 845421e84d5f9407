// Package authorize decides whether a request to API v2.0 may pass: whether its
// token is real and lives, and whether its scopes cover the operation.
//
// Deciding takes one read by key and no write but for a token's first use.
// Whatever can't be decided is an error that is neither a yes nor a no.
package authorize

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// Tokens is where tokens are looked up.
type Tokens interface {
	// Credential reads what is stored of a token, strongly consistent. Errors:
	// integration.ErrNotFound and faults.
	Credential(ctx context.Context, id token.ID) (integration.Credential, error)
	// MarkUsed notes a token's first use.
	MarkUsed(ctx context.Context, id token.ID, at time.Time) error
}

// Peppers gives the keys of the MACs.
type Peppers interface {
	// Key gives one version of the pepper. Errors: keyset.ErrUnknownVersion and
	// faults.
	Key(ctx context.Context, version int) (*token.Pepper, error)
}

// Uses takes note of what tokens are used for.
type Uses interface {
	// Note counts a use. It is part of each request and costs next to nothing.
	Note(u usage.Use)
}

// ErrUnauthorized means that the request carries no living token. It says no
// more: why is told only to whoever introspects with the right secret.
var ErrUnauthorized = errors.New("no living token")

// ErrUnknownRoute means that the token lives and the catalogue has no such
// operation, or the path is one that two readers could read differently.
var ErrUnknownRoute = errors.New("no such operation")

// ScopeError means that the token lives and lacks the scopes that the
// operation needs.
type ScopeError struct{ Needed string } // with spaces between

func (e *ScopeError) Error() string { return "insufficient scope: needs " + e.Needed }

// Request is what is looked at of a request.
type Request struct {
	Method      string
	Path        string   // as it was sent, without query
	Credentials []string // the values of all Authorization headers
	Address     string   // of the caller
	Agent       string   // the User-Agent header
}

// Authorizer decides on requests. Safe for concurrent use.
type Authorizer struct {
	format  token.Format
	tokens  Tokens
	peppers Peppers
	catalog *catalog.Catalog
	uses    Uses
	now     func() time.Time
	decoy   *token.Pepper
}

// New makes an Authorizer. Without uses, none are noted.
func New(format token.Format, tokens Tokens, peppers Peppers, c *catalog.Catalog, uses Uses, now func() time.Time) *Authorizer {
	decoy, err := token.NewPepper(make([]byte, token.MinPepperSize))
	if err != nil {
		panic(err) // the size is a constant
	}
	return &Authorizer{format, tokens, peppers, c, uses, now, decoy}
}

// Authorize lets r pass or says why not. Errors: [ErrUnauthorized],
// [ErrUnknownRoute], [*ScopeError], and faults.
func (a *Authorizer) Authorize(ctx context.Context, r Request) (integration.Credential, error) {
	c, err := a.identify(ctx, r.Credentials)
	if err != nil {
		return c, err
	}
	now := integration.Instant(a.now())
	if ended, dead := c.Ended(now); dead {
		// What is no longer told of a token is no longer counted.
		if now.Before(ended.At.Add(integration.TombstoneAge)) {
			a.note(r, c, now, usage.Reused, nil, nil)
		}
		return integration.Credential{}, ErrUnauthorized
	}
	if c.FirstUsedAt.IsZero() {
		a.markUsed(ctx, c.ID, now)
	}
	operation, err := a.catalog.Match(r.Method, r.Path)
	if err != nil {
		a.note(r, c, now, usage.Refused, nil, nil)
		return c, ErrUnknownRoute
	}
	opening, permitted := operation.Opening(c.Scopes)
	if !permitted {
		a.note(r, c, now, usage.Refused, nil, nil)
		return c, &ScopeError{operation.Needs()}
	}
	a.note(r, c, now, usage.Passed, operation, opening)
	return c, nil
}

// note has a use counted. Operation and opening are of a request that passes.
func (a *Authorizer) note(r Request, c integration.Credential, now time.Time, outcome usage.Outcome, operation *catalog.Operation, opening scope.Set) {
	if a.uses == nil {
		return
	}
	u := usage.Use{
		Token: c.ID, Account: c.Account, Integration: c.Integration, At: now, RetiringSince: c.Deadline.RetiringSince,
		Outcome: outcome, Scopes: opening, Caller: usage.NewCaller(r.Address, r.Agent),
	}
	if operation != nil {
		u.Operation = operation.Name()
	}
	a.uses.Note(u)
}

// Introspection is what a token's holder may know of it.
type Introspection struct {
	integration.Credential
	Ended *integration.Ended // nil: the token lives
}

// Introspect tells whoever holds a token with its right secret about it, dead
// or alive, for as long as tombstones are kept. It marks no use. Errors:
// [ErrUnauthorized] and faults.
func (a *Authorizer) Introspect(ctx context.Context, credentials []string) (Introspection, error) {
	c, err := a.identify(ctx, credentials)
	if err != nil {
		return Introspection{}, err
	}
	now := integration.Instant(a.now())
	ended, dead := c.Ended(now)
	switch {
	case !dead:
		return Introspection{Credential: c}, nil
	case !now.Before(ended.At.Add(integration.TombstoneAge)):
		return Introspection{}, ErrUnauthorized
	}
	return Introspection{c, &ended}, nil
}

// identify finds the token that is presented and checks its secret.
func (a *Authorizer) identify(ctx context.Context, credentials []string) (integration.Credential, error) {
	t, err := a.format.Parse(presented(credentials))
	if err != nil {
		return integration.Credential{}, ErrUnauthorized
	}
	c, err := a.tokens.Credential(ctx, t.ID())
	if errors.Is(err, integration.ErrNotFound) {
		// The same work as for a known id, so that time tells nothing.
		c.MAC.Equal(a.decoy.MAC(t))
		return integration.Credential{}, ErrUnauthorized
	}
	if err != nil {
		return integration.Credential{}, fmt.Errorf("authorize: %w", err)
	}
	pepper, err := a.peppers.Key(ctx, c.PepperVersion)
	if errors.Is(err, keyset.ErrUnknownVersion) {
		// A pepper is retired once nothing but dead tokens is on it.
		if _, dead := c.Ended(integration.Instant(a.now())); dead {
			c.MAC.Equal(a.decoy.MAC(t))
			return integration.Credential{}, ErrUnauthorized
		}
	}
	if err != nil {
		return integration.Credential{}, fmt.Errorf("authorize: %w", err)
	}
	if !c.MAC.Equal(pepper.MAC(t)) {
		return integration.Credential{}, ErrUnauthorized
	}
	return c, nil
}

// presented is the one credential of a request: bare or after "Bearer" (RFC
// 6750, section 2.1, in any letter case). Several, or none, are no credential.
func presented(credentials []string) string {
	if len(credentials) != 1 {
		return ""
	}
	value := strings.Trim(credentials[0], " \t")
	if scheme, rest, found := strings.Cut(value, " "); found && strings.EqualFold(scheme, "bearer") {
		return strings.TrimLeft(rest, " ")
	}
	return value
}

// markTimeout bounds what a first use may cost the request that makes it.
const markTimeout = 100 * time.Millisecond

// markUsed notes the first use as well as it can: the request does not depend
// on it, and the next one tries again.
func (a *Authorizer) markUsed(ctx context.Context, id token.ID, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	_ = a.tokens.MarkUsed(ctx, id, now)
}
