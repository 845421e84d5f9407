package integration

import (
	"cmp"
	"strconv"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// Policy is what an account asks of its tokens, as an integration has last been
// told.
type Policy struct {
	ReminderAge time.Duration // of a token whose rotation is due; 0: [ReminderAge]
	QuietFor    time.Duration // silence after which an old token counts as unused
	IdleAfter   time.Duration // silence after which a token is ended; 0: never
	// IdleSince is when IdleAfter was told: whoever has it switched on must not
	// lose tokens that nobody was warned of.
	IdleSince time.Time
}

// Told is what has been announced of a token: of each kind of threshold, how
// many. Those that had passed before there was something to announce count as
// announced.
type Told struct {
	Age    int
	Expiry int
	Window int // of the grace window in which it retires
	Idle   int
	IdleAt time.Time // when of its idleness was warned last
	UsedAt time.Time // its last use, as of the last look for it
}

const (
	day = 24 * time.Hour
	// ageAhead is how long before its rotation is due a token is told of first.
	ageAhead = 14 * day
	// ageAgain is after how long it is told of again, and again.
	ageAgain = 30 * day
	// lastWarning is how long before its end the last warning of an idle token
	// must have gone out.
	lastWarning = 24 * time.Hour
)

// How long before a deadline is told of it, in the order in which they come.
var (
	expiryAhead = []time.Duration{30 * day, 7 * day, day}
	windowAhead = []time.Duration{48 * time.Hour, 24 * time.Hour}
	idleAhead   = []time.Duration{15 * day, 7 * day, day}
)

// due is the age at which the rotation of a token is due.
func (p Policy) due() time.Duration { return cmp.Or(p.ReminderAge, ReminderAge) }

// ageAt is when a token has reached the nth age that is told of.
func (p Policy) ageAt(t Token, n int) (at time.Time, age time.Duration) {
	due := p.due()
	if n == 0 {
		age = due - ageAhead
	} else {
		age = due + time.Duration(n-1)*ageAgain
	}
	return t.CreatedAt.Add(age), age
}

// nextAhead is when the next of some times before a deadline comes; zero: none.
func nextAhead(deadline time.Time, ahead []time.Duration, told int) time.Time {
	if deadline.IsZero() || told >= len(ahead) {
		return time.Time{}
	}
	return deadline.Add(-ahead[told])
}

// passedAhead is how many times before a deadline have come.
func passedAhead(deadline time.Time, ahead []time.Duration, now time.Time) (n int) {
	for !deadline.IsZero() && n < len(ahead) && over(deadline.Add(-ahead[n]), now) {
		n++
	}
	return n
}

// nextWindow is when it is to be told next that the window ends.
func (i Integration) nextWindow() time.Time {
	if i.Retiring == nil {
		return time.Time{}
	}
	return nextAhead(i.RetiringDeadline(), windowAhead, i.Retiring.Told.Window)
}

// NeedsUses reports whether what is due by now depends on when tokens were used
// last.
func (i Integration) NeedsUses(now time.Time) bool {
	i = i.At(now)
	idle, window := i.nextIdle(), i.nextWindow()
	return over(idle, now) || over(window, now)
}

// Look is what was found out for a reminder: the account's policy, and when
// tokens were used last.
type Look struct {
	Policy Policy
	Uses   map[token.ID]time.Time
}

// Remind records what is due by now, each thing once for each token: what the
// sweep would; that a token has come near the age at which it should be
// rotated, has reached it, or still has not been rotated; that it will expire;
// that a grace window ends while the old token is in use; that a token is idle,
// and, after all warnings, its end. Without any of it, and with the policy that
// the integration has been told, it gives an empty Change.
func (i Integration) Remind(look Look, now time.Time) Change {
	d := i.begin(fact.System, now)
	d.adopt(look.Policy)
	if c := d.change.After.Current; c != nil {
		current := *c
		d.change.After.Current = &current
		d.tellAge(&current)
		d.tellExpiry(&current)
	}
	if r := d.change.After.Retiring; r != nil {
		retiring := *r
		d.change.After.Retiring = &retiring
		d.tellWindow(&retiring, look)
	}
	if c := d.change.After.Current; c != nil && d.tellIdle(c, look) {
		d.endAll(ReasonIdle)
		return d.shown()
	}
	return d.background()
}

// adopt tells the integration a policy.
func (d *draft) adopt(p Policy) {
	after := &d.change.After
	p.IdleSince = after.Policy.IdleSince
	if p.IdleAfter != after.Policy.IdleAfter {
		p.IdleSince = d.now
		after.unwarn()
	}
	was := after.Policy
	after.Policy = p
	if after.Current == nil || p.due() == was.due() {
		return
	}
	// Of the ages that a token has passed already only the last is worth telling,
	// if nothing was told since.
	current := *after.Current
	passed, last := 0, time.Time{}
	for {
		at, _ := p.ageAt(current, passed)
		if !over(at, d.now) {
			break
		}
		passed, last = passed+1, at
	}
	if passed > 0 && current.RemindedAt.Before(last) {
		passed--
	}
	current.Told.Age = passed
	after.Current = &current
}

func (d *draft) tellAge(t *Token) {
	var all []fact.Fact
	for {
		at, age := d.change.After.Policy.ageAt(*t, t.Told.Age)
		if !over(at, d.now) {
			break
		}
		kind := fact.RotationDue
		if t.Told.Age == 0 {
			kind = fact.RotationUpcoming
		}
		t.Told.Age++
		t.RemindedAt = d.now
		all = append(all, threshold(kind, t.ID, "tokenAgeDays", age/day))
	}
	d.tell(all)
}

func (d *draft) tellExpiry(t *Token) {
	var all []fact.Fact
	for over(nextAhead(t.ExpiresAt, expiryAhead, t.Told.Expiry), d.now) {
		ahead := expiryAhead[t.Told.Expiry]
		t.Told.Expiry++
		all = append(all, threshold(fact.ExpiryUpcoming, t.ID, "expiresInDays", ahead/day, fact.Delta{Field: "expiresAt", To: text(t.ExpiresAt)}))
	}
	d.tell(all)
}

// tellWindow tells that the window ends, if the old token is in use, by the same
// measure as [usage.Window.Verdict]. If it is not, there is nothing to tell, then
// or later.
func (d *draft) tellWindow(r *Retiring, look Look) {
	deadline := d.change.After.RetiringDeadline()
	used := look.Uses[r.ID]
	var all []fact.Fact
	for over(nextAhead(deadline, windowAhead, r.Told.Window), d.now) {
		kind := fact.RotationEnding
		if r.Told.Window == len(windowAhead)-1 {
			kind = fact.OldTokenStillUsed
		}
		ahead := windowAhead[r.Told.Window]
		r.Told.Window++
		if used.IsZero() || over(used.Add(look.Policy.QuietFor+usage.Unwritten), d.now) {
			continue
		}
		all = append(all, threshold(kind, r.ID, "endsInHours", ahead/time.Hour,
			fact.Delta{Field: "expiresAt", To: text(deadline)}, fact.Delta{Field: "lastUsedAt", To: text(used)}))
	}
	d.tell(all)
}

// threshold is a fact that names the one that was passed, in units.
func threshold(kind fact.Type, id token.ID, field string, units time.Duration, more ...fact.Delta) fact.Fact {
	changes := []fact.Delta{{Field: field, To: strconv.Itoa(int(units))}}
	return fact.Fact{Type: kind, Token: id, Changes: append(changes, fact.Deltas(more...)...)}
}

// tell adds the facts of thresholds that were passed one after the other. Where
// several are told at once, long after the first of them, each but the last says
// by which it was overtaken: there is nothing left to tell people of it.
func (d *draft) tell(passed []fact.Fact) {
	for n, f := range passed {
		if last := len(passed) - 1; n < last {
			f.Changes = append(f.Changes, fact.Delta{Field: fact.OvertakenBy, To: passed[last].Changes[0].To})
		}
		d.fact(f)
	}
}

// retime counts as announced what has passed already of a deadline that the
// change has set or moved.
func (d *draft) retime() {
	own := map[token.ID]time.Time{}
	var window time.Time
	if before := d.change.Before; before != nil {
		window = before.RetiringDeadline()
		if c := before.Current; c != nil {
			own[c.ID] = c.ExpiresAt
		}
		if r := before.Retiring; r != nil {
			own[r.ID] = r.ExpiresAt
		}
	}
	after := &d.change.After
	if c := after.Current; c != nil {
		if was, known := own[c.ID]; !known || !was.Equal(c.ExpiresAt) {
			current := *c
			current.Told.Expiry = passedAhead(c.ExpiresAt, expiryAhead, d.now)
			after.Current = &current
		}
	}
	if r := after.Retiring; r != nil {
		if deadline := after.RetiringDeadline(); !deadline.Equal(window) {
			retiring := *r
			retiring.Told.Window = passedAhead(deadline, windowAhead, d.now)
			after.Retiring = &retiring
		}
	}
}
