package manage_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/storetest"
)

var key = manage.Idempotency{Key: "k", Fingerprint: "body"}

// createOnce creates under an idempotency key.
func createOnce(t *testing.T, r *rig.Rig, c manage.Caller, account string, once manage.Idempotency) (manage.Issued, error) {
	t.Helper()
	return r.Manage.Create(t.Context(), c, integration.New{Account: account, Name: "Shop", Scopes: []string{rig.Readonly}}, once)
}

// listed counts the integrations of acme.
func listed(t *testing.T, r *rig.Rig) int {
	t.Helper()
	all, err := r.Store.Integrations(t.Context(), "acme", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// same holds a replay to be the first answer without the token.
func same(t *testing.T, first, replay manage.Issued, err error) {
	t.Helper()
	if err != nil || !replay.Replayed || replay.Token != nil {
		t.Errorf("replay: %+v, %v", replay, err)
	}
	if first.Replayed || first.Token == nil {
		t.Errorf("first answer: %+v", first)
	}
	if diff := cmp.Diff(first.View, replay.View); diff != "" {
		t.Errorf("the replay differs (-first +replay):\n%s", diff)
	}
}

func TestRepeatedCreateHasOneEffectAndOneAnswer(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	first, err := createOnce(t, r, admin, "acme", key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := createOnce(t, r, admin, "acme", key)
	same(t, first, again, err)

	// Whatever happened to it since, the answer is the one that was given.
	r.Clock.Advance(24*time.Hour - time.Millisecond)
	if _, err := r.Manage.Rotate(t.Context(), admin, rig.Target(first), atOnce, never); err != nil {
		t.Fatal(err)
	}
	if err := r.Manage.Delete(t.Context(), admin, rig.Target(first)); err != nil {
		t.Fatal(err)
	}
	again, err = createOnce(t, r, admin, "acme", key)
	same(t, first, again, err)
	if got := listed(t, r); got != 1 {
		t.Errorf("%d integrations", got)
	}
}

func TestKeyIsForgottenAfterADay(t *testing.T) {
	r := rig.New(t)
	first, err := createOnce(t, r, rig.Admin("acme"), "acme", key)
	if err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(24 * time.Hour)
	second, err := createOnce(t, r, rig.Admin("acme"), "acme", manage.Idempotency{Key: key.Key, Fingerprint: "another body"})
	if err != nil || second.ID == first.ID || second.Token == nil || second.Replayed {
		t.Errorf("after a day: %+v, %v", second, err)
	}
	r.Clock.Advance(24*time.Hour - time.Millisecond)
	again, err := createOnce(t, r, rig.Admin("acme"), "acme", manage.Idempotency{Key: key.Key, Fingerprint: "another body"})
	same(t, second, again, err)
}

func TestKeyIsOfOneRequestOfOneCallerInOneAccount(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	first, err := createOnce(t, r, admin, "acme", key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := createOnce(t, r, admin, "acme", manage.Idempotency{Key: key.Key, Fingerprint: "another body"}); !errors.Is(err, manage.ErrKeyReused) {
		t.Errorf("another body: %v", err)
	}
	if got := listed(t, r); got != 1 {
		t.Errorf("%d integrations", got)
	}
	other := admin
	other.ID = "another actor"
	other.Roles = map[string]account.Role{"acme": account.RoleAdmin, "globex": account.RoleAdmin}
	for what, issue := range map[string]func() (manage.Issued, error){
		"another actor":   func() (manage.Issued, error) { return createOnce(t, r, other, "acme", key) },
		"another account": func() (manage.Issued, error) { return createOnce(t, r, other, "globex", key) },
		"another key": func() (manage.Issued, error) {
			return createOnce(t, r, admin, "acme", manage.Idempotency{Key: "K", Fingerprint: key.Fingerprint})
		},
		"another operation": func() (manage.Issued, error) {
			return r.Manage.Rotate(t.Context(), admin, rig.Target(first), atOnce, manage.Idempotency{Key: key.Key, Fingerprint: "another body"})
		},
	} {
		if got, err := issue(); err != nil || got.Replayed || got.Token == nil {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	if _, err := createOnce(t, r, rig.Staff("acme"), "acme", key); !errors.Is(err, manage.ErrForbidden) {
		t.Errorf("without the right: %v", err)
	}
}

func TestRepeatedRotateTellsWhatItToldAtFirst(t *testing.T) {
	r := rig.New(t)
	admin, issued := rig.Admin("acme"), r.Create(t, "acme")
	use := func(i manage.Issued) {
		t.Helper()
		if _, err := r.Authorizer.Authorize(t.Context(), rig.Get(i.Token.Reveal())); err != nil {
			t.Fatal(err)
		}
	}
	use(issued)
	r.Clock.Advance(time.Minute)
	rotate := func() (manage.Issued, error) {
		return r.Manage.Rotate(t.Context(), admin, rig.Target(issued), later, key)
	}
	first, err := rotate()
	if err != nil || !first.FirstUses[issued.Token.ID()].Equal(rig.Start) {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := rotate()
	same(t, first, again, err)
	use(first)
	r.Clock.Advance(2 * time.Hour) // the window is over
	again, err = rotate()
	same(t, first, again, err)
	if i := storetest.CheckWhole(t, r.Store, "acme", issued.ID); i.Seq != first.Seq {
		t.Errorf("%d facts, want %d", i.Seq, first.Seq)
	}
}

func TestRefusedRequestLeavesItsKeyFree(t *testing.T) {
	r := rig.New(t)
	r.Manage.Max = 1
	first := r.Create(t, "acme")
	if _, err := createOnce(t, r, rig.Admin("acme"), "acme", key); !errors.Is(err, integration.ErrQuota) {
		t.Fatal(err)
	}
	if err := r.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(first)); err != nil {
		t.Fatal(err)
	}
	second, err := createOnce(t, r, rig.Admin("acme"), "acme", key)
	if err != nil || second.Replayed {
		t.Errorf("%+v, %v", second, err)
	}
	again, err := createOnce(t, r, rig.Admin("acme"), "acme", key)
	same(t, second, again, err) // at the quota again
}

// atTheSameTime has fifty callers do the same and counts the answers.
func atTheSameTime(t *testing.T, do func() (manage.Issued, error), refusal error) (issued []manage.Issued, replayed, refused int) {
	t.Helper()
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		ready   atomic.Int64
	)
	const callers = 50
	start := make(chan struct{})
	for range callers {
		workers.Go(func() {
			if ready.Add(1) == callers {
				close(start)
			}
			<-start
			i, err := do()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && i.Replayed:
				replayed++
			case err == nil:
				issued = append(issued, i)
			case refusal != nil && errors.Is(err, refusal):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	workers.Wait()
	return issued, replayed, refused
}

func TestFiftyOfTheSameRequestAtOnceHaveOneEffect(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	issued, replayed, _ := atTheSameTime(t, func() (manage.Issued, error) { return createOnce(t, r, admin, "acme", key) }, nil)
	if len(issued) != 1 || replayed != 49 || listed(t, r) != 1 {
		t.Fatalf("%d created, %d replayed, %d integrations", len(issued), replayed, listed(t, r))
	}
	target := rig.Target(issued[0])
	for _, c := range []struct {
		rotation integration.Rotation
		facts    int64
	}{
		{later, 2},
		{atOnce, 3},
	} {
		before, err := r.Store.Integration(t.Context(), "acme", target.ID)
		if err != nil {
			t.Fatal(err)
		}
		target.Versions = []int64{before.Version} // which all but one come too late for
		once := manage.Idempotency{Key: c.rotation.Grace.String(), Fingerprint: "body"}
		issued, replayed, _ := atTheSameTime(t, func() (manage.Issued, error) {
			return r.Manage.Rotate(t.Context(), admin, target, c.rotation, once)
		}, nil)
		if len(issued) != 1 || replayed != 49 {
			t.Errorf("%+v: %d rotated, %d replayed", c.rotation, len(issued), replayed)
		}
		if after := storetest.CheckWhole(t, r.Store, "acme", target.ID); after.Seq != before.Seq+c.facts {
			t.Errorf("%+v: %d new facts, want %d", c.rotation, after.Seq-before.Seq, c.facts)
		}
	}
}
