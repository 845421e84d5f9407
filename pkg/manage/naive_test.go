package manage_test

import (
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// The naive model: what an integration is, told as plainly as can be and with
// no code of the product. It keeps every token that was ever made, with the
// instant of its death, and works everything out anew whenever something is
// done.

const week = 7 * 24 * time.Hour

type naiveToken struct {
	id     token.ID
	text   string
	born   time.Time
	own    time.Time // its own deadline; zero: none
	death  time.Time // when it died or will die; zero: never
	reason string    // why
	used   time.Time
	served bool      // it was current to its end
	seen   time.Time // the deadline that introspection told last

	// What is left to tell of it, and of which deadlines that is.
	ages, expiries, windows []time.Time
	expires, retires        time.Time
}

// ahead are the instants before a deadline at which it is told, as far as they
// are to come.
func ahead(deadline, now time.Time, hours ...int) (left []time.Time) {
	for _, h := range hours {
		if at := deadline.Add(-time.Duration(h) * time.Hour); !deadline.IsZero() && at.After(now) {
			left = append(left, at)
		}
	}
	return left
}

// come takes those out that have come, and says how many.
func come(left *[]time.Time, now time.Time) (n int) {
	for len(*left) > 0 && !(*left)[0].After(now) {
		*left, n = (*left)[1:], n+1
	}
	return n
}

func (t *naiveToken) dead(now time.Time) bool { return !t.death.IsZero() && !now.Before(t.death) }

type naiveFact struct {
	what  string
	about *naiveToken // nil: the integration
	at    time.Time
}

type naive struct {
	id, name   string
	scopes     []string
	tokens     []*naiveToken // all that there ever were
	old, cur   *naiveToken   // those that live
	rotated    time.Time
	windowEnds time.Time
	deaths     []*naiveToken // in the order in which they happened
	unrecorded []*naiveToken // died by the clock, and no fact says so yet
	deleted    bool
	version    int64
	seq        int64
	updated    time.Time
	facts      []naiveFact // of the last step
	touched    int         // how often it was written without a fact
	head       string      // hash of the newest fact that was checked
}

// plan works out when the living tokens will die.
func (n *naive) plan() {
	if n.cur != nil {
		n.cur.death, n.cur.reason = n.cur.own, "expired"
	}
	if n.old == nil {
		return
	}
	n.old.death, n.old.reason = n.windowEnds, "grace_ended"
	for _, end := range []time.Time{n.old.own, n.cur.own} {
		if !end.IsZero() && end.Before(n.old.death) {
			n.old.death, n.old.reason = end, "expired"
		}
	}
}

// observe notices who has died by the clock.
func (n *naive) observe(now time.Time) {
	if n.old != nil && n.old.dead(now) {
		n.deaths, n.unrecorded = append(n.deaths, n.old), append(n.unrecorded, n.old)
		n.old = nil
	}
	if n.cur != nil && n.cur.dead(now) {
		n.cur.served = true
		n.deaths, n.unrecorded = append(n.deaths, n.cur), append(n.unrecorded, n.cur)
		n.cur = nil
	}
}

// record writes down who has died by the clock.
func (n *naive) record() {
	for _, t := range n.unrecorded {
		n.fact("token.ended", t, t.death)
	}
	n.unrecorded = nil
}

func (n *naive) fact(what string, about *naiveToken, at time.Time) {
	n.facts = append(n.facts, naiveFact{what, about, at})
	n.seq++
}

// changed closes what an admin did.
func (n *naive) changed(now time.Time) {
	n.version++
	n.updated = now
	n.plan()
	if t := n.cur; t != nil {
		if !t.own.Equal(t.expires) {
			t.expiries, t.expires = ahead(t.own, now, 30*24, 7*24, 24), t.own
		}
		t.windows, t.retires = nil, time.Time{}
	}
	if t := n.old; t != nil && !t.death.Equal(t.retires) {
		t.windows, t.retires = ahead(t.death, now, 48, 24), t.death
	}
	n.observe(now)
}

func (n *naive) kill(t *naiveToken, reason string, now time.Time) {
	t.death, t.reason = now, reason
	n.deaths = append(n.deaths, t)
	n.fact("token.ended", t, now)
}

func (n *naive) killAll(reason string, now time.Time) {
	if n.old != nil {
		n.kill(n.old, reason, now)
	}
	if n.cur != nil {
		n.kill(n.cur, reason, now)
	}
	n.old, n.cur = nil, nil
}

func (n *naive) mint(own, now time.Time) {
	n.cur = &naiveToken{born: now, own: own}
	for age := 76; age < 20_000; {
		n.cur.ages = append(n.cur.ages, now.Add(time.Duration(age)*24*time.Hour))
		if age += 30; age == 106 {
			age = 90
		}
	}
	n.tokens = append(n.tokens, n.cur)
	n.fact("token.created", n.cur, now)
}

func past(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// Each of what admins do tells by a word why it is refused; empty: it is done.

func (n *naive) create(own, now time.Time) string {
	if past(own, now) {
		return "invalid"
	}
	n.fact("integration.created", nil, now)
	n.mint(own, now)
	n.changed(now)
	return ""
}

func (n *naive) rotate(grace time.Duration, own *time.Time, now time.Time) string {
	switch {
	case n.deleted:
		return "not found"
	case grace != 0 && (grace < time.Hour || grace > 30*24*time.Hour), own != nil && past(*own, now):
		return "invalid"
	case grace != 0 && n.old != nil:
		return "pending"
	case grace != 0 && n.cur == nil:
		return "no live token"
	}
	n.record()
	var deadline time.Time
	if n.cur != nil {
		deadline = n.cur.own
	}
	if own != nil {
		deadline = *own
	}
	if grace == 0 {
		n.killAll("rotated", now)
		n.mint(deadline, now)
	} else {
		n.old, n.rotated, n.windowEnds = n.cur, now, now.Add(grace)
		n.mint(deadline, now)
		n.fact("rotation.started", n.old, now)
	}
	n.changed(now)
	return ""
}

func (n *naive) cancel(force bool, now time.Time) string {
	switch {
	case n.deleted:
		return "not found"
	case n.old == nil:
		return "no rotation"
	case !force && !n.cur.used.IsZero():
		return "in use"
	}
	n.record()
	n.fact("rotation.cancelled", n.old, now)
	n.kill(n.cur, "rotation_cancelled", now)
	n.cur, n.old = n.old, nil
	n.changed(now)
	return ""
}

func (n *naive) complete(now time.Time) string {
	switch {
	case n.deleted:
		return "not found"
	case n.old == nil:
		return "no rotation"
	}
	n.record()
	n.fact("rotation.completed", n.old, now)
	n.kill(n.old, "rotation_completed", now)
	n.old = nil
	n.changed(now)
	return ""
}

func (n *naive) move(to, now time.Time) string {
	switch {
	case n.deleted:
		return "not found"
	case n.old == nil:
		return "no rotation"
	case to.Before(now), to.After(n.rotated.Add(30 * 24 * time.Hour)):
		return "invalid"
	}
	for _, end := range []time.Time{n.old.own, n.cur.own} {
		if !end.IsZero() && to.After(end) {
			return "invalid"
		}
	}
	if !to.Equal(n.windowEnds) {
		n.record()
		n.windowEnds = to
		n.fact("rotation.moved", n.old, now)
		n.changed(now)
	}
	return ""
}

func (n *naive) expire(now time.Time) string {
	switch {
	case n.deleted:
		return "not found"
	case n.cur == nil:
		return "no live token"
	}
	n.record()
	n.killAll("expired_by_admin", now)
	n.changed(now)
	return ""
}

func (n *naive) setExpiry(at, now time.Time) string {
	switch {
	case n.deleted:
		return "not found"
	case past(at, now):
		return "invalid"
	case n.cur == nil:
		return "no live token"
	case at.Equal(n.cur.own):
		return ""
	}
	n.record()
	n.cur.own = at
	what := "expiry.set"
	if at.IsZero() {
		what = "expiry.cleared"
	}
	n.fact(what, n.cur, now)
	n.changed(now)
	return ""
}

func (n *naive) edit(name string, scopes []string, now time.Time) string {
	switch {
	case n.deleted:
		return "not found"
	case name == "" || len(scopes) == 0:
		return "invalid"
	case name == n.name && slices.Equal(scopes, n.scopes):
		return ""
	}
	n.record()
	n.name, n.scopes = name, scopes
	n.fact("integration.updated", nil, now)
	n.changed(now)
	return ""
}

func (n *naive) remove(now time.Time) string {
	if n.deleted {
		return "not found"
	}
	n.record()
	n.killAll("deleted", now)
	n.fact("integration.deleted", nil, now)
	n.deleted = true
	n.changed(now)
	return ""
}

// remind tells what people should know, once. That a window ends is told only if
// the old token is in use, which nobody knows of here; that it was looked at is
// written down all the same.
func (n *naive) remind(now time.Time) {
	n.record()
	if t := n.cur; t != nil {
		young := len(t.ages) > 0 && t.ages[0].Equal(t.born.Add(76*24*time.Hour))
		for range come(&t.ages, now) {
			what := "rotation.due"
			if young {
				what, young = "rotation.upcoming", false
			}
			n.fact(what, t, now)
		}
		for range come(&t.expiries, now) {
			n.fact("expiry.upcoming", t, now)
		}
	}
	if n.old != nil && come(&n.old.windows, now) > 0 {
		n.touched++
	}
}

func (n *naive) status(now time.Time) string {
	switch {
	case n.deleted:
		return "deleted"
	case n.cur == nil:
		return "expired"
	case n.old != nil:
		return "rotating"
	case !n.cur.own.IsZero() && !n.cur.own.After(now.Add(30*24*time.Hour)):
		return "expiring"
	}
	return "active"
}

// due is the first thing that is left to record or to announce; zero: nothing.
func (n *naive) due() (first time.Time) {
	add := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	told := func(t *naiveToken) {
		for _, left := range [][]time.Time{t.ages, t.expiries} {
			if len(left) > 0 {
				add(left[0])
			}
		}
	}
	window := func(t *naiveToken) {
		add(t.death)
		if len(t.windows) > 0 {
			add(t.windows[0])
		}
	}
	for _, t := range n.unrecorded {
		window(t)
		if t.served {
			told(t)
		}
	}
	if n.old != nil {
		window(n.old)
	}
	if n.cur != nil {
		add(n.cur.death)
		told(n.cur)
	}
	return first
}
