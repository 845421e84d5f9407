package remind_test

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/pkg/manage"
)

// lived is one integration of the simulation, in times since its start.
type lived struct {
	manage.Issued
	made    time.Duration
	expires time.Duration // 0: never
	used    time.Duration // the one use of its first token while that is current; 0: none
	rotated time.Duration // with the old token working on; 0: never
	oldUsed bool          // almost until the window's end
	idle    []period
}

// period is a time in which an account ends idle tokens.
type period struct{ from, to time.Duration }

const (
	forever = time.Duration(math.MaxInt64)
	grace   = 7 * day
)

// first is the first tick from an instant on.
func first(all []time.Duration, at time.Duration) time.Duration {
	n, _ := slices.BinarySearch(all, at)
	if n == len(all) {
		return forever
	}
	return all[n]
}

// expected says of an integration what has to be told of it, worked out without
// the code that tells.
func (l lived) expected(all []time.Duration) (want []string) {
	if l.rotated == 0 {
		want = l.ofToken(all, l.made, l.used, l.made, forever)
	} else {
		want = slices.Concat(l.ofToken(all, l.made, l.used, l.made, l.rotated), l.ofWindow(all), l.ofToken(all, l.rotated, 0, l.rotated+grace, forever))
	}
	slices.Sort(want)
	return want
}

// ofWindow is what is told of the window and its old token.
func (l lived) ofWindow(all []time.Duration) (want []string) {
	end := l.rotated + grace
	for ahead, what := range map[time.Duration]string{2 * day: "rotation.ending 48", day: "rotation.old_token_still_used 24"} {
		if l.oldUsed && first(all, end-ahead) < end {
			want = append(want, what)
		}
	}
	if first(all, end) != forever {
		want = append(want, "token.ended grace_ended")
	}
	return want
}

// ofToken is what is told of a token that is current from an instant until a
// rotation, and alone from one on.
func (l lived) ofToken(all []time.Duration, made, used, alone, until time.Duration) (want []string) {
	end := until
	if l.expires > 0 {
		end = l.expires
	}
	want, idleEnd := l.ofIdleness(all, max(made, used), alone, end)
	end = min(end, idleEnd)
	tell := func(what string, n int, threshold time.Duration) {
		// What ends at a tick has been told before, at that very tick.
		if at := first(all, threshold); at != forever && (at < end || at == idleEnd) {
			want = append(want, fmt.Sprintf("%s %d", what, n))
		}
	}
	tell("rotation.upcoming", 76, made+76*day)
	for age := 90; age < simulated; age += 30 {
		tell("rotation.due", age, made+time.Duration(age)*day)
	}
	if l.expires == 0 {
		return want
	}
	for _, ahead := range []int{30, 7, 1} {
		if at := l.expires - time.Duration(ahead)*day; at > made {
			tell("expiry.upcoming", ahead, at)
		}
	}
	if end == l.expires && first(all, end) != forever {
		want = append(want, "token.ended expired")
	}
	return want
}

// ofIdleness is what is told of a token that has rested since an instant, and
// when it is ended for that.
func (l lived) ofIdleness(all []time.Duration, since, alone, until time.Duration) (want []string, end time.Duration) {
	for _, p := range l.idle {
		ends, told, last := since+idleAfter, 0, time.Duration(0)
		if p.from > l.made { // it is told of the policy, and has the time of all warnings
			ends = max(ends, first(all, p.from)+15*day)
		}
		for _, at := range all {
			if at < max(p.from, alone) || at >= min(p.to, until) {
				continue
			}
			before := told
			for ; told < 3 && at >= ends-[]time.Duration{15 * day, 7 * day, day}[told]; told++ {
				last = at
				want = append(want, fmt.Sprintf("idle.warning %d", []int{15, 7, 1}[told]))
			}
			switch {
			case told > before:
			case told == 3 && at >= max(ends, last+day):
				return append(want, "token.ended idle"), at
			}
		}
	}
	return want, forever
}
