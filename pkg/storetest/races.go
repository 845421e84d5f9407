package storetest

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// race lets n goroutines do something at the same time and counts how many
// succeed. The others have to fail with want.
func race(t *testing.T, n int, want error, do func(n int) error) int {
	t.Helper()
	start := make(chan struct{})
	var succeeded atomic.Int64
	var racers sync.WaitGroup
	for racer := range n {
		racers.Go(func() {
			<-start
			switch err := do(racer); {
			case err == nil:
				succeeded.Add(1)
			case !errors.Is(err, want):
				t.Errorf("racer %d: %v, want %v", racer, err, want)
			}
		})
	}
	close(start)
	racers.Wait()
	return int(succeeded.Load())
}

func (s suite) quotaIsExactAmongManyWriters(t *testing.T) {
	account := fresh("account")
	const quota = 7
	winners := race(t, 3*quota, integration.ErrQuota, func(int) error {
		return s.store.Commit(t.Context(), created(account, time.Time{}), quota, nil)
	})
	listed, err := s.store.Integrations(t.Context(), account, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if winners != quota || len(listed) != quota {
		t.Errorf("%d creates were answered and %d integrations are there, want %d", winners, len(listed), quota)
	}
	for _, i := range listed {
		CheckWhole(t, s.store, account, i.ID)
	}
}

func (s suite) oneOfManyRotationsWins(t *testing.T) {
	st := s.story(t)
	changes := make([]integration.Change, 50)
	for n := range changes {
		grace := time.Duration(n%2) * week
		c, err := rotate(grace)(st.After, st.now)
		if err != nil {
			t.Fatal(err)
		}
		changes[n] = c
	}
	var won atomic.Pointer[integration.Change]
	winners := race(t, len(changes), integration.ErrConflict, func(n int) error {
		err := s.store.Commit(t.Context(), changes[n], plenty, nil)
		if err == nil {
			won.Store(&changes[n])
		}
		return err
	})
	if winners != 1 {
		t.Fatalf("%d rotations won", winners)
	}
	winner := won.Load()
	for _, c := range changes {
		if c.Minted.ID != winner.Minted.ID {
			wantsNoToken(t, s.store, c.Minted.ID)
		}
	}
	st.add(*winner)
	st.check(t, s.store)
}

func (s suite) noChangeIsLostAmongManyWriters(t *testing.T) {
	st := s.story(t)
	// increment counts up in the description, as often as it takes.
	increment := func() error {
		for {
			i, err := s.store.Integration(t.Context(), st.Account, st.ID)
			if err != nil {
				return err
			}
			count, _ := strconv.Atoi(i.Description)
			next := strconv.Itoa(count + 1)
			c, err := i.Edit(integration.Edit{Description: &next}, Everything{}, actor, begin)
			if err != nil {
				return err
			}
			if err := s.store.Commit(t.Context(), c, plenty, nil); !errors.Is(err, integration.ErrConflict) {
				return err
			}
		}
	}
	race(t, s.scale.Workers, nil, func(int) error {
		for range s.scale.Increments {
			if err := increment(); err != nil {
				return err
			}
		}
		return nil
	})
	i := CheckWhole(t, s.store, st.Account, st.ID)
	want := s.scale.Workers * s.scale.Increments
	if i.Description != strconv.Itoa(want) || i.Seq != st.After.Seq+int64(want) {
		t.Errorf("after %d increments the count is %s and the seq %d, from %d", want, i.Description, i.Seq, st.After.Seq)
	}
}
