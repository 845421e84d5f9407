package integration

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
)

// Rotation is how to rotate.
type Rotation struct {
	// Grace is how long the old token lives on; 0 ends it, and every older one,
	// at once.
	Grace time.Duration
	// ExpiresAt is the new token's deadline; nil keeps the old one's if it is
	// still ahead, zero means none.
	ExpiresAt *time.Time
}

// Rotate makes minted the current token. With a grace the old one retires,
// which needs a living token and no open window; without, every older token is
// dead at once, whatever state they are in. Errors: [*Invalid],
// [ErrNoLiveToken], [ErrRotationPending].
func (i Integration) Rotate(r Rotation, minted Minted, by fact.Actor, now time.Time) (Change, error) {
	invalid := &Invalid{}
	if r.Grace != 0 && (r.Grace < MinGrace || r.Grace > MaxGrace) {
		invalid.Add("graceHours", "must be from %d to %d", MinGrace/time.Hour, MaxGrace/time.Hour)
	}
	if r.ExpiresAt != nil {
		checkFuture(invalid, "expiresAt", *r.ExpiresAt, now)
	}
	if err := invalid.Err(); err != nil {
		return Change{}, err
	}
	d := i.begin(by, now)
	after := &d.change.After
	old := after.Current
	var expiresAt time.Time
	if old != nil {
		expiresAt = old.ExpiresAt
	}
	if r.ExpiresAt != nil {
		expiresAt = *r.ExpiresAt
	}
	if r.Grace == 0 {
		d.endAll(ReasonRotated)
		d.mint(minted, expiresAt)
		return d.shown(), nil
	}
	switch {
	case after.Retiring != nil:
		return Change{}, ErrRotationPending
	case old == nil:
		return Change{}, ErrNoLiveToken
	}
	after.Retiring = &Retiring{Token: *old, RotatedAt: now, WindowEndsAt: now.Add(r.Grace)}
	d.mint(minted, expiresAt)
	d.fact(fact.Fact{Type: fact.RotationStarted, Token: old.ID, Changes: fact.Deltas(
		deltaOfDeadline(old.ExpiresAt, after.RetiringDeadline()),
	)})
	return d.shown(), nil
}

// Cancel ends the new token of an open window and makes the old one current
// again, with the deadline that it had before. Unless forced, the change holds
// only as long as the new token is unused. Error: [ErrNoRotation].
func (i Integration) Cancel(force bool, by fact.Actor, now time.Time) (Change, error) {
	d := i.begin(by, now)
	after := &d.change.After
	if after.Retiring == nil {
		return Change{}, ErrNoRotation
	}
	minted, old := after.Current.ID, after.Retiring.Token
	if !force {
		d.change.Unused = minted
	}
	d.fact(fact.Fact{Type: fact.RotationCancelled, Token: old.ID, Changes: fact.Deltas(
		deltaOfDeadline(after.RetiringDeadline(), old.ExpiresAt),
	)})
	after.Current, after.Retiring = &old, nil
	after.unwarn() // somebody has decided that it shall live
	d.end(ReasonCancelled, minted)
	return d.shown(), nil
}

// Complete ends the old token of an open window and keeps the new one. Error:
// [ErrNoRotation].
func (i Integration) Complete(by fact.Actor, now time.Time) (Change, error) {
	d := i.begin(by, now)
	after := &d.change.After
	if after.Retiring == nil {
		return Change{}, ErrNoRotation
	}
	old := after.Retiring.ID
	after.Retiring = nil
	d.fact(fact.Fact{Type: fact.RotationCompleted, Token: old})
	d.end(ReasonCompleted, old)
	return d.shown(), nil
}

// MoveWindow moves the end of an open window: not before now, nor later than
// [MaxGrace] after the rotation, nor beyond a deadline that ends the old token
// anyway. Moving it to where it is gives a Change without facts. Errors:
// [*Invalid], [ErrNoRotation].
func (i Integration) MoveWindow(to time.Time, by fact.Actor, now time.Time) (Change, error) {
	d := i.begin(by, now)
	after := &d.change.After
	if after.Retiring == nil {
		return Change{}, ErrNoRotation
	}
	retiring := *after.Retiring
	latest := retiring.RotatedAt.Add(MaxGrace)
	invalid := &Invalid{}
	switch own := earliest(retiring.ExpiresAt, after.Current.ExpiresAt); {
	case to.Before(now):
		invalid.Add("expiresAt", "must not be in the past")
	case to.After(latest):
		invalid.Add("expiresAt", "must be within %d days of the rotation, by %s", MaxGrace/(24*time.Hour), text(latest))
	case !own.IsZero() && to.After(own):
		invalid.Add("expiresAt", "must not be after the token's own deadline, %s", text(own))
	}
	if err := invalid.Err(); err != nil {
		return Change{}, err
	}
	if to.Equal(retiring.WindowEndsAt) {
		return Change{}, nil
	}
	was := after.RetiringDeadline()
	retiring.WindowEndsAt = to
	after.Retiring = &retiring
	d.fact(fact.Fact{Type: fact.RotationMoved, Token: retiring.ID, Changes: fact.Deltas(
		deltaOfDeadline(was, after.RetiringDeadline()),
	)})
	return d.shown(), nil
}
