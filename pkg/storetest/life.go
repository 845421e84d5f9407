package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

var actor = fact.Actor{ID: "sub-1", Email: "zoë@acme.test", Address: "2001:db8::1"}

// plenty is a quota that no test reaches.
const plenty = 1 << 20

// story is one integration's life on the store.
type story struct {
	*testing.T
	suite
	ledger
	Account, ID string
	now         time.Time
}

// created makes the change that creates an integration.
func created(account string, expiresAt time.Time) integration.Change {
	c, err := integration.Create(integration.New{
		ID: freshID(), Account: account, Name: "Büro 🗂", Description: "two\nlines",
		Scopes: []string{"contacts.write", "contacts.readonly"}, ExpiresAt: expiresAt,
	}, Everything{}, Mint(), actor, begin)
	if err != nil {
		panic(err) // it is this test's own input
	}
	return c
}

// story begins one with a new integration of a new account.
func (s suite) story(t *testing.T) *story {
	t.Helper()
	c := created(fresh("account"), time.Time{})
	st := &story{T: t, suite: s, Account: c.After.Account, ID: c.After.ID, now: begin}
	st.commit(c, nil)
	return st
}

// commit commits a change, which has to succeed, and holds the store to it.
func (st *story) commit(c integration.Change, err error) {
	st.Helper()
	if err == nil {
		err = st.store.Commit(st.Context(), c, plenty, nil)
	}
	if err != nil {
		st.Fatal(err)
	}
	st.add(c)
	st.check(st.T, st.store)
}

// use marks a token used.
func (st *story) use(id token.ID) {
	st.Helper()
	if err := st.store.MarkUsed(st.Context(), id, st.now); err != nil {
		st.Fatal(err)
	}
	used := st.Tokens[id]
	used.FirstUsedAt = st.now
	st.Tokens[id] = used
	st.check(st.T, st.store)
}

// A move is one transition.
type move func(i integration.Integration, now time.Time) (integration.Change, error)

func rotate(grace time.Duration) move {
	return func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Rotate(integration.Rotation{Grace: grace}, Mint(), actor, now)
	}
}

func cancel(force bool) move {
	return func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Cancel(force, actor, now)
	}
}

func complete(i integration.Integration, now time.Time) (integration.Change, error) {
	return i.Complete(actor, now)
}

func moveWindow(after time.Duration) move {
	return func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.MoveWindow(now.Add(after), actor, now)
	}
}

func expire(i integration.Integration, now time.Time) (integration.Change, error) {
	return i.Expire(actor, now)
}

func expireIn(after time.Duration) move {
	return func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.SetExpiry(now.Add(after), actor, now)
	}
}

func clearExpiry(i integration.Integration, now time.Time) (integration.Change, error) {
	return i.SetExpiry(time.Time{}, actor, now)
}

func edit(name string, scopes ...string) move {
	return func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Edit(integration.Edit{Name: &name, Scopes: &scopes}, Everything{}, actor, now)
	}
}

func remove(i integration.Integration, now time.Time) (integration.Change, error) {
	return i.Delete(actor, now), nil
}

func sweepAfter(d time.Duration) move {
	return func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Sweep(now.Add(d)), nil
	}
}

// asked is a policy that a token of these tests meets all of.
var asked = integration.Policy{ReminderAge: integration.ReminderAge, QuietFor: time.Hour, IdleAfter: week}

func remindAfter(d time.Duration) move {
	return func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Remind(integration.Look{Policy: asked}, now.Add(d)), nil
	}
}

const week = 7 * 24 * time.Hour

