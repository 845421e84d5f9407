package remind_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

// lived is one integration of the simulation.
type lived struct {
	manage.Issued
	made    time.Duration
	expires time.Duration // 0: never
	used    time.Duration // its one use; 0: none
	idle    bool          // its account ends idle tokens
}

// first is the first tick from an instant on.
func first(all []time.Duration, at time.Duration) (time.Duration, bool) {
	n, _ := slices.BinarySearch(all, at)
	if n == len(all) {
		return 0, false
	}
	return all[n], true
}

// expected says of an integration what has to be told of it, worked out without
// the code that tells.
func (l lived) expected(all []time.Duration) []string {
	var want []string
	end := time.Duration(1<<63 - 1)
	if l.expires > 0 {
		end = l.expires
	}
	if l.idle {
		since := max(l.made, l.used)
		last := time.Duration(0)
		for _, ahead := range []int{15, 7, 1} {
			at, found := first(all, since+idleAfter-time.Duration(ahead)*day)
			if !found || at >= end {
				last = end
				break
			}
			want, last = append(want, fmt.Sprintf("idle.warning %d", ahead)), at
		}
		if at, found := first(all, max(since+idleAfter, last+day)); found && last < end && at < end {
			end = at
			want = append(want, "token.ended idle")
		}
	}
	tell := func(what string, n int, threshold time.Duration) {
		// What ends at a tick has been told before, at that very tick.
		if at, found := first(all, threshold); found && (at < end || at == end && l.idle && end != l.expires) {
			want = append(want, fmt.Sprintf("%s %d", what, n))
		}
	}
	tell("rotation.upcoming", 76, l.made+76*day)
	for age := 90; age < simulated; age += 30 {
		tell("rotation.due", age, l.made+time.Duration(age)*day)
	}
	if l.expires > 0 {
		for _, ahead := range []int{30, 7, 1} {
			if at := l.expires - time.Duration(ahead)*day; at > l.made {
				tell("expiry.upcoming", ahead, at)
			}
		}
		if at, found := first(all, l.expires); found && end == l.expires && at >= end {
			want = append(want, "token.ended expired")
		}
	}
	slices.Sort(want)
	return want
}

// told is what the facts of an integration say of it.
func told(facts []fact.Fact) (all []string) {
	for _, f := range facts {
		switch f.Type {
		case fact.RotationUpcoming, fact.RotationDue, fact.ExpiryUpcoming, fact.IdleWarning:
			all = append(all, fmt.Sprintf("%s %s", f.Type, f.Changes[0].To))
		case fact.TokenEnded:
			all = append(all, fmt.Sprintf("%s %s", f.Type, f.Reason))
		}
	}
	slices.Sort(all)
	return all
}

// makeAccount makes the hundred integrations of an account, which begin on one day.
func makeAccount(t *testing.T, r *rig.Rig, n int, random *rand.Rand) (all []lived) {
	t.Helper()
	id := fmt.Sprintf("account%d", n)
	idle := n%4 == 3
	if idle {
		after := idleAfter
		if _, err := r.Manage.SetSettings(t.Context(), rig.Admin(id), id, nil, account.Edit{IdleAfter: &after}); err != nil {
			t.Fatal(err)
		}
	}
	for k := range 100 {
		l := lived{made: r.Clock.Now().Sub(rig.Start), idle: idle}
		made := integration.New{Account: id, Name: "Shop", Scopes: []string{rig.Readonly}}
		if k%3 == 1 {
			l.expires = l.made + time.Duration(2+random.IntN(300))*day + time.Duration(random.IntN(86400))*time.Second
			made.ExpiresAt = rig.Start.Add(l.expires)
		}
		var err error
		if l.Issued, err = r.Manage.Create(t.Context(), rig.Admin(id), made, manage.Idempotency{}); err != nil {
			t.Fatal(err)
		}
		if idle && k%2 == 1 {
			l.used = l.made + 20*day
			use(t, r, l)
		}
		all = append(all, l)
	}
	return all
}

// use writes down the one use of a token.
func use(t *testing.T, r *rig.Rig, l lived) {
	t.Helper()
	at := rig.Start.Add(l.used)
	for _, added := range r.Store.AddUsage(t.Context(), []usage.Addition{{New: true, Row: usage.Row{
		Key: usage.Key{Token: l.Token.ID(), Day: usage.DayOf(at)}, Account: l.Account, Integration: l.ID,
		Count: 1, FirstAt: at, LastAt: at,
	}}}) {
		if added.Err != nil {
			t.Fatal(added.Err)
		}
	}
}

// Each threshold of each token is told exactly once, at the first tick after it,
// unless the token was dead by then: that is told instead.
func TestFourHundredDaysTellEachThresholdOnce(t *testing.T) {
	accounts := 100
	if raceDetector {
		accounts = 4
	}
	began := time.Now()
	r := rig.New(t)
	all := ticks()
	random := rand.New(rand.NewPCG(3, 4))
	var lives []lived
	next, written := 0, 0
	for _, at := range all {
		for ; next < accounts && time.Duration(next*madeFor/accounts)*day <= at; next++ {
			r.Clock.Set(rig.Start.Add(max(time.Duration(next*madeFor/accounts)*day, r.Clock.Now().Sub(rig.Start))))
			lives = append(lives, makeAccount(t, r, next, random)...)
		}
		r.Clock.Set(rig.Start.Add(at))
		report, err := remind.Run(t.Context(), r.Store, r.Clock.Now())
		if err != nil || !report.Complete || report.Failed > 0 || report.Lost > 0 {
			t.Fatalf("after %s: %+v, %v", at, report, err)
		}
		written += report.Changed
	}
	events := 0
	for _, l := range lives {
		facts, err := r.Store.Facts(t.Context(), l.Account, l.ID, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		got := told(facts)
		events += len(got)
		if diff := cmp.Diff(l.expected(all), got); diff != "" {
			t.Fatalf("%+v, made after %s, expires %s, used %s (-want +told):\n%s", l.ID, l.made, l.expires, l.used, diff)
		}
	}
	t.Logf("%d integrations, %d ticks, %d changes, %d events: %s", len(lives), len(all), written, events, time.Since(began))
}
