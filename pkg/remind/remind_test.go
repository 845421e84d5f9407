package remind_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/token"
)

const day = 24 * time.Hour

// tick runs the schedule.
func tick(t *testing.T, r *rig.Rig) {
	t.Helper()
	report, err := remind.Run(t.Context(), r.Store, r.Clock.Now())
	if err != nil || !report.Complete || report.Failed != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// reminded counts, for each token of an integration, how often its 90 days were
// told.
func reminded(t *testing.T, r *rig.Rig, id string) map[token.ID]int {
	t.Helper()
	storetest.CheckWhole(t, r.Store, "acme", id)
	facts, err := r.Store.Facts(t.Context(), "acme", id, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[token.ID]int{}
	for _, f := range facts {
		if f.Type == fact.RotationDue && f.Changes[0].To == "90" {
			counts[f.Token]++
		}
	}
	return counts
}

func wants(t *testing.T, r *rig.Rig, id string, want ...manage.Issued) {
	t.Helper()
	got := reminded(t, r, id)
	if len(got) != len(want) {
		t.Errorf("%v were reminded of, want %d tokens", got, len(want))
	}
	for _, i := range want {
		if got[i.Token.ID()] != 1 {
			t.Errorf("%d reminders of %s", got[i.Token.ID()], i.Token.ID())
		}
	}
}

func TestTokenIsRemindedOfOnceAt90DaysHoweverOftenAndLateTheTickComes(t *testing.T) {
	for _, late := range []time.Duration{0, time.Millisecond, 48 * time.Hour, 400 * day} {
		r := rig.New(t)
		issued := r.Create(t, "acme")
		r.Clock.Advance(90*day - time.Millisecond)
		tick(t, r)
		wants(t, r, issued.ID)
		r.Clock.Set(rig.Start.Add(90*day + late))
		for range 3 {
			tick(t, r)
			wants(t, r, issued.ID, issued)
			r.Clock.Advance(100 * day)
		}
	}
}

func TestTicksThatOverlapGiveOneReminder(t *testing.T) {
	r := rig.New(t)
	var all []manage.Issued
	for range 30 {
		all = append(all, r.Create(t, "acme"))
	}
	r.Clock.Advance(90 * day)
	var workers sync.WaitGroup
	for range 4 {
		for _, schedule := range []func(context.Context, time.Time) (sweep.Report, error){
			func(ctx context.Context, now time.Time) (sweep.Report, error) { return remind.Run(ctx, r.Store, now) },
			func(ctx context.Context, now time.Time) (sweep.Report, error) { return sweep.Run(ctx, r.Store, now) },
		} {
			workers.Go(func() {
				if report, err := schedule(t.Context(), r.Clock.Now()); err != nil || report.Failed != 0 {
					t.Errorf("%+v, %v", report, err)
				}
			})
		}
	}
	workers.Wait()
	tick(t, r) // what was lost in a race is left for the next tick
	for _, issued := range all {
		wants(t, r, issued.ID, issued)
	}
}

func TestEveryTokenHasAReminderOfItsOwnAlsoAfterACancel(t *testing.T) {
	r := rig.New(t)
	first := r.Create(t, "acme")
	rotate := func(grace time.Duration) manage.Issued {
		t.Helper()
		issued, err := r.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(first), integration.Rotation{Grace: grace}, manage.Idempotency{})
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	cancel := func() {
		t.Helper()
		if _, err := r.Manage.Cancel(t.Context(), rig.Admin("acme"), rig.Target(first), true); err != nil {
			t.Fatal(err)
		}
	}
	r.Clock.Advance(80 * day)
	rotate(30 * day)
	r.Clock.Advance(15 * day)
	tick(t, r)
	wants(t, r, first.ID) // the old one is on its way out
	cancel()
	tick(t, r)
	wants(t, r, first.ID, first)

	rotate(30 * day)
	cancel()
	tick(t, r)
	wants(t, r, first.ID, first) // reminded of before the rotation

	third := rotate(0)
	tick(t, r)
	wants(t, r, first.ID, first)
	r.Clock.Advance(90 * day)
	tick(t, r)
	wants(t, r, first.ID, first, third)
}

func TestDeadTokensAreNotRemindedOfButTheirEndIsRecorded(t *testing.T) {
	r := rig.New(t)
	admin, issued := rig.Admin("acme"), r.Create(t, "acme")
	if _, err := r.Manage.SetExpiry(t.Context(), admin, rig.Target(issued), rig.Start.Add(90*day)); err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(90 * day)
	tick(t, r)
	wants(t, r, issued.ID)
	if i := storetest.CheckWhole(t, r.Store, "acme", issued.ID); i.Current != nil || i.Last == nil || i.Last.Reason != integration.ReasonExpired {
		t.Errorf("%+v", i)
	}
	if report, err := remind.Run(t.Context(), r.Store, r.Clock.Now()); err != nil || report.Visited != 0 {
		t.Errorf("still due: %+v, %v", report, err)
	}
}
