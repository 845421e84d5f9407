package sweep_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/table"
)

const day = 24 * time.Hour

// lapsing makes integrations whose first tokens' grace ends after an hour.
func lapsing(t *testing.T, r *rig.Rig, n int) []manage.Issued {
	t.Helper()
	all := make([]manage.Issued, n)
	for i := range all {
		all[i] = r.Create(t, "acme")
		if _, err := r.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(all[i]), integration.Rotation{Grace: time.Hour}, manage.Idempotency{}); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// run sweeps and expects no fault.
func run(t *testing.T, r *rig.Rig, want sweep.Report) {
	t.Helper()
	report, err := sweep.Run(t.Context(), r.Store, r.Clock.Now())
	if diff := cmp.Diff(want, report); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// told holds that exactly one fact tells of the end of each token, as of its
// deadline.
func told(t *testing.T, r *rig.Rig, all []manage.Issued, deadline time.Time) {
	t.Helper()
	for _, i := range all {
		storetest.CheckWhole(t, r.Store, i.Account, i.ID)
		facts, err := r.Store.Facts(t.Context(), i.Account, i.ID, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		ends := 0
		for _, f := range facts {
			if f.Type != fact.TokenEnded {
				continue
			}
			ends++
			if f.Token != i.Token.ID() || f.Reason != string(integration.ReasonGrace) || !f.At.Equal(deadline) || f.Actor != fact.System {
				t.Errorf("%+v", f)
			}
		}
		if ends != 1 {
			t.Errorf("%d facts tell of the end of %s", ends, i.Token.ID())
		}
	}
}

func TestEachDeathIsRecordedOnceHoweverOftenAndLateItRuns(t *testing.T) {
	for _, late := range []time.Duration{0, time.Millisecond, 48 * time.Hour} {
		r := rig.New(t)
		all := lapsing(t, r, 20)
		deadline := rig.Start.Add(time.Hour)
		r.Clock.Set(deadline.Add(-time.Millisecond))
		run(t, r, sweep.Report{Complete: true})
		r.Clock.Set(deadline.Add(late))
		run(t, r, sweep.Report{Visited: 20, Changed: 20, Complete: true})
		run(t, r, sweep.Report{Complete: true})
		r.Clock.Advance(48 * time.Hour)
		run(t, r, sweep.Report{Complete: true})
		told(t, r, all, deadline)
	}
}

func TestRunsThatOverlapRecordEachDeathOnce(t *testing.T) {
	r := rig.New(t)
	all := lapsing(t, r, 60)
	deadline := rig.Start.Add(time.Hour)
	r.Clock.Set(deadline)
	var (
		workers sync.WaitGroup
		changed atomic.Int64
	)
	for range 8 {
		workers.Go(func() {
			report, err := sweep.Run(t.Context(), r.Store, r.Clock.Now())
			if err != nil || report.Failed != 0 || !report.Complete || report.Changed+report.Lost > report.Visited {
				t.Errorf("%+v, %v", report, err)
			}
			changed.Add(int64(report.Changed))
		})
	}
	workers.Wait()
	if changed.Load() != 60 {
		t.Errorf("%d changed", changed.Load())
	}
	told(t, r, all, deadline)
}

func TestDeathsOfManyPagesAndAccountsAreAllRecorded(t *testing.T) {
	r := rig.New(t)
	r.Manage.Max = 2000
	var workers sync.WaitGroup
	for range 34 { // writers that come together share a transaction
		workers.Go(func() {
			for range 50 { // more than a page in each part of the index
				if _, err := r.Manage.Create(t.Context(), rig.Admin("acme"), integration.New{
					Account: "acme", Name: "Shop", Scopes: []string{rig.Readonly}, ExpiresAt: rig.Start.Add(day),
				}, manage.Idempotency{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	r.Create(t, "globex") // never due to be swept
	r.Clock.Advance(day)
	run(t, r, sweep.Report{Visited: 1700, Changed: 1700, Complete: true})
	run(t, r, sweep.Report{Complete: true})
}

// hooked is a store that lets something happen right after an integration was read.
type hooked struct {
	*table.Store
	read func(i integration.Integration)
}

func (h hooked) Integration(ctx context.Context, account, id string) (integration.Integration, error) {
	i, err := h.Store.Integration(ctx, account, id)
	if err == nil {
		h.read(i)
	}
	return i, err
}

func TestLostRaceIsLeftToTheWinner(t *testing.T) {
	r := rig.New(t)
	all := lapsing(t, r, 3)
	deadline := rig.Start.Add(time.Hour)
	r.Clock.Set(deadline)
	store := hooked{r.Store, func(i integration.Integration) {
		name := "Till"
		if i.ID != all[1].ID {
			return
		}
		if _, err := r.Manage.Edit(t.Context(), rig.Admin("acme"), rig.Target(all[1]), integration.Edit{Name: &name}); err != nil {
			t.Error(err)
		}
	}}
	report, err := sweep.Run(t.Context(), store, r.Clock.Now())
	if want := (sweep.Report{Visited: 3, Changed: 2, Lost: 1, Complete: true}); err != nil || report != want {
		t.Errorf("%+v, %v, want %+v", report, err, want)
	}
	told(t, r, all, deadline)
	run(t, r, sweep.Report{Complete: true})
}

func TestDamagedRecordDoesNotKeepTheOthersWaiting(t *testing.T) {
	r := rig.New(t)
	all := lapsing(t, r, 40)
	deadline := rig.Start.Add(time.Hour)
	broken := all[17]
	if err := r.DB.Write(t.Context(), []table.Write{{
		Key:    table.Key{Partition: "ACCOUNT#acme", Sort: "INTEGRATION#" + broken.ID},
		Update: &table.Update{Remove: []string{"name"}},
	}}); err != nil {
		t.Fatal(err)
	}
	r.Clock.Set(deadline)
	for _, want := range []sweep.Report{
		{Visited: 40, Changed: 39, Failed: 1, Complete: true},
		{Visited: 1, Failed: 1, Complete: true},
	} {
		report, err := sweep.Run(t.Context(), r.Store, r.Clock.Now())
		if report != want || !errors.Is(err, table.ErrDamaged) || !strings.Contains(err.Error(), broken.ID) {
			t.Errorf("%+v, %v, want %+v and a fault that names %s", report, err, want, broken.ID)
		}
	}
	told(t, r, append(all[:17:17], all[18:]...), deadline)
	if _, err := r.Authorizer.Authorize(t.Context(), rig.Get(broken.Token.Reveal())); err == nil {
		t.Error("what is not swept lives on")
	}
}

func TestRunEndsWithItsTimeAndTheNextGoesOn(t *testing.T) {
	r := rig.New(t)
	all := lapsing(t, r, 30)
	deadline := rig.Start.Add(time.Hour)
	r.Clock.Set(deadline)
	ctx, cancel := context.WithCancel(t.Context())
	reads := 0
	store := hooked{r.Store, func(integration.Integration) {
		if reads++; reads == 10 {
			cancel()
		}
	}}
	report, err := sweep.Run(ctx, store, r.Clock.Now())
	if want := (sweep.Report{Visited: 10, Changed: 9}); err != nil || report != want {
		t.Errorf("%+v, %v, want %+v", report, err, want)
	}
	run(t, r, sweep.Report{Visited: 21, Changed: 21, Complete: true})
	told(t, r, all, deadline)
	if report, err := sweep.Run(ctx, r.Store, r.Clock.Now()); err != nil || report != (sweep.Report{}) {
		t.Errorf("without any time: %+v, %v", report, err)
	}
}

// lost is a store whose index knows of what is not there, and which can fail.
type lost struct {
	*table.Store
	due, commit error
}

func (l lost) Due(ctx context.Context, until time.Time, visit func(account, id string) error) error {
	if err := visit("acme", "gone"); err != nil {
		return err
	}
	if l.due != nil {
		return l.due
	}
	return l.Store.Due(ctx, until, visit)
}

func (l lost) Commit(ctx context.Context, c integration.Change, max int, receipt *integration.Receipt) error {
	if l.commit != nil {
		return l.commit
	}
	return l.Store.Commit(ctx, c, max, receipt)
}

func TestIndexThatLagsAndFaultsAreToldApart(t *testing.T) {
	r := rig.New(t)
	all := lapsing(t, r, 2)
	r.Clock.Set(rig.Start.Add(time.Hour))
	down := errors.New("throttled")
	for _, c := range []struct {
		store lost
		want  sweep.Report
		err   error
	}{
		{lost{Store: r.Store, due: down}, sweep.Report{Visited: 1, Complete: true}, down},
		{lost{Store: r.Store, commit: down}, sweep.Report{Visited: 3, Failed: 2, Complete: true}, down},
		{lost{Store: r.Store}, sweep.Report{Visited: 3, Changed: 2, Complete: true}, nil},
	} {
		report, err := sweep.Run(t.Context(), c.store, r.Clock.Now())
		if c.store.due != nil {
			c.want.Complete = false
		}
		if report != c.want || !errors.Is(err, c.err) {
			t.Errorf("%+v, %v, want %+v, %v", report, err, c.want, c.err)
		}
	}
	told(t, r, all, rig.Start.Add(time.Hour))
}

func TestSweepLeavesRemindersToTheReminder(t *testing.T) {
	r := rig.New(t)
	issued := r.Create(t, "acme")
	r.Clock.Advance(integration.ReminderAge)
	run(t, r, sweep.Report{Visited: 1, Complete: true})
	if i := storetest.CheckWhole(t, r.Store, "acme", issued.ID); i.Seq != issued.Seq || i.Current == nil || i.Current.ID != issued.Token.ID() {
		t.Errorf("%+v", i)
	}
}