func (s suite) transitionsAreReadBackAsCommitted(t *testing.T) {
	for name, moves := range map[string][]move{
		"create":                        {},
		"rotate later":                  {rotate(week)},
		"rotate later, with a deadline": {expireIn(time.Hour), rotate(week)},
		"rotate now":                    {rotate(0), rotate(0)},
		"rotate now in a window":        {rotate(week), rotate(0)},
		"rotate to life":                {expire, rotate(0), rotate(week)},
		"cancel":                        {expireIn(2 * week), rotate(time.Hour), cancel(false), rotate(week)},
		"cancel by force":               {rotate(week), cancel(true)},
		"complete":                      {rotate(week), complete, rotate(week)},
		"move the window":               {rotate(week), moveWindow(2 * week), moveWindow(0), sweepAfter(0)},
		"expire now":                    {expire},
		"expire now in a window":        {rotate(week), expire},
		"expire later":                  {expireIn(week), expireIn(time.Hour), expireIn(2 * week), clearExpiry},
		"expire later in a window":      {rotate(week), expireIn(time.Hour), clearExpiry, sweepAfter(week)},
		"edit":                          {edit("other", "contacts.readonly"), edit("Büro", "a", "c", "b")},
		"edit in a window":              {rotate(week), edit("other", "a"), complete, edit("another", "b")},
		"delete":                        {remove},
		"delete in a window":            {rotate(week), remove},
		"delete without a token":        {expire, remove},
		"sweep the window":              {rotate(time.Hour), sweepAfter(time.Hour)},
		"sweep all":                     {expireIn(week), rotate(time.Hour), sweepAfter(week)},
		"remind":                        {remindAfter(integration.ReminderAge), rotate(week)},
		"remind twice":                  {remindAfter(0), remindAfter(0), remindAfter(week), remindAfter(2 * week)},
		"remind of an expiry":           {expireIn(2 * week), remindAfter(10 * 24 * time.Hour)},
		"remind after the window":       {rotate(time.Hour), remindAfter(integration.ReminderAge)},
	} {
		t.Run(name, func(t *testing.T) {
			st := s.story(t)
			for _, do := range moves {
				st.commit(do(st.After, st.now))
				st.now = st.now.Add(time.Millisecond)
			}
		})
	}
}

func (s suite) windowEndIsTheRetiringTokensDeadline(t *testing.T) {
	st := s.story(t)
	own := begin.Add(4 * week)
	st.commit(st.After.SetExpiry(own, actor, st.now))
	old := st.After.Current.ID
	wants := func(want integration.Deadline) {
		t.Helper()
		c, err := s.store.Credential(t.Context(), old)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.Deadline); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	wants(integration.Deadline{At: own, Reason: integration.ReasonExpired})
	st.commit(rotate(week)(st.After, st.now))
	wants(integration.Deadline{At: begin.Add(week), Reason: integration.ReasonGrace, RetiringSince: begin})
	st.commit(st.After.SetExpiry(begin.Add(time.Hour), actor, st.now))
	wants(integration.Deadline{At: begin.Add(time.Hour), Reason: integration.ReasonExpired, RetiringSince: begin})
	st.commit(st.After.SetExpiry(time.Time{}, actor, st.now))
	wants(integration.Deadline{At: begin.Add(week), Reason: integration.ReasonGrace, RetiringSince: begin})
	st.commit(st.After.Cancel(false, actor, st.now))
	wants(integration.Deadline{At: own, Reason: integration.ReasonExpired})
	st.commit(st.After.SetExpiry(time.Time{}, actor, st.now))
	wants(integration.Deadline{})
}

