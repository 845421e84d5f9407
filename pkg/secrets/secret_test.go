package secrets_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/rekey"
	"github.com/private-integrations/private-integrations/pkg/secrets"
	"github.com/private-integrations/private-integrations/pkg/secrets/secretslocal"
)

// none is a table without tokens.
type none struct{}

func (none) LivingTokens(context.Context, int, time.Time) (int, error) { return 0, nil }

// rotated is a Secrets Manager whose secret has two keys.
func rotated(t *testing.T) (*secretslocal.Manager, *secrets.Secret) {
	t.Helper()
	m := manager(t)
	m.Announce("v2")
	for _, step := range steps {
		mustCall(t, m, step, "v2")
	}
	return m, secrets.Open(m.Config(), "pepper")
}

func retire(t *testing.T, s *secrets.Secret, now time.Time) (rekey.Report, error) {
	t.Helper()
	return rekey.Retire(t.Context(), s, none{}, 1, now)
}

func TestRetiredPepperIsGoneFromTheCurrentVersion(t *testing.T) {
	m, s := rotated(t)
	if _, err := retire(t, s, noon.Add(rekey.Settle-time.Millisecond)); !errors.As(err, new(*rekey.TooSoonError)) {
		t.Errorf("too soon: %v", err)
	}
	report, err := retire(t, s, noon.Add(rekey.Settle))
	if err != nil || report.Current != 2 || !slices.Equal(report.Versions, []int{2}) {
		t.Errorf("%+v, %v", report, err)
	}
	if got := keysOf(t, m).Versions(); !slices.Equal(got, []int{2}) {
		t.Errorf("versions %v", got)
	}
	if got := m.Labels(); len(got) != 2 || !slices.Equal(got["v2"], []string{"AWSPREVIOUS"}) {
		t.Errorf("labels %v", got)
	}
	m.Announce("v4") // and a rotation goes on from there
	for _, step := range steps {
		mustCall(t, m, step, "v4")
	}
	if got := keysOf(t, m).Versions(); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("versions %v", got)
	}
}

func TestSecretThatOthersChangeIsNotSwapped(t *testing.T) {
	m, s := rotated(t)
	before, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.Announce("v3")
	if err := s.Swap(t.Context(), before, rekey.Next(before.Keys)); !errors.Is(err, rekey.ErrChanged) {
		t.Errorf("with a rotation under way: %v", err)
	}
	for _, step := range steps {
		mustCall(t, m, step, "v3")
	}
	if err := s.Swap(t.Context(), before, rekey.Next(before.Keys)); !errors.Is(err, rekey.ErrChanged) {
		t.Errorf("after a rotation: %v", err)
	}
	labels(t, m, map[string][]string{"v3": {"AWSCURRENT"}, "v2": {"AWSPREVIOUS"}})
}

func TestOneOfManySwapsWins(t *testing.T) {
	m, s := rotated(t)
	before, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		won     []rekey.Stored
	)
	for range 8 {
		workers.Go(func() {
			after := rekey.Next(before.Keys)
			err := s.Swap(t.Context(), before, after)
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				won = append(won, rekey.Stored{Keys: after})
			} else if !errors.Is(err, rekey.ErrChanged) {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	if len(won) != 1 || !won[0].Keys.Equal(keysOf(t, m)) {
		t.Errorf("%d won, and version %d is current", len(won), keysOf(t, m).Current())
	}
}

func TestFaultLeavesTheOldKeysOrTheNew(t *testing.T) {
	afflicted(t, func(t *testing.T, operation string, faults []secretslocal.Fault) {
		m, s := rotated(t)
		before, err := s.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m.Fail(operation, faults...)
		after := rekey.Next(before.Keys)
		err = s.Swap(t.Context(), before, after)
		want := before.Keys
		if err == nil {
			want = after
		}
		if got := keysOf(t, m); !got.Equal(want) || err != nil && len(faults) == 1 {
			t.Errorf("%v, and version %d is current", err, got.Current())
		}
	})
}
