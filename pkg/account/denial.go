package account

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
)

// Denial remembers the newest fact that somebody was denied an operation, so
// that a program which asks all the time does not flood the audit trail.
type Denial struct {
	Member    string
	Operation string
	Seq       int64 // of the fact; 0: none is remembered
	At        time.Time
}

// denialSpan is how long one fact stands for all denials of a member and an
// operation.
const denialSpan = time.Minute

// Forgotten is from when on the denial need not be remembered.
func (d Denial) Forgotten() time.Time { return d.At.Add(denialSpan) }

// Deny records that m was denied an operation, and why, with a fact of its own
// or as one more in the count of last, the newest denial of the two.
func (a Account) Deny(last Denial, m Member, operation, why string, by fact.Actor, now time.Time) Change {
	c := Change{Before: a, After: a}
	if last.Seq != 0 && now.Before(last.Forgotten()) {
		c.Again = last.Seq
		return c
	}
	c.fact(fact.Fact{
		Type: fact.AccessDenied, Member: m.ID, MemberEmail: m.Email, Operation: operation, Reason: why, Count: 1,
	}, by, now)
	c.Denial = &Denial{Member: m.ID, Operation: operation, Seq: c.After.Seq, At: c.Facts[0].At}
	return c
}
