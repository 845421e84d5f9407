package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// wantsError commits a change, which has to fail with want.
func (s suite) wantsError(t *testing.T, want error, c integration.Change, max int, r *integration.Receipt) {
	t.Helper()
	if err := s.store.Commit(t.Context(), c, max, r); !errors.Is(err, want) {
		t.Errorf("the commit answers %v, want %v", err, want)
	}
}

func (s suite) anotherAccountFindsNothing(t *testing.T) {
	st := s.story(t)
	r := integration.Receipt{Key: fresh("key"), Fingerprint: "f", At: begin, Answer: st.After}
	c, err := rotate(0)(st.After, begin)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.Commit(t.Context(), c, plenty, &r); err != nil {
		t.Fatal(err)
	}
	for _, foreign := range []string{fresh("account"), st.Account + "x", st.Account[:len(st.Account)-1], ""} {
		if i, err := s.store.Integration(t.Context(), foreign, st.ID); !errors.Is(err, integration.ErrNotFound) {
			t.Errorf("%q reads %+v, %v", foreign, i, err)
		}
		if l, err := s.store.Integrations(t.Context(), foreign, "", 10); err != nil || len(l) > 0 {
			t.Errorf("%q lists %+v, %v", foreign, l, err)
		}
		if f, err := s.store.Facts(t.Context(), foreign, st.ID, 0, 10); err != nil || len(f) > 0 {
			t.Errorf("%q reads the facts %+v, %v", foreign, f, err)
		}
		if r, err := s.store.Receipt(t.Context(), foreign, r.Key); !errors.Is(err, integration.ErrNotFound) {
			t.Errorf("%q reads %+v, %v", foreign, r, err)
		}
	}
	if i, err := s.store.Integration(t.Context(), st.Account, freshID()); !errors.Is(err, integration.ErrNotFound) {
		t.Errorf("an id that there is not: %+v, %v", i, err)
	}
	wantsNoToken(t, s.store, freshToken())
}

func (s suite) staleChangeLeavesNothingBehind(t *testing.T) {
	for name, do := range map[string]move{
		"rotate later": rotate(week), "rotate now": rotate(0), "expire": expire, "expire later": expireIn(week),
		"edit": edit("stale", "x"), "delete": remove,
	} {
		t.Run(name, func(t *testing.T) {
			st := s.story(t)
			stale, err := do(st.After, st.now)
			if err != nil {
				t.Fatal(err)
			}
			st.commit(edit("other", "a", "b")(st.After, st.now))
			r := integration.Receipt{Key: fresh("key"), Fingerprint: "f", At: begin, Answer: stale.After}
			s.wantsError(t, integration.ErrConflict, stale, plenty, &r)
			st.check(t, s.store)
			if stale.Minted != nil {
				wantsNoToken(t, s.store, stale.Minted.ID)
			}
			if _, err := s.store.Receipt(t.Context(), st.Account, r.Key); !errors.Is(err, integration.ErrNotFound) {
				t.Errorf("the receipt: %v", err)
			}
		})
	}
	t.Run("create over another", func(t *testing.T) {
		st := s.story(t)
		again := created(st.Account, time.Time{})
		again.After.ID = st.ID
		s.wantsError(t, integration.ErrConflict, again, plenty, nil)
		st.check(t, s.store)
		wantsNoToken(t, s.store, again.Minted.ID)
		s.wantsError(t, nil, created(st.Account, time.Time{}), 2, nil) // so it did not count
	})
	t.Run("create with a token that there is", func(t *testing.T) {
		st := s.story(t)
		other := created(st.Account, time.Time{})
		other.Minted.ID = st.After.Current.ID
		s.wantsError(t, integration.ErrConflict, other, plenty, nil)
		st.check(t, s.store)
		if _, err := s.store.Integration(t.Context(), st.Account, other.After.ID); !errors.Is(err, integration.ErrNotFound) {
			t.Error(err)
		}
	})
}

func (s suite) cancelFailsOnceTheNewTokenIsUsed(t *testing.T) {
	st := s.story(t)
	st.commit(rotate(week)(st.After, st.now))
	old, minted := st.After.Retiring.ID, st.After.Current.ID
	st.use(old) // which is no hindrance
	unforced, err := cancel(false)(st.After, st.now)
	if err != nil {
		t.Fatal(err)
	}
	st.use(minted)
	s.wantsError(t, integration.ErrNewTokenInUse, unforced, plenty, nil)
	st.check(t, s.store)
	st.commit(cancel(true)(st.After, st.now))
}

