// Package fact is what has happened: the entries of the audit trail, which are
// also the events that leave the system. A fact is written in the transaction
// of the change that it tells of, and never changed but for its Count.
package fact

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// Actor is who does something: a person, or a schedule of the system's own.
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

// Fact is one thing that happened: to an integration, or to the account itself
// where Integration is empty. It says what, who did it, when, from where, and
// what changed.
type Fact struct {
	Account     string
	Integration string
	Seq         int64 // gap-free from 1 for each integration, and for the account itself
	Type        Type
	At          time.Time
	Actor       Actor
	Token       token.ID // the token it is about, if one
	Member      string   // the person it is about, if one: an account.MemberID
	MemberEmail string   // theirs at that time, if it is known
	Operation   string   // that was denied, if one was
	Reason      string   // why that token died, an integration.Reason, or why it was denied
	Changes     []Delta
	Caller      Caller // who used a dead token, if it is about that
	// Count is how often the operation was denied to the member within a minute.
	// It goes up in place and so is the one thing of a fact that changes after it
	// was written.
	Count int64
	Prev  Hash // of the fact before it of the same subject, set by [Link]
	Hash  Hash // of this one, set by [Link]
}

// Caller is where a request with a token came from, and what sent it.
type Caller struct {
	Address string
	Agent   string    // the User-Agent header, or the beginning of it
	Known   bool      // whether that address had used the token while it lived
	At      time.Time // of the request
}

// ID names the fact uniquely; it is the id of the event that follows from it.
func (f Fact) ID() string {
	if f.Integration == "" {
		return fmt.Sprintf("account:%s.%d", f.Account, f.Seq)
	}
	return fmt.Sprintf("%s.%d", f.Integration, f.Seq)
}

// Subject is what the fact is about, within its account: an integration's id,
// or "account".
func (f Fact) Subject() string {
	if f.Integration == "" {
		return "account"
	}
	return f.Integration
}

// Place is where a fact stands in the timeline of its account: facts of one
// instant are in the order of their subjects and numbers. Places compare as
// strings do, and none is given twice in an account.
type Place string

// Place gives the fact's.
func (f Fact) Place() Place {
	subject := f.Subject()
	b := make([]byte, 0, 64)
	b = append(padded(b, f.At.UnixMilli(), 15), '#')
	b = append(append(b, subject...), '#')
	return Place(padded(b, f.Seq, 12))
}

// Before is the place just before all facts of an instant, and after all
// earlier ones.
func Before(t time.Time) Place { return Place(padded(nil, t.UnixMilli(), 15)) }

// At is the instant of a place; false if it is none.
func (p Place) At() (time.Time, bool) {
	text, _, _ := strings.Cut(string(p), "#")
	milliseconds, err := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(milliseconds).UTC(), err == nil
}

// padded appends a number, not below 0, with zeros before it.
func padded(b []byte, n int64, width int) []byte {
	digits := strconv.FormatInt(n, 10)
	for range width - len(digits) {
		b = append(b, '0')
	}
	return append(b, digits...)
}

// Type says what happened.
type Type string

// The types.
const (
	Created           Type = "integration.created"
	Updated           Type = "integration.updated"
	Deleted           Type = "integration.deleted"
	TokenCreated      Type = "token.created"
	TokenEnded        Type = "token.ended"
	RotationStarted   Type = "rotation.started"
	RotationMoved     Type = "rotation.moved"
	RotationCancelled Type = "rotation.cancelled"
	RotationCompleted Type = "rotation.completed"
	RotationUpcoming  Type = "rotation.upcoming"
	RotationDue       Type = "rotation.due"
	RotationEnding    Type = "rotation.ending"
	OldTokenStillUsed Type = "rotation.old_token_still_used"
	ExpirySet         Type = "expiry.set"
	ExpiryCleared     Type = "expiry.cleared"
	ExpiryUpcoming    Type = "expiry.upcoming"
	IdleWarning       Type = "idle.warning"
	ReuseDetected     Type = "token.reuse_detected"

	PermissionChanged Type = "permission.changed"
	SettingsChanged   Type = "settings.changed"
	LabsSwitched      Type = "labs.switched"
	AccessDenied      Type = "access.denied"
)

// Delta is one field that changed; an empty side was absent.
type Delta struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// OvertakenBy is the field of a fact that tells of a threshold, of days or hours,
// so late that another was told of with it: which. Nobody needs to act on it.
const OvertakenBy = "overtakenBy"

// Deltas drops the fields that did not change.
func Deltas(all ...Delta) []Delta {
	var changed []Delta
	for _, d := range all {
		if d.From != d.To {
			changed = append(changed, d)
		}
	}
	return changed
}
