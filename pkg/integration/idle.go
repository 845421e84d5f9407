package integration

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
)

// idleEnd is when the current token ends unless it is used: its silence is over
// by then, or, if the policy is new, at least the first warning's time.
func (p Policy) idleEnd(t Token) time.Time {
	since := t.CreatedAt
	if t.Told.UsedAt.After(since) {
		since = t.Told.UsedAt
	}
	end := since.Add(p.IdleAfter)
	if fresh := p.IdleSince.Add(idleAhead[0]); !p.IdleSince.IsZero() && fresh.After(end) {
		end = fresh
	}
	return end
}

// nextIdle is when the idle policy has its next say on the current token: a
// warning, or its end. Within a window it has none, since the token is young.
func (i Integration) nextIdle() time.Time {
	if i.Policy.IdleAfter == 0 || i.Current == nil || i.Retiring != nil {
		return time.Time{}
	}
	end := i.Policy.idleEnd(*i.Current)
	if warning := nextAhead(end, idleAhead, i.Current.Told.Idle); !warning.IsZero() {
		return warning
	}
	if first := i.Current.Told.IdleAt.Add(lastWarning); first.After(end) {
		return first
	}
	return end
}

// unwarn takes back the warnings of idle tokens: those of another end, or from
// before somebody took a rotation back, count for nothing. The retiring token may
// be current again.
func (i *Integration) unwarn() {
	if i.Current != nil {
		current := *i.Current
		current.Told.Idle, current.Told.IdleAt = 0, time.Time{}
		i.Current = &current
	}
	if i.Retiring != nil {
		retiring := *i.Retiring
		retiring.Told.Idle, retiring.Told.IdleAt = 0, time.Time{}
		i.Retiring = &retiring
	}
}

// tellIdle warns of the end of an idle token, and says whether it has come. Each
// warning is told, and the last a day before the end at least: when the end comes
// is so in all of them, though the schedule may have come too late for the days
// that they are called by.
func (d *draft) tellIdle(t *Token, look Look) (end bool) {
	after := &d.change.After
	if after.Policy.IdleAfter == 0 || after.Retiring != nil {
		return false
	}
	if used := look.Uses[t.ID]; used.After(t.Told.UsedAt) {
		t.Told.UsedAt, t.Told.Idle, t.Told.IdleAt = used, 0, time.Time{}
	}
	var all []fact.Fact
	for t.Told.Idle < len(idleAhead) && over(after.nextIdle(), d.now) {
		ends := after.Policy.idleEnd(*t)
		if soonest := d.now.Add(lastWarning); soonest.After(ends) {
			ends = soonest
		}
		all = append(all, threshold(fact.IdleWarning, t.ID, "endsInDays", idleAhead[t.Told.Idle]/day,
			fact.Delta{Field: "lastUsedAt", To: text(t.Told.UsedAt)}, fact.Delta{Field: "expiresAt", To: text(ends)}))
		t.Told.Idle++
		t.Told.IdleAt = d.now
	}
	d.tell(all)
	return t.Told.Idle == len(idleAhead) && over(after.nextIdle(), d.now)
}
