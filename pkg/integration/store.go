package integration

import (
	"errors"
	"time"

	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// What a store answers, beside faults.
var (
	ErrNotFound  = errors.New("no such integration")
	ErrConflict  = errors.New("changed by another at the same time")
	ErrQuota     = errors.New("the account has as many integrations as it may have")
	ErrDuplicate = errors.New("the idempotency key was used already")
	ErrAlerted   = errors.New("another use of the dead token was told of a short while before")
)

// Credential is what is stored of a token for those who verify it.
type Credential struct {
	ID            token.ID
	Account       string
	Integration   string
	Scopes        scope.Set
	MAC           token.MAC
	PepperVersion int
	CreatedAt     time.Time
	Deadline      Deadline // planned: the token is valid strictly before it
	Dead          Deadline // recorded: a token that has it is dead whatever the clock says
	FirstUsedAt   time.Time
	ReusedAt      time.Time // the newest use of the dead token of which a fact tells
}

// Ended tells whether, when and why the token has died as of now.
func (c Credential) Ended(now time.Time) (Ended, bool) {
	switch {
	case !c.Dead.At.IsZero():
		return Ended{c.ID, c.Dead.At, c.Dead.Reason}, true
	case over(c.Deadline.At, now):
		return Ended{c.ID, c.Deadline.At, c.Deadline.Reason}, true
	}
	return Ended{}, false
}

// ReceiptAge is how long an idempotency key is remembered.
const ReceiptAge = 24 * time.Hour

// Receipt remembers what was answered under an idempotency key. It holds for
// [ReceiptAge] by the clock.
type Receipt struct {
	Key         string // hash of account, actor, operation and the client's key
	Fingerprint string // hash of the request's body
	At          time.Time
	Answer      Integration
	// RetiringUsedAt and RetiringLastUsedAt are when the retiring token of the
	// answer had first and last been used by then; the new token had not.
	RetiringUsedAt, RetiringLastUsedAt time.Time
}

// Holds reports whether the receipt is still remembered at now.
func (r Receipt) Holds(now time.Time) bool { return now.Before(r.At.Add(ReceiptAge)) }
