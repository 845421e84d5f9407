package manage_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/sweep"
)

func rename(t *testing.T, r *rig.Rig, target manage.Target, name string) (manage.View, error) {
	t.Helper()
	return r.Manage.Edit(t.Context(), rig.Admin(target.Account), target, integration.Edit{Name: &name})
}

func TestChangeOfAnotherVersionIsRefused(t *testing.T) {
	r := rig.New(t)
	target := rig.Target(r.Create(t, "acme"))
	for _, c := range []struct {
		versions []int64
		name     string
		refused  bool
	}{
		{[]int64{1}, "second", false},
		{[]int64{1}, "third", true},
		{[]int64{3}, "third", true},
		{[]int64{}, "third", true}, // only tags that are no version
		{[]int64{1, 2}, "third", false},
		{nil, "fourth", false},
	} {
		target.Versions = c.versions
		v, err := rename(t, r, target, c.name)
		if c.refused != errors.Is(err, manage.ErrVersion) || !c.refused && (err != nil || v.Name != c.name) {
			t.Errorf("%v: %q, %v, want refused: %v", c.versions, v.Name, err, c.refused)
		}
	}
	target.Versions = []int64{1}
	for _, m := range onOne {
		if isViewing(m) {
			continue
		}
		if err := m.call(t.Context(), r.Manage, rig.Admin("acme"), target); !errors.Is(err, manage.ErrVersion) {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}

func TestOneOfManyWithTheSameVersionWins(t *testing.T) {
	r := rig.New(t)
	target := rig.Target(r.Create(t, "acme"))
	target.Versions = []int64{1}
	var (
		workers sync.WaitGroup
		won     atomic.Int64
	)
	for n := range 20 {
		workers.Go(func() {
			_, err := rename(t, r, target, string(rune('a'+n)))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, manage.ErrVersion) {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	if won.Load() != 1 {
		t.Errorf("%d won", won.Load())
	}
}

func TestWhatTheClockDoesMovesNoVersion(t *testing.T) {
	r := rig.New(t)
	target := rig.Target(r.Create(t, "acme"))
	if _, err := r.Manage.Rotate(t.Context(), rig.Admin("acme"), target, later, never); err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(time.Hour)
	if report, err := sweep.Run(t.Context(), r.Store, r.Clock.Now()); err != nil || report.Changed != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	target.Versions = []int64{2}
	if v, err := rename(t, r, target, "Till"); err != nil || v.Version != 3 {
		t.Errorf("version %d, %v", v.Version, err)
	}
}

func TestWhatChangesNothingMovesNoVersion(t *testing.T) {
	r := rig.New(t)
	issued := r.Create(t, "acme")
	r.Clock.Advance(time.Hour)
	for _, change := range []func() (manage.View, error){
		func() (manage.View, error) { return rename(t, r, rig.Target(issued), "Shop") },
		func() (manage.View, error) {
			return r.Manage.SetExpiry(t.Context(), rig.Admin("acme"), rig.Target(issued), time.Time{})
		},
	} {
		if v, err := change(); err != nil || v.Version != 1 || v.Seq != issued.Seq || !v.UpdatedAt.Equal(rig.Start) {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

func TestDeadlinesAreCutToTheMillisecond(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	bit := 500 * time.Microsecond
	create := func(at time.Time) (manage.Issued, error) {
		return r.Manage.Create(t.Context(), admin, integration.New{Account: "acme", Name: "Shop", Scopes: []string{rig.Readonly}, ExpiresAt: at}, never)
	}
	issued, err := create(rig.Start.Add(time.Hour + bit))
	if err != nil || !issued.Current.ExpiresAt.Equal(rig.Start.Add(time.Hour)) {
		t.Fatalf("create: %+v, %v", issued.Current, err)
	}
	at := rig.Start.Add(2*time.Hour + bit)
	rotated, err := r.Manage.Rotate(t.Context(), admin, rig.Target(issued), integration.Rotation{Grace: time.Hour, ExpiresAt: &at}, never)
	if err != nil || !rotated.Current.ExpiresAt.Equal(rig.Start.Add(2*time.Hour)) {
		t.Errorf("rotate: %+v, %v", rotated.Current, err)
	}
	v, err := r.Manage.MoveWindow(t.Context(), admin, rig.Target(issued), rig.Start.Add(time.Minute+bit))
	if err != nil || !v.Retiring.WindowEndsAt.Equal(rig.Start.Add(time.Minute)) {
		t.Errorf("move: %+v, %v", v.Retiring, err)
	}
	v, err = r.Manage.SetExpiry(t.Context(), admin, rig.Target(issued), rig.Start.Add(3*time.Hour+bit))
	if err != nil || !v.Current.ExpiresAt.Equal(rig.Start.Add(3*time.Hour)) {
		t.Errorf("expire: %+v, %v", v.Current, err)
	}
	var invalid *integration.Invalid
	if _, err := create(rig.Start.Add(bit)); !errors.As(err, &invalid) {
		t.Errorf("a deadline that is over once it is cut: %v", err)
	}
}

// busy is a store at which others are always faster.
type busy struct {
	manage.Store
	tries atomic.Int64
}

func (b *busy) Commit(context.Context, integration.Change, int, *integration.Receipt) error {
	b.tries.Add(1)
	return integration.ErrConflict
}

// hurried is a store whose callers give up after one try.
type hurried struct {
	*busy
	giveUp context.CancelFunc
}

func (h hurried) Commit(ctx context.Context, c integration.Change, max int, receipt *integration.Receipt) error {
	h.giveUp()
	return h.busy.Commit(ctx, c, max, receipt)
}

func TestChangeThatAlwaysLosesIsGivenUp(t *testing.T) {
	r := rig.New(t)
	target := rig.Target(r.Create(t, "acme"))
	store := &busy{Store: r.Store}
	r.Manage.Store = store
	if _, err := rename(t, r, target, "Till"); !errors.Is(err, integration.ErrConflict) || store.tries.Load() < 50 {
		t.Errorf("%v after %d tries", err, store.tries.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.Manage.Store = hurried{store, cancel}
	store.tries.Store(0)
	if _, err := r.Manage.Expire(ctx, rig.Admin("acme"), target); !errors.Is(err, context.Canceled) || store.tries.Load() != 1 {
		t.Errorf("%v after %d tries of a request that was given up", err, store.tries.Load())
	}
	r.Manage.Store = store
	for _, key := range []string{"", "k"} {
		if issued, err := r.Manage.Rotate(t.Context(), rig.Admin("acme"), target, atOnce, manage.Idempotency{Key: key}); !errors.Is(err, integration.ErrConflict) || issued.Token != nil {
			t.Errorf("rotate: %+v, %v", issued, err)
		}
	}
}

func TestCancellingSparesANewTokenThatIsInUse(t *testing.T) {
	r := rig.New(t)
	admin, issued := rig.Admin("acme"), r.Create(t, "acme")
	rotated, err := r.Manage.Rotate(t.Context(), admin, rig.Target(issued), later, never)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authorizer.Authorize(t.Context(), rig.Get(rotated.Token.Reveal())); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Manage.Cancel(t.Context(), admin, rig.Target(issued), false); !errors.Is(err, integration.ErrNewTokenInUse) {
		t.Errorf("%v", err)
	}
	v, err := r.Manage.Get(t.Context(), admin, "acme", issued.ID)
	if err != nil || v.Current.ID != rotated.Token.ID() || !v.FirstUses[v.Current.ID].Equal(rig.Start) || v.Status != integration.StatusRotating {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err = r.Manage.Cancel(t.Context(), admin, rig.Target(issued), true); err != nil || v.Current.ID != issued.Token.ID() || v.Retiring != nil {
		t.Errorf("forced: %+v, %v", v, err)
	}
}
