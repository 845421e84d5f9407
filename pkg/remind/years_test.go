package remind_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// The integrations of the simulation: so many accounts with a hundred each, which
// are made over its first days.
const (
	simulated = 400 // days
	madeFor   = 50  // days
	idleAfter = 60 * day
)

// ticks are when the schedule fires: daily, but that some are left out and some
// come late by 48 hours. Each fires twice.
func ticks() []time.Duration {
	random := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	for d := range simulated {
		at := time.Duration(d)*day + 6*time.Hour
		switch n := random.IntN(10); {
		case n == 0:
			continue
		case n < 3:
			at += 48 * time.Hour
		}
		all = append(all, at, at)
	}
	slices.Sort(all)
	return all
}

// told is what the facts of an integration say of it.
func told(facts []fact.Fact) (all []string) {
	for _, f := range facts {
		switch f.Type {
		case fact.RotationUpcoming, fact.RotationDue, fact.RotationEnding, fact.OldTokenStillUsed, fact.ExpiryUpcoming, fact.IdleWarning:
			all = append(all, fmt.Sprintf("%s %s", f.Type, f.Changes[0].To))
		case fact.TokenEnded:
			all = append(all, fmt.Sprintf("%s %s", f.Type, f.Reason))
		}
	}
	slices.Sort(all)
	return all
}

// world is the simulation under way.
type world struct {
	*rig.Rig
	t      *testing.T
	random *rand.Rand
	acts   []act // what people are going to do, in the order of time
	lives  []*lived
}

// act is what somebody does at a time.
type act struct {
	at time.Duration
	do func()
}

func (w *world) plan(at time.Duration, do func()) {
	n, _ := slices.BinarySearchFunc(w.acts, at, func(a act, at time.Duration) int { return int(a.at - at) })
	w.acts = slices.Insert(w.acts, n, act{at, do})
}

// until has people do what they do before a time, and sets the clock to it.
func (w *world) until(at time.Duration) {
	for len(w.acts) > 0 && w.acts[0].at <= at {
		next := w.acts[0]
		w.acts = w.acts[1:]
		w.Clock.Set(rig.Start.Add(next.at))
		next.do()
	}
	w.Clock.Set(rig.Start.Add(at))
}

// idlePeriods are when an account ends idle tokens: every fourth one always, and
// one off again after the first warnings, and on much later.
func idlePeriods(n int, made time.Duration) []period {
	switch {
	case n == 1:
		return []period{{100*day + 12*time.Hour, 112 * day}, {200 * day, forever}}
	case n%4 == 3:
		return []period{{made, forever}}
	}
	return nil
}

// account makes the hundred integrations of one, which begin on one day.
func (w *world) account(n int, made time.Duration) {
	id := fmt.Sprintf("account%d", n)
	idle := idlePeriods(n, made)
	for _, p := range idle {
		set := func(after time.Duration) func() {
			return func() { edit(w.t, w.Rig, id, account.Edit{IdleAfter: &after}) }
		}
		if p.from == made {
			set(idleAfter)()
			continue
		}
		w.plan(p.from, set(idleAfter))
		if p.to != forever {
			w.plan(p.to, set(0))
		}
	}
	for k := range 100 {
		l := &lived{made: made, idle: idle}
		of := integration.New{Account: id, Name: "Shop", Scopes: []string{rig.Readonly}}
		if k%3 == 1 {
			l.expires = made + time.Duration(2+w.random.IntN(300))*day + time.Duration(w.random.IntN(86400))*time.Second
			of.ExpiresAt = rig.Start.Add(l.expires)
		}
		var err error
		if l.Issued, err = w.Manage.Create(w.t.Context(), rig.Admin(id), of, manage.Idempotency{}); err != nil {
			w.t.Fatal(err)
		}
		if n%4 == 3 && k%2 == 1 {
			l.used = made + 20*day
			w.use(l, l.used, 0)
		}
		if k%3 == 2 {
			l.rotated = made + time.Duration(25+w.random.IntN(15))*day + time.Duration(w.random.IntN(86400))*time.Second
			l.oldUsed = k%2 == 0
			w.plan(l.rotated, func() { w.rotate(l) })
		}
		w.lives = append(w.lives, l)
	}
}

func (w *world) rotate(l *lived) {
	if _, err := w.Manage.Rotate(w.t.Context(), rig.Admin(l.Account), rig.Target(l.Issued), integration.Rotation{Grace: grace}, manage.Idempotency{}); err != nil {
		w.t.Fatal(err)
	}
	if l.oldUsed {
		w.use(l, l.rotated+grace-time.Minute, l.rotated)
	}
}

// use writes down a use of an integration's first token.
func (w *world) use(l *lived, after, retiring time.Duration) {
	at := rig.Start.Add(after)
	key := usage.Key{Token: l.Token.ID(), Day: usage.DayOf(at)}
	if retiring > 0 {
		key.RetiringSince = rig.Start.Add(retiring)
	}
	for _, added := range w.Store.AddUsage(w.t.Context(), []usage.Addition{{New: true, Row: usage.Row{
		Key: key, Account: l.Account, Integration: l.ID, Count: 1, FirstAt: at, LastAt: at,
	}}}) {
		if added.Err != nil {
			w.t.Fatal(added.Err)
		}
	}
}

// Each threshold of each token is told exactly once, at the first tick after it,
// unless the token was dead by then: that is told instead. All of it takes less
// than a minute of a processor.
func TestFourHundredDaysTellEachThresholdOnce(t *testing.T) {
	const limit = time.Minute
	accounts := 100
	if raceDetector {
		accounts = 4
	}
	began := processor(t)
	w := &world{Rig: rig.New(t), t: t, random: rand.New(rand.NewPCG(3, 4))}
	for n := range accounts {
		made := time.Duration(n*madeFor/accounts) * day
		w.plan(made, func() { w.account(n, made) })
	}
	all := ticks()
	written := 0
	for _, at := range all {
		w.until(at)
		report, err := remind.Run(t.Context(), w.Store, w.Clock.Now())
		if err != nil || !report.Complete || report.Failed > 0 || report.Lost > 0 {
			t.Fatalf("after %s: %+v, %v", at, report, err)
		}
		written += report.Changed
	}
	events := map[string]int{}
	for _, l := range w.lives {
		facts, err := w.Store.Facts(t.Context(), l.Account, l.ID, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		got := told(facts)
		for _, what := range got {
			events[what]++
		}
		if diff := cmp.Diff(l.expected(all), got); diff != "" {
			t.Fatalf("%s of %s, made after %s, expires %s, used %s, rotated %s (-want +told):\n%s", l.ID, l.Account, l.made, l.expires, l.used, l.rotated, diff)
		}
	}
	for _, what := range []string{
		"rotation.ending 48", "rotation.old_token_still_used 24", "token.ended grace_ended", "token.ended expired", "token.ended idle",
		"idle.warning 15", "idle.warning 7", "idle.warning 1", "rotation.upcoming 76", "rotation.due 390", "expiry.upcoming 30",
	} {
		if events[what] == 0 {
			t.Errorf("%s was never told", what)
		}
	}
	took := processor(t) - began
	if took > limit && !raceDetector {
		t.Errorf("it took %v of a processor, more than %v", took, limit)
	}
	t.Logf("%d integrations, %d ticks, %d changes in %v: %v", len(w.lives), len(all), written, took, events)
}

// processor is how long this process has kept processors busy, which others on
// the machine don't lengthen.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