func (s suite) receiptHoldsForADay(t *testing.T) {
	account, key := fresh("account"), fresh("key")
	commit := func(want error, at time.Time) integration.Receipt {
		t.Helper()
		c := created(account, begin.Add(week))
		r := integration.Receipt{
			Key: key, Fingerprint: fresh("body"), At: at, Answer: c.After, RetiringUsedAt: begin.Add(-time.Hour),
		}
		s.wantsError(t, want, c, plenty, &r)
		if want != nil {
			wantsNoToken(t, s.store, c.Minted.ID)
		}
		return r
	}
	wants := func(want integration.Receipt) {
		t.Helper()
		got, err := s.store.Receipt(t.Context(), account, key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	first := commit(nil, begin)
	wants(first)
	commit(integration.ErrDuplicate, begin)
	commit(integration.ErrDuplicate, begin.Add(24*time.Hour-time.Millisecond))
	wants(first)
	second := commit(nil, begin.Add(24*time.Hour))
	wants(second)
	commit(integration.ErrDuplicate, begin.Add(24*time.Hour))
	wants(second)
}

func (s suite) refusalSaysWhatACallerHasToKnowFirst(t *testing.T) {
	st := s.story(t)
	r := integration.Receipt{Key: fresh("key"), Fingerprint: "f", At: begin, Answer: st.After}
	again := created(st.Account, time.Time{})
	s.wantsError(t, nil, again, 2, &r)
	s.wantsError(t, integration.ErrDuplicate, again, 2, &r) // also a conflict and beyond the quota
	s.wantsError(t, integration.ErrConflict, again, 2, nil) // also beyond the quota

	st.commit(rotate(week)(st.After, st.now))
	unforced, err := cancel(false)(st.After, st.now)
	if err != nil {
		t.Fatal(err)
	}
	st.use(st.After.Current.ID)
	st.commit(edit("other", "a")(st.After, st.now))
	s.wantsError(t, integration.ErrConflict, unforced, plenty, nil) // the use may be forgotten by then
}

func (s suite) wantsCount(t *testing.T, account string, want int) {
	t.Helper()
	if n, err := s.store.Count(t.Context(), account); err != nil || n != want {
		t.Errorf("%d integrations are counted, want %d; %v", n, want, err)
	}
}

func (s suite) deletedIntegrationsLeaveTheQuota(t *testing.T) {
	account := fresh("account")
	first := created(account, time.Time{})
	s.wantsError(t, nil, first, 2, nil)
	s.wantsError(t, nil, created(account, time.Time{}), 2, nil)
	refused := created(account, time.Time{})
	s.wantsError(t, integration.ErrQuota, refused, 2, nil)
	wantsNoToken(t, s.store, refused.Minted.ID)
	if f, err := s.store.Facts(t.Context(), account, refused.After.ID, 0, 10); err != nil || len(f) > 0 {
		t.Errorf("a refused create leaves %v, %v", f, err)
	}
	if l, err := s.store.Integrations(t.Context(), account, "", 10); err != nil || len(l) != 2 {
		t.Errorf("%d integrations, %v", len(l), err)
	}
	s.wantsError(t, nil, created(fresh("account"), time.Time{}), 1, nil) // another account's is its own

	s.wantsCount(t, account, 2)
	s.wantsCount(t, fresh("account"), 0)

	rotated, err := rotate(0)(first.After, begin)
	if err != nil {
		t.Fatal(err)
	}
	s.wantsError(t, nil, rotated, 0, nil) // below what there is: only new ones are refused
	s.wantsError(t, nil, rotated.After.Delete(actor, begin), 0, nil)
	s.wantsCount(t, account, 1)
	s.wantsError(t, nil, refused, 2, nil)
	s.wantsError(t, integration.ErrQuota, created(account, time.Time{}), 2, nil)
	if !slices.Equal(refused.After.Scopes, first.After.Scopes) {
		t.Error("a refused change was altered")
	}
}