func (s suite) scopesReachBothTokens(t *testing.T) {
	st := s.story(t)
	first := st.After.Current.ID
	st.commit(rotate(0)(st.After, st.now))
	second := st.After.Current.ID
	st.commit(rotate(week)(st.After, st.now))
	st.commit(edit("other", "c", "a", "b")(st.After, st.now))
	for id, want := range map[token.ID]scope.Set{
		st.After.Current.ID: {"a", "b", "c"}, second: {"a", "b", "c"},
		first: {"contacts.readonly", "contacts.write"}, // dead before: as it was
	} {
		c, err := s.store.Credential(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !c.Scopes.Equal(want) {
			t.Errorf("the scopes are %v, want %v", c.Scopes, want)
		}
	}
}

func (s suite) firstUseStaysThroughEveryChange(t *testing.T) {
	st := s.story(t)
	old := st.After.Current.ID
	st.use(old)
	st.commit(rotate(week)(st.After, st.now))
	st.use(st.After.Current.ID)
	for _, do := range []move{
		edit("other", "a"), moveWindow(2 * week), expireIn(time.Hour), clearExpiry,
		cancel(true), rotate(week), complete, expire,
	} {
		st.now = st.now.Add(time.Millisecond)
		st.commit(do(st.After, st.now)) // which holds the marks to the ledger
	}
	uses, err := s.store.FirstUses(t.Context(), []token.ID{freshToken(), old, st.After.Last.ID})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[token.ID]time.Time{old: begin}, uses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (s suite) firstUseIsMarkedOnce(t *testing.T) {
	st := s.story(t)
	id := st.After.Current.ID
	var workers sync.WaitGroup
	for n := range s.scale.Workers {
		workers.Go(func() {
			if err := s.store.MarkUsed(t.Context(), id, begin.Add(time.Duration(n)*time.Millisecond)); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	first, err := s.store.FirstUses(t.Context(), []token.ID{id})
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	for _, at := range []time.Time{begin.Add(-time.Hour), begin.Add(time.Hour)} {
		if err := s.store.MarkUsed(t.Context(), id, at); err != nil {
			t.Fatal(err)
		}
	}
	again, err := s.store.FirstUses(t.Context(), []token.ID{id})
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("%v (-first +again):\n%s", err, diff)
	}
	unknown := freshToken()
	if err := s.store.MarkUsed(t.Context(), unknown, begin); err != nil {
		t.Error(err)
	}
	s.wants(t, tokenKey(unknown), nil)
}

func (s suite) factsAreReadNewestFirst(t *testing.T) {
	st := s.story(t)
	other := created(st.Account, time.Time{})
	if err := s.store.Commit(t.Context(), other, plenty, nil); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		st.commit(rotate(0)(st.After, st.now))
	}
	seqs := func(before int64, limit int) (seqs []int64) {
		facts, err := s.store.Facts(t.Context(), st.Account, st.ID, before, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			seqs = append(seqs, f.Seq)
		}
		return seqs
	}
	for _, test := range []struct {
		before int64
		limit  int
		want   []int64
	}{
		{0, 3, []int64{12, 11, 10}}, {10, 3, []int64{9, 8, 7}}, {4, 100, []int64{3, 2, 1}},
		{2, 100, []int64{1}}, {1, 100, nil}, {100, 2, []int64{12, 11}},
	} {
		if got := seqs(test.before, test.limit); !slices.Equal(got, test.want) {
			t.Errorf("%d before %d: %v, want %v", test.limit, test.before, got, test.want)
		}
	}
	CheckWhole(t, s.store, st.Account, other.After.ID)
}

func (s suite) integrationsAreListedNewestFirst(t *testing.T) {
	account := fresh("account")
	var ids []string
	for range 5 {
		c := created(account, time.Time{})
		if err := s.store.Commit(t.Context(), c, plenty, nil); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.After.ID)
		if len(ids) == 3 {
			if err := s.store.Commit(t.Context(), c.After.Delete(actor, begin), plenty, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Reverse(ids)
	for _, test := range []struct {
		before string
		limit  int
		want   []string
	}{
		{"", 100, ids}, {"", 2, ids[:2]}, {ids[1], 2, ids[2:4]}, {ids[3], 2, ids[4:]}, {ids[4], 2, nil},
	} {
		listed, err := s.store.Integrations(t.Context(), account, test.before, test.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range listed {
			got = append(got, i.ID)
			if i.Deleted() != (i.ID == ids[2]) {
				t.Errorf("%s is deleted: %v", i.ID, i.Deleted())
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%d before %q: %v, want %v", test.limit, test.before, got, test.want)
		}
	}
}

func (s suite) deadTokensAndReceiptsMayBeRemoved(t *testing.T) {
	ttl := func(key table.Key) int64 {
		t.Helper()
		item, err := s.backend.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		a, found := item.Get(table.AttributeTTL)
		if !found {
			return 0
		}
		return a.Number
	}
	st := s.story(t)
	old := st.After.Current.ID
	c, err := rotate(0)(st.After, begin)
	if err != nil {
		t.Fatal(err)
	}
	r := integration.Receipt{Key: fresh("key"), Fingerprint: "f", At: begin, Answer: c.After}
	if err := s.store.Commit(t.Context(), c, plenty, &r); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[table.Key]int64{
		tokenKey(old):                      begin.Add(90 * 24 * time.Hour).Unix(),
		tokenKey(c.Minted.ID):              0,
		receiptKey(st.Account, r.Key):      begin.Add(24 * time.Hour).Unix(),
		integrationKey(st.Account, st.ID):  0,
		factKey(st.Account, st.ID, "1"):    0,
		factKey(st.Account, st.ID, "none"): 0,
	} {
		if got := ttl(key); got != want {
			t.Errorf("%s may be removed from %d on, want %d", key, got, want)
		}
	}
}
