package integration

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// ReuseSpan is for how long one fact stands for all uses of a dead token.
const ReuseSpan = time.Hour

// Reuse is a request that came with a dead token.
type Reuse struct {
	Token token.ID
	At    time.Time
}

// TellReuse records that a dead token was used, by whom, and when last, be it by
// another. It alerts and no more: no living token is touched. A token that lives
// gives a Change without a fact of it. That one fact stands for [ReuseSpan] of
// uses is a condition of the write, [ErrAlerted].
func (i Integration) TellReuse(id token.ID, by fact.Caller, last, now time.Time) Change {
	by.At, last = Instant(by.At), Instant(last)
	if now.Before(last) { // by another machine's clock
		now = last
	}
	d := i.begin(fact.System, now)
	for living := range d.change.After.Deadlines() {
		if living == id {
			return d.change
		}
	}
	d.change.Reused = &Reuse{Token: id, At: last}
	d.fact(fact.Fact{Type: fact.ReuseDetected, Token: id, Caller: by})
	return d.change
}
