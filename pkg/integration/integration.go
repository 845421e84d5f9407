// Package integration is what a private integration is and how it lives.
//
// An integration has at most two usable tokens: the current one and, during the
// grace window after a rotation, the retiring one. Every transition is a pure
// function from an integration, an instant and an actor to a [Change], which
// carries the audit facts with it. What is alive is derived from stored
// deadlines and the instant that is asked for, never from a stored status: a
// token is valid strictly before its deadline, to the millisecond.
package integration

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
)

const (
	// DefaultGrace is how long an old token lives on after a rotation.
	DefaultGrace = 7 * 24 * time.Hour
	// MinGrace is the shortest grace window.
	MinGrace = time.Hour
	// MaxGrace is the longest.
	MaxGrace = 30 * 24 * time.Hour
	// ExpiringWithin is how near a deadline makes an integration "expiring".
	ExpiringWithin = 30 * 24 * time.Hour
	// ReminderAge is the age of a token at which its rotation is due.
	ReminderAge = 90 * 24 * time.Hour
	// TombstoneAge is how long a dead token's item is kept, for introspection
	// and for the tripwire.
	TombstoneAge = 90 * 24 * time.Hour
)

// Integration is the state of one private integration. Instants are in UTC and
// whole milliseconds; a zero instant means none.
type Integration struct {
	ID          string // a ULID
	Account     string
	Name        string
	Description string
	Scopes      scope.Set
	Seq         int64     // number of its newest fact; what a write is conditional on
	Head        fact.Hash // of that fact; empty if it was written before there were hashes
	Version     int64     // moves when a change shows in what clients read; the ETag
	CreatedAt   time.Time
	CreatedBy   string
	UpdatedAt   time.Time
	DeletedAt   time.Time
	Current     *Token
	Retiring    *Retiring
	Last        *Ended // the newest token that has died
	Policy      Policy
	// Touched counts the changes that no fact tells of, since nobody needs to
	// know of them; with Seq it is what a write is conditional on.
	Touched int64
}

// Token is a living token of an integration.
type Token struct {
	ID         token.ID
	CreatedAt  time.Time
	CreatedBy  string
	ExpiresAt  time.Time // its own deadline
	RemindedAt time.Time // when its age was announced last
	Told       Told
}

// Retiring is the token before the current one, during the grace window.
type Retiring struct {
	Token
	RotatedAt    time.Time
	WindowEndsAt time.Time
}

// Ended is a token that has died: when, and why.
type Ended struct {
	ID     token.ID
	At     time.Time
	Reason Reason
}

// Reason says why a token died.
type Reason string

// The reasons, as clients see them.
const (
	ReasonExpired   Reason = "expired"            // its own deadline came
	ReasonGrace     Reason = "grace_ended"        // the grace window after its rotation ended
	ReasonRotated   Reason = "rotated"            // replaced at once
	ReasonCompleted Reason = "rotation_completed" // ended by an admin within the grace window
	ReasonCancelled Reason = "rotation_cancelled" // it was the new token of a cancelled rotation
	ReasonRevoked   Reason = "expired_by_admin"   // every token was ended at once
	ReasonDeleted   Reason = "deleted"            // the integration was deleted
	ReasonIdle      Reason = "idle"               // the idle policy ended it
)

// Status is what an integration's state comes to at an instant.
type Status string

// The statuses; the first that fits holds.
const (
	StatusDeleted  Status = "deleted"
	StatusInactive Status = "inactive" // ended by the idle policy
	StatusExpired  Status = "expired"  // no token lives
	StatusRotating Status = "rotating" // within a grace window
	StatusExpiring Status = "expiring" // the current token's deadline is near
	StatusActive   Status = "active"
)

// Statuses lists every status but deleted, which no list shows.
var Statuses = []Status{StatusActive, StatusExpiring, StatusRotating, StatusExpired, StatusInactive}

// Layout is how instants are shown: RFC 3339, always with milliseconds.
const Layout = "2006-01-02T15:04:05.000Z07:00"

