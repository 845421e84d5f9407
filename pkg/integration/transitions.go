package integration

import (
	"errors"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

// Refusals of a transition in the state that the integration is in.
var (
	ErrNoLiveToken     = errors.New("no token of the integration lives")
	ErrRotationPending = errors.New("a grace window is open")
	ErrNoRotation      = errors.New("no grace window is open")
	ErrNewTokenInUse   = errors.New("the new token has been used")
)

// New is what an admin enters for an integration.
type New struct {
	ID          string
	Account     string
	Name        string
	Description string
	Scopes      []string
	ExpiresAt   time.Time
	Policy      Policy // of the account
}

// Create makes an integration with one current token. Error: [*Invalid].
func Create(n New, offer Offer, minted Minted, by fact.Actor, now time.Time) (Change, error) {
	n.Name, n.Description = Normalise(n.Name), Normalise(n.Description)
	invalid := &Invalid{}
	checkName(invalid, n.Name)
	checkDescription(invalid, n.Description)
	checkScopes(invalid, n.Scopes, nil, offer)
	checkFuture(invalid, "expiresAt", n.ExpiresAt, now)
	if err := invalid.Err(); err != nil {
		return Change{}, err
	}
	d := &draft{now: now, by: by, change: Change{After: Integration{
		ID: n.ID, Account: n.Account, Name: n.Name, Description: n.Description,
		Scopes: scope.NewSet(n.Scopes...), CreatedAt: now, CreatedBy: by.Name(), Policy: n.Policy,
	}}}
	d.fact(fact.Fact{Type: fact.Created, Changes: fact.Deltas(
		fact.Delta{Field: "name", From: "", To: n.Name},
		fact.Delta{Field: "description", From: "", To: n.Description},
		scopeDelta(scope.Set(nil), d.change.After.Scopes),
	)})
	d.mint(minted, n.ExpiresAt)
	return d.shown(), nil
}

// Edit is a change of what an admin entered; nil fields stay.
type Edit struct {
	Name        *string
	Description *string
	Scopes      *[]string
}

// Edit changes name, description and scopes and leaves the tokens as they are;
// the scopes hold for them from the next request on. An edit that changes
// nothing gives a Change without facts. Error: [*Invalid].
func (i Integration) Edit(e Edit, offer Offer, by fact.Actor, now time.Time) (Change, error) {
	invalid := &Invalid{}
	d := i.begin(by, now)
	after := &d.change.After
	if e.Name != nil {
		after.Name = Normalise(*e.Name)
		checkName(invalid, after.Name)
	}
	if e.Description != nil {
		after.Description = Normalise(*e.Description)
		checkDescription(invalid, after.Description)
	}
	if e.Scopes != nil {
		checkScopes(invalid, *e.Scopes, i.Scopes, offer)
		after.Scopes = scope.NewSet(*e.Scopes...)
	}
	if err := invalid.Err(); err != nil {
		return Change{}, err
	}
	changes := fact.Deltas(
		fact.Delta{Field: "name", From: i.Name, To: after.Name},
		fact.Delta{Field: "description", From: i.Description, To: after.Description},
		scopeDelta(i.Scopes, after.Scopes),
	)
	if len(changes) == 0 {
		return Change{}, nil
	}
	d.fact(fact.Fact{Type: fact.Updated, Changes: changes})
	return d.shown(), nil
}

// Delete ends every token and takes the integration out of lists and quota.
func (i Integration) Delete(by fact.Actor, now time.Time) Change {
	d := i.begin(by, now)
	d.endAll(ReasonDeleted)
	d.fact(fact.Fact{Type: fact.Deleted})
	d.change.After.DeletedAt = now
	return d.shown()
}

// Expire ends every token at now; the integration stays and can be rotated to
// life. Error: [ErrNoLiveToken].
func (i Integration) Expire(by fact.Actor, now time.Time) (Change, error) {
	d := i.begin(by, now)
	if d.change.After.Current == nil {
		return Change{}, ErrNoLiveToken
	}
	d.endAll(ReasonRevoked)
	return d.shown(), nil
}

// SetExpiry sets, moves or (zero) removes the current token's deadline. The
// retiring token never outlives it. Setting what is set already gives a Change
// without facts. Errors: [*Invalid], [ErrNoLiveToken].
func (i Integration) SetExpiry(at time.Time, by fact.Actor, now time.Time) (Change, error) {
	invalid := &Invalid{}
	checkFuture(invalid, "at", at, now)
	if err := invalid.Err(); err != nil {
		return Change{}, err
	}
	d := i.begin(by, now)
	after := &d.change.After
	if after.Current == nil {
		return Change{}, ErrNoLiveToken
	}
	was := after.Current.ExpiresAt
	if was.Equal(at) {
		return Change{}, nil
	}
	current := *after.Current
	current.ExpiresAt = at
	after.Current = &current
	kind := fact.ExpirySet
	if at.IsZero() {
		kind = fact.ExpiryCleared
	}
	d.fact(fact.Fact{Type: kind, Token: current.ID, Changes: fact.Deltas(deltaOfDeadline(was, at))})
	return d.shown(), nil
}

// Sweep records the tokens that have died by the clock. Without one it gives a
// Change without facts. No version moves: clients have seen it all along.
func (i Integration) Sweep(now time.Time) Change {
	return i.begin(fact.System, now).change
}
