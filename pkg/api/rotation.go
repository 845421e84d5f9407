package api

import (
	"context"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

// RotateToken is the body that rotates.
type RotateToken struct {
	ExpireOld  string                         `json:"expireOld" enum:"later,now" doc:"Whether the old token lives on for a grace window or dies at once."`
	GraceHours strictjson.Optional[int]       `json:"graceHours,omitzero" nullable:"false" minimum:"1" maximum:"720" doc:"Length of the grace window, only with later; that of the account's settings, at first 168, if it is left out."`
	ExpiresAt  strictjson.Optional[time.Time] `json:"expiresAt,omitzero" doc:"The new token's deadline; null: none; left out: the old one's, if it is still ahead."`
}

// CancelRotation is the body that cancels; it may be left out.
type CancelRotation struct {
	Force bool `json:"force,omitempty" doc:"Cancel even if the new token has been used."`
}

func (*CancelRotation) optional() {}

// CompleteRotation is the body that completes; it may be left out.
type CompleteRotation struct{}

func (*CompleteRotation) optional() {}

// MoveRotation is the body that moves the end of the grace window.
type MoveRotation struct {
	ExpiresAt time.Time `json:"expiresAt" doc:"When the old token is to die."`
}

// ExpireTokens is the body that expires.
type ExpireTokens struct {
	At strictjson.Optional[time.Time] `json:"at,omitzero" nullable:"false" doc:"When the current token is to die; every token now, if it is left out."`
}

// rotation reads what is asked for into the domain's terms.
func (in RotateToken) rotation() (integration.Rotation, error) {
	var r integration.Rotation
	invalid := &integration.Invalid{}
	switch in.ExpireOld {
	case "later":
		r.Grace = in.grace(invalid)
	case "now":
		if in.GraceHours.Set {
			invalid.Add("graceHours", `must be left out with "expireOld": "now", which leaves the old token no grace window`)
		}
	default:
		in.grace(invalid)
		invalid.Add("expireOld", `must be "later" or "now"`)
	}
	if in.ExpiresAt.Set {
		at := deadline(invalid, "expiresAt", in.ExpiresAt)
		r.ExpiresAt = &at
	}
	return r, invalid.Err()
}

// grace is how long the grace window is to be.
func (in RotateToken) grace(invalid *integration.Invalid) time.Duration {
	d := lasting(invalid, "graceHours", in.GraceHours, time.Hour)
	if d == nil {
		return manage.AccountGrace
	}
	if *d < integration.MinGrace || *d > integration.MaxGrace {
		invalid.Add("graceHours", "must be a whole number from 1 to %d", integration.MaxGrace/time.Hour)
	}
	return *d
}

func (a *API) rotateToken(ctx context.Context, c *call, in RotateToken) (Issued, error) {
	rotation, err := in.rotation()
	if err != nil {
		return Issued{}, err
	}
	t, err := c.target()
	if err != nil {
		return Issued{}, err
	}
	once, err := c.once(in)
	if err != nil {
		return Issued{}, err
	}
	return a.issued(a.Service.Rotate(ctx, c.caller, t, rotation, once))
}

func (a *API) getRotation(ctx context.Context, c *call, _ nothing) (Rotation, error) {
	r, err := a.Service.Rotation(ctx, c.caller, c.Params["accountId"], c.Params["integrationId"])
	if err != nil {
		return Rotation{}, err
	}
	return Rotation{
		Old:       a.shapes().usedToken(r.View, r.Retiring.Token, r.Window.ExpiresAt, r.Old),
		New:       a.shapes().usedToken(r.View, *r.Current, r.Current.ExpiresAt, r.New),
		RotatedAt: instant(r.Window.RotatedAt), ExpiresAt: instant(r.Window.ExpiresAt), Verdict: string(r.Verdict),
		QuietMinutes: int(r.Window.QuietFor / time.Minute), QuietAt: instantOrNil(r.Window.QuietAt()),
	}, nil
}

func (a *API) moveRotation(ctx context.Context, c *call, in MoveRotation) (Integration, error) {
	t, err := c.target()
	if err != nil {
		return Integration{}, err
	}
	if in.ExpiresAt.IsZero() {
		invalid := &integration.Invalid{}
		invalid.Add("expiresAt", "is missing")
		return Integration{}, invalid
	}
	return a.shown(a.Service.MoveWindow(ctx, c.caller, t, in.ExpiresAt))
}

func (a *API) cancelRotation(ctx context.Context, c *call, in CancelRotation) (Integration, error) {
	t, err := c.target()
	if err != nil {
		return Integration{}, err
	}
	return a.shown(a.Service.Cancel(ctx, c.caller, t, in.Force))
}

func (a *API) completeRotation(ctx context.Context, c *call, _ CompleteRotation) (Integration, error) {
	t, err := c.target()
	if err != nil {
		return Integration{}, err
	}
	return a.shown(a.Service.Complete(ctx, c.caller, t))
}

func (a *API) expireTokens(ctx context.Context, c *call, in ExpireTokens) (Integration, error) {
	t, err := c.target()
	if err != nil {
		return Integration{}, err
	}
	switch {
	case !in.At.Set:
		return a.shown(a.Service.Expire(ctx, c.caller, t))
	case in.At.Value == nil:
		invalid := &integration.Invalid{}
		invalid.Add("at", "must not be null: leave it out to expire now, or use DELETE …/expiry to remove the deadline")
		return Integration{}, invalid
	}
	invalid := &integration.Invalid{}
	at := deadline(invalid, "at", in.At)
	if err := invalid.Err(); err != nil {
		return Integration{}, err
	}
	return a.shown(a.Service.SetExpiry(ctx, c.caller, t, at))
}

func (a *API) clearExpiry(ctx context.Context, c *call, _ nothing) (Integration, error) {
	t, err := c.target()
	if err != nil {
		return Integration{}, err
	}
	return a.shown(a.Service.SetExpiry(ctx, c.caller, t, time.Time{}))
}
