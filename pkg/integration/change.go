package integration

import (
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Change is one transition with all that has to be written for it, at once or
// not at all.
type Change struct {
	Before *Integration // nil: it is created
	After  Integration
	Facts  []fact.Fact // at least one, but for a change that counts in After.Touched
	Minted *Minted     // the token that After.Current is, if it is new
	Ended  []Ended     // tokens that died
	Unused token.ID    // a token that must not have been used, if not empty
	Reused *Reuse      // of a dead token, of which a fact tells
}

// Empty reports whether there is nothing to write.
func (c Change) Empty() bool {
	return len(c.Facts) == 0 && (c.Before == nil || c.After.Touched == c.Before.Touched)
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

// deltaOfDeadline is the delta of a token's deadline, in RFC 3339 with
// milliseconds.
func deltaOfDeadline(from, to time.Time) fact.Delta {
	return fact.Delta{Field: "expiresAt", From: text(from), To: text(to)}
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
	by     fact.Actor
}

func (i Integration) begin(by fact.Actor, now time.Time) *draft {
	before := i
	after, lapsed := i.settle(now)
	d := &draft{Change{Before: &before, After: after}, now, fact.System}
	for _, e := range lapsed {
		d.change.Ended = append(d.change.Ended, e)
		d.fact(fact.Fact{Type: fact.TokenEnded, At: e.At, Token: e.ID, Reason: string(e.Reason)})
	}
	d.by = by
	return d
}

// fact adds f, completed with what all facts of the change have in common, and
// linked to the one before it.
func (d *draft) fact(f fact.Fact) {
	after := &d.change.After
	after.Seq++
	f.Account, f.Integration, f.Seq, f.Actor = after.Account, after.ID, after.Seq, d.by
	if f.At.IsZero() {
		f.At = d.now
	}
	f = fact.Link(after.Head, f)
	after.Head = f.Hash
	d.change.Facts = append(d.change.Facts, f)
}

// end records that the tokens died now, the older one first.
func (d *draft) end(reason Reason, ids ...token.ID) {
	ended := make([]Ended, 0, len(ids))
	for _, id := range ids {
		ended = append(ended, Ended{id, d.now, reason})
		d.fact(fact.Fact{Type: fact.TokenEnded, Token: id, Reason: string(reason)})
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
	d.fact(fact.Fact{Type: fact.TokenCreated, Token: m.ID, Changes: fact.Deltas(deltaOfDeadline(time.Time{}, expiresAt))})
}

// shown closes a change that clients can see.
func (d *draft) shown() Change {
	d.retime()
	d.change.After.Version++
	d.change.After.UpdatedAt = d.now
	return d.change
}

// background closes a change that the system makes by itself. If it is of
// nothing that a fact tells of, it counts as a touch.
func (d *draft) background() Change {
	before, after := d.change.Before, &d.change.After
	if len(d.change.Facts) == 0 && !before.remembers(*after) {
		after.Touched++
	}
	return d.change
}

// remembers reports whether both have the same policy and have been told the
// same.
func (i Integration) remembers(other Integration) bool {
	told := func(i Integration) (current, retiring Told) {
		if i.Current != nil {
			current = i.Current.Told
		}
		if i.Retiring != nil {
			retiring = i.Retiring.Told
		}
		return current, retiring
	}
	current, retiring := told(i)
	otherCurrent, otherRetiring := told(other)
	return i.Policy == other.Policy && current == otherCurrent && retiring == otherRetiring
}

func scopeDelta(from, to interface{ String() string }) fact.Delta {
	return fact.Delta{Field: "scopes", From: strings.TrimSpace(from.String()), To: strings.TrimSpace(to.String())}
}
