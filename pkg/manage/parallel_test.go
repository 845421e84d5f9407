package manage_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// usable counts the tokens that get a request through.
func usable(t *testing.T, r *rig.Rig, all ...manage.Issued) int {
	t.Helper()
	n := 0
	for _, i := range all {
		_, err := r.Authorizer.Authorize(t.Context(), rig.Get(i.Token.Reveal()))
		if err == nil {
			n++
		} else if !errors.Is(err, authorize.ErrUnauthorized) {
			t.Error(err)
		}
	}
	return n
}

func TestOneOfFiftyRotationsWithAWindowWins(t *testing.T) {
	r := rig.New(t)
	first := r.Create(t, "acme")
	issued, _, refused := atTheSameTime(t, func() (manage.Issued, error) {
		return r.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(first), later, never)
	}, integration.ErrRotationPending)
	if len(issued) != 1 || refused != 49 || usable(t, r, append(issued, first)...) != 2 {
		t.Errorf("%d rotated, %d refused", len(issued), refused)
	}
	if after := storetest.CheckWhole(t, r.Store, "acme", first.ID); after.Seq != first.Seq+2 {
		t.Errorf("%d new facts", after.Seq-first.Seq)
	}
}

func TestFiftyRotationsAtOnceLeaveOneLivingToken(t *testing.T) {
	r := rig.New(t)
	first := r.Create(t, "acme")
	issued, _, _ := atTheSameTime(t, func() (manage.Issued, error) {
		return r.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(first), atOnce, never)
	}, nil)
	if n := usable(t, r, append(issued, first)...); len(issued) != 50 || n != 1 {
		t.Errorf("%d rotated, %d usable", len(issued), n)
	}
	if after := storetest.CheckWhole(t, r.Store, "acme", first.ID); after.Seq != first.Seq+100 || after.Version != 51 {
		t.Errorf("%d new facts, version %d", after.Seq-first.Seq, after.Version)
	}
}

func TestQuotaIsExactUnderRaces(t *testing.T) {
	r := rig.New(t)
	r.Manage.Max = 7
	r.Create(t, "globex") // counts for its own account
	admin := rig.Admin("acme")
	create := func() (manage.Issued, error) { return createOnce(t, r, admin, "acme", never) }
	issued, _, refused := atTheSameTime(t, create, integration.ErrQuota)
	if len(issued) != 7 || refused != 43 || listed(t, r) != 7 {
		t.Fatalf("%d created, %d refused, %d there", len(issued), refused, listed(t, r))
	}
	if _, err := r.Manage.Expire(t.Context(), admin, rig.Target(issued[0])); err != nil { // a dead one counts still
		t.Fatal(err)
	}
	if _, err := create(); !errors.Is(err, integration.ErrQuota) {
		t.Errorf("%v", err)
	}
	for n := range 3 {
		target := rig.Target(issued[n])
		if err := r.Manage.Delete(t.Context(), admin, target); err != nil {
			t.Fatal(err)
		}
		if err := r.Manage.Delete(t.Context(), admin, target); !errors.Is(err, integration.ErrNotFound) { // counts once
			t.Errorf("deleted again: %v", err)
		}
	}
	again, _, refused := atTheSameTime(t, create, integration.ErrQuota)
	if len(again) != 3 || refused != 47 {
		t.Errorf("%d created, %d refused", len(again), refused)
	}
}

func TestManyAdminsAtOnceLeaveAWholeIntegration(t *testing.T) {
	r := rig.New(t)
	first := r.Create(t, "acme")
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		all     = []manage.Issued{first}
	)
	for range 8 {
		workers.Go(func() {
			for range 20 {
				m := onOne[rand.IntN(len(onOne)-1)] // all but delete
				err := m.call(t.Context(), r.Manage, rig.Admin("acme"), rig.Target(first))
				if err != nil && !errors.Is(err, integration.ErrRotationPending) && !errors.Is(err, integration.ErrNoRotation) && !errors.Is(err, integration.ErrNoLiveToken) {
					t.Errorf("%s: %v", m.name, err)
				}
				i, err := r.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(first), atOnce, never)
				if err != nil {
					t.Errorf("rotate at once: %v", err)
					continue
				}
				mu.Lock()
				all = append(all, i)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if n := usable(t, r, all...); n > 2 {
		t.Errorf("%d of %d tokens are usable", n, len(all))
	}
	after := storetest.CheckWhole(t, r.Store, "acme", first.ID)
	made := map[token.ID]bool{}
	facts, err := r.Store.Facts(t.Context(), "acme", first.ID, 0, int(after.Seq))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Type == fact.TokenCreated {
			made[f.Token] = true
		}
	}
	for _, i := range all {
		if !made[i.Token.ID()] {
			t.Errorf("no fact tells of %s", i.Token.ID())
		}
	}
}

func TestEventsAreToldNewestFirstInPages(t *testing.T) {
	r := rig.New(t)
	admin, issued := rig.Admin("acme"), r.Create(t, "acme")
	for n := range 5 {
		r.Clock.Advance(time.Minute)
		if _, err := rename(t, r, rig.Target(issued), string(rune('a'+n))); err != nil {
			t.Fatal(err)
		}
	}
	var seqs []int64
	for before := int64(0); ; {
		page, err := r.Manage.Events(t.Context(), admin, "acme", issued.ID, before, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, f := range page {
			seqs = append(seqs, f.Seq)
			if f.Actor != admin.Actor {
				t.Errorf("%+v", f)
			}
		}
		before = page[len(page)-1].Seq
	}
	for n, seq := range seqs {
		if seq != int64(7-n) {
			t.Fatalf("events %v", seqs)
		}
	}
	if len(seqs) != 7 {
		t.Errorf("events %v", seqs)
	}
}
