package integration

import (
	"fmt"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// Change is one transition with all that has to be written for it, at once or
// not at all.
type Change struct {
	Before *Integration // nil: it is created
	After  Integration
	Facts  []Fact   // at least one
	Minted *Minted  // the token that After.Current is, if it is new
	Ended  []Ended  // tokens that died
	Unused token.ID // a token that must not have been used, if not empty
}

// Live is by how much the change moves the number of integrations that count
// against the account's quota.
func (c Change) Live() int {
	switch {
	case c.Before == nil:
		return 1
	case c.After.Deleted() && !c.Before.Deleted():
		return -1
	}
	return 0
}

// Minted is a new token as it is stored.
type Minted struct {
	ID            token.ID
	MAC           token.MAC
	PepperVersion int
}

// Actor is who does something: an admin, or a schedule of the system's own.
type Actor struct {
	ID      string // the issuer's subject, or "system"
	Email   string
	Address string // of the caller
}

// System is the actor of what the clock does.
var System = Actor{ID: "system"}

// Name is what is shown of an actor.
func (a Actor) Name() string {
	if a.Email != "" {
		return a.Email
	}
	return a.ID
}

// Fact is one entry of an integration's audit trail: what happened, who did it,
// when, from where, and what changed.
type Fact struct {
	Account     string
	Integration string
	Seq         int64 // gap-free from 1 for each integration
	Type        FactType
	At          time.Time
	Actor       Actor
	Token       token.ID // the token it is about, if one
	Reason      Reason   // why that token died, if it did
	Changes     []Delta
}

// ID names the fact uniquely; it is the id of the event that follows from it.
func (f Fact) ID() string { return fmt.Sprintf("%s.%d", f.Integration, f.Seq) }

// FactType says what happened.
type FactType string

// The fact types.
const (
	FactCreated           FactType = "integration.created"
	FactUpdated           FactType = "integration.updated"
	FactDeleted           FactType = "integration.deleted"
	FactTokenCreated      FactType = "token.created"
	FactTokenEnded        FactType = "token.ended"
	FactRotationStarted   FactType = "rotation.started"
	FactRotationMoved     FactType = "rotation.moved"
	FactRotationCancelled FactType = "rotation.cancelled"
	FactRotationCompleted FactType = "rotation.completed"
	FactRotationDue       FactType = "rotation.due"
	FactExpirySet         FactType = "expiry.set"
	FactExpiryCleared     FactType = "expiry.cleared"
)

// Delta is one field that changed; an empty side was absent.
type Delta struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// deltaOfDeadline is the delta of a token's deadline, in RFC 3339 with
// milliseconds.
func deltaOfDeadline(from, to time.Time) Delta {
	return Delta{"expiresAt", text(from), text(to)}
}

func text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(Layout)
}

// draft gathers a Change while a transition is worked out. It begins with what
// the clock has done by itself, so that no deadline that has come is left
// without its fact, whoever comes first.
type draft struct {
	change Change
	now    time.Time
	by     Actor
}

func (i Integration) begin(by Actor, now time.Time) *draft {
	before := i
	after, lapsed := i.settle(now)
	d := &draft{Change{Before: &before, After: after}, now, System}
	for _, e := range lapsed {
		d.change.Ended = append(d.change.Ended, e)
		d.fact(Fact{Type: FactTokenEnded, At: e.At, Token: e.ID, Reason: e.Reason})
	}
	d.by = by
	return d
}

// fact adds f, completed with what all facts of the change have in common.
func (d *draft) fact(f Fact) {
	after := &d.change.After
	after.Seq++
	f.Account, f.Integration, f.Seq, f.Actor = after.Account, after.ID, after.Seq, d.by
	if f.At.IsZero() {
		f.At = d.now
	}
	d.change.Facts = append(d.change.Facts, f)
}

// end records that the tokens died now, the older one first.
func (d *draft) end(reason Reason, ids ...token.ID) {
	ended := make([]Ended, 0, len(ids))
	for _, id := range ids {
		ended = append(ended, Ended{id, d.now, reason})
		d.fact(Fact{Type: FactTokenEnded, Token: id, Reason: reason})
	}
	d.change.Ended = append(d.change.Ended, ended...)
	d.change.After.Last = newest(d.change.After.Last, ended)
}

// endAll ends every living token.
func (d *draft) endAll(reason Reason) {
	after := &d.change.After
	if r := after.Retiring; r != nil {
		after.Retiring = nil
		d.end(reason, r.ID)
	}
	if c := after.Current; c != nil {
		after.Current = nil
		d.end(reason, c.ID)
	}
}

// mint makes m the current token.
func (d *draft) mint(m Minted, expiresAt time.Time) {
	d.change.Minted = &m
	d.change.After.Current = &Token{
		ID: m.ID, CreatedAt: d.now, CreatedBy: d.by.Name(), ExpiresAt: expiresAt,
	}
	d.fact(Fact{Type: FactTokenCreated, Token: m.ID, Changes: deltas(deltaOfDeadline(time.Time{}, expiresAt))})
}

// shown closes a change that clients can see.
func (d *draft) shown() Change {
	d.change.After.Version++
	d.change.After.UpdatedAt = d.now
	return d.change
}

// deltas drops the fields that did not change.
func deltas(all ...Delta) []Delta {
	var changed []Delta
	for _, d := range all {
		if d.From != d.To {
			changed = append(changed, d)
		}
	}
	return changed
}

func scopeDelta(from, to interface{ String() string }) Delta {
	return Delta{"scopes", strings.TrimSpace(from.String()), strings.TrimSpace(to.String())}
}