// Instant is t as it is stored: UTC, cut to the millisecond.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// earliest is the first of some instants, of which zero ones don't count.
func earliest(instants ...time.Time) (first time.Time) {
	for _, t := range instants {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// over reports whether a deadline has come: a token is valid strictly before it.
func over(deadline, now time.Time) bool { return !deadline.IsZero() && !now.Before(deadline) }

// RetiringDeadline is when the retiring token dies: at its own deadline or the
// window's end, whichever is first, and never after the current token. Zero
// without a retiring token.
func (i Integration) RetiringDeadline() time.Time {
	if i.Retiring == nil {
		return time.Time{}
	}
	deadline := earliest(i.Retiring.ExpiresAt, i.Retiring.WindowEndsAt)
	if i.Current != nil {
		deadline = earliest(deadline, i.Current.ExpiresAt)
	}
	return deadline
}

// retiringReason is why the retiring token will die at its deadline.
func (i Integration) retiringReason() Reason {
	if i.Retiring.WindowEndsAt.After(i.RetiringDeadline()) {
		return ReasonExpired
	}
	return ReasonGrace
}

// Deadline is one living token's effective deadline (zero: none) and the reason
// for which it will then have died.
type Deadline struct {
	At     time.Time
	Reason Reason
	// RetiringSince is when a rotation made it the old token; zero: it is not. What
	// it is used for since then is what an admin has to know before it ends.
	RetiringSince time.Time
}

// Deadlines gives the effective deadlines of the tokens that are not recorded
// as ended, by token.
func (i Integration) Deadlines() map[token.ID]Deadline {
	all := map[token.ID]Deadline{}
	if i.Current != nil {
		all[i.Current.ID] = Deadline{At: i.Current.ExpiresAt, Reason: ReasonExpired}
	}
	if i.Retiring != nil {
		all[i.Retiring.ID] = Deadline{At: i.RetiringDeadline(), Reason: i.retiringReason(), RetiringSince: i.Retiring.RotatedAt}
	}
	return all
}

// At is the integration as it stands at now: tokens whose deadline has come are
// gone from it, whether or not a sweep has recorded that.
func (i Integration) At(now time.Time) Integration {
	settled, _ := i.settle(now)
	return settled
}

// settle is [Integration.At], and the tokens that have died by the clock.
func (i Integration) settle(now time.Time) (Integration, []Ended) {
	var ended []Ended
	if at := i.RetiringDeadline(); over(at, now) {
		ended = append(ended, Ended{i.Retiring.ID, at, i.retiringReason()})
		i.Retiring = nil
	}
	if i.Current != nil && over(i.Current.ExpiresAt, now) {
		ended = append(ended, Ended{i.Current.ID, i.Current.ExpiresAt, ReasonExpired})
		i.Current = nil
	}
	i.Last = newest(i.Last, ended)
	return i, ended
}

// newest is the last to have died, where those that died later, or of one
// instant the younger token, come later in ended.
func newest(last *Ended, ended []Ended) *Ended {
	for _, e := range ended {
		if last == nil || !e.At.Before(last.At) {
			last = &e
		}
	}
	return last
}

// Deleted reports whether the integration was deleted.
func (i Integration) Deleted() bool { return !i.DeletedAt.IsZero() }

// Status derives the status at now.
func (i Integration) Status(now time.Time) Status {
	i = i.At(now)
	switch {
	case i.Deleted():
		return StatusDeleted
	case i.Current == nil && i.Last != nil && i.Last.Reason == ReasonIdle:
		return StatusInactive
	case i.Current == nil:
		return StatusExpired
	case i.Retiring != nil:
		return StatusRotating
	case over(i.Current.ExpiresAt, now.Add(ExpiringWithin)):
		return StatusExpiring
	}
	return StatusActive
}

// DueAt is when the next thing has to be done for the integration: a deadline
// to record or a reminder to send. Zero: nothing is ever due.
func (i Integration) DueAt() time.Time {
	if i.Current == nil {
		return i.RetiringDeadline()
	}
	age, _ := i.Policy.ageAt(*i.Current, i.Current.Told.Age)
	return earliest(i.RetiringDeadline(), i.Current.ExpiresAt, age,
		nextAhead(i.Current.ExpiresAt, expiryAhead, i.Current.Told.Expiry), i.nextWindow(), i.nextIdle())
}
