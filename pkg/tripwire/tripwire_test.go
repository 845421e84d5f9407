package tripwire_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/tripwire"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// rotated is an integration whose first token is dead.
func rotated(t *testing.T) (*rig.Rig, manage.Issued) {
	t.Helper()
	r := rig.New(t)
	issued := r.Create(t, "acme")
	if _, err := r.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(issued), integration.Rotation{}, manage.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	return r, issued
}

const stranger = "198.51.100.7"

// used is what is stored of a token that was used at some instants, from the
// addresses that are told in the order of the instants.
func used(id token.ID, dead bool, from []string, at ...time.Time) usage.Row {
	u := usage.Row{
		Key: usage.Key{Token: id, Day: usage.DayOf(at[0]), Dead: dead}, Account: "acme", Integration: "i", Count: int64(len(at)),
		FirstAt: at[0], LastAt: at[len(at)-1], Callers: map[usage.Caller]usage.Calls{},
	}
	for n, address := range from {
		u.Callers[usage.NewCaller(address, "curl/8.5")] = usage.Calls{Count: 1, LastAt: at[n]}
	}
	return u
}

// use has a dead token used at an instant.
func use(t *testing.T, r *rig.Rig, id token.ID, at time.Time) {
	t.Helper()
	if err := tripwire.Touch(t.Context(), r.Store, used(id, true, []string{stranger}, at), r.Clock.Now()); err != nil {
		t.Fatal(err)
	}
}

// alerts are the facts of reuse of an integration, oldest first.
func alerts(t *testing.T, r *rig.Rig, id string) []fact.Fact {
	t.Helper()
	all, err := r.Store.Facts(t.Context(), "acme", id, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var found []fact.Fact
	for n := range all {
		if f := all[len(all)-1-n]; f.Type == fact.ReuseDetected {
			found = append(found, f)
		}
	}
	return found
}

func TestUseOfADeadTokenIsAFactWithItsCaller(t *testing.T) {
	r, issued := rotated(t)
	dead := issued.Token.ID()
	r.Clock.Advance(time.Minute)
	use(t, r, dead, rig.Start.Add(time.Second))
	found := alerts(t, r, issued.ID)
	if len(found) != 1 {
		t.Fatalf("%d facts", len(found))
	}
	want := fact.Fact{
		Account: "acme", Integration: issued.ID, Seq: 5, Type: fact.ReuseDetected, At: rig.Start.Add(time.Minute), Actor: fact.System, Token: dead,
		Caller: fact.Caller{Address: stranger, Agent: "curl/8.5", At: rig.Start.Add(time.Second)},
	}
	want.Prev, want.Hash = found[0].Prev, found[0].Hash
	if diff := cmp.Diff(want, found[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	after, err := r.Manage.Get(t.Context(), rig.Admin("acme"), "acme", issued.ID)
	if err != nil || after.Current == nil || after.Version != 2 {
		t.Errorf("the living token or the version has changed: %+v, %v", after, err)
	}
}

func TestOneFactStandsForAnHourOfUsesHoweverTheyAreToldOf(t *testing.T) {
	r, issued := rotated(t)
	dead, first := issued.Token.ID(), rig.Start.Add(time.Second)
	r.Clock.Advance(3 * time.Hour)
	for _, at := range []time.Time{
		first, first, first.Add(time.Minute), first.Add(-time.Hour), first.Add(integration.ReuseSpan - time.Millisecond),
		first.Add(integration.ReuseSpan), first, first.Add(time.Minute), first.Add(integration.ReuseSpan),
	} {
		use(t, r, dead, at)
	}
	var got []time.Time
	for _, f := range alerts(t, r, issued.ID) {
		got = append(got, f.Caller.At)
	}
	if diff := cmp.Diff([]time.Time{first, first.Add(integration.ReuseSpan)}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEachDeadTokenHasAnHourOfItsOwn(t *testing.T) {
	r, issued := rotated(t)
	again, err := r.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(issued), integration.Rotation{}, manage.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(issued)); err != nil {
		t.Fatal(err)
	}
	use(t, r, issued.Token.ID(), rig.Start)
	use(t, r, again.Token.ID(), rig.Start) // that of a deleted integration counts too
	if n := len(alerts(t, r, issued.ID)); n != 2 {
		t.Errorf("%d facts, want one for each token", n)
	}
}

func TestTokenThatDiedUnsweptIsRecordedWithItsUse(t *testing.T) {
	r := rig.New(t)
	issued, err := r.Manage.Create(t.Context(), rig.Admin("acme"), integration.New{
		Account: "acme", Name: "n", Scopes: []string{rig.Readonly}, ExpiresAt: rig.Start.Add(time.Hour),
	}, manage.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(time.Hour)
	use(t, r, issued.Token.ID(), r.Clock.Now())
	use(t, r, issued.Token.ID(), r.Clock.Now().Add(time.Minute))
	facts, err := r.Store.Facts(t.Context(), "acme", issued.ID, 0, 2)
	if err != nil || facts[1].Type != fact.TokenEnded || facts[0].Type != fact.ReuseDetected {
		t.Errorf("%+v, %v", facts, err)
	}
	if n := len(alerts(t, r, issued.ID)); n != 1 {
		t.Errorf("%d facts", n)
	}
	c, err := r.Store.Credential(t.Context(), issued.Token.ID())
	if err != nil || c.Dead.Reason != integration.ReasonExpired || !c.ReusedAt.Equal(r.Clock.Now()) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestLivingAndForgottenTokensRaiseNoAlarm(t *testing.T) {
	r := rig.New(t)
	issued := r.Create(t, "acme")
	use(t, r, issued.Token.ID(), rig.Start)
	use(t, r, "UNKNOWN", rig.Start)
	if n := len(alerts(t, r, issued.ID)); n != 0 {
		t.Errorf("%d facts", n)
	}
}

// crowd is a store in which others change the integration first.
type crowd struct {
	tripwire.Store
	conflicts int
}

func (c *crowd) Commit(ctx context.Context, change integration.Change, max int, receipt *integration.Receipt) error {
	if c.conflicts--; c.conflicts >= 0 {
		return integration.ErrConflict
	}
	return c.Store.Commit(ctx, change, max, receipt)
}

func TestLostRacesAreRunAgainAndThenAFault(t *testing.T) {
	for conflicts, want := range map[int]error{4: nil, 5: integration.ErrConflict} {
		r, issued := rotated(t)
		u := used(issued.Token.ID(), true, []string{stranger}, rig.Start)
		err := tripwire.Touch(t.Context(), &crowd{r.Store, conflicts}, u, rig.Start)
		if !errors.Is(err, want) || (len(alerts(t, r, issued.ID)) == 1) != (want == nil) {
			t.Errorf("after %d conflicts: %v", conflicts, err)
		}
	}
}

// The owner's program was forgotten and calls all the time.
func TestWhoeverHadNotUsedItBeforeIsToldOfFirst(t *testing.T) {
	r, issued := rotated(t)
	const old, other = "192.0.2.9", "198.51.100.8"
	id := issued.Token.ID()
	add := func(u usage.Row) {
		t.Helper()
		for _, became := range r.Store.AddUsage(t.Context(), []usage.Addition{{Row: u, New: true}}) {
			if became.Err != nil || !became.Done {
				t.Fatal(became.Err)
			}
		}
	}
	add(used(id, false, []string{old}, rig.Start))
	const minute = time.Minute
	for _, c := range []struct {
		row   usage.Row
		by    string
		known bool
		at    time.Duration
	}{
		{used(id, true, []string{stranger, old}, rig.Start, rig.Start.Add(minute)), stranger, false, 0},
		{used(id, true, []string{stranger, old}, rig.Start, rig.Start.Add(61*minute)), old, true, 61 * minute},
		// An hour is that of the newest use, whoever is told of.
		{used(id, true, []string{stranger, old}, rig.Start.Add(70*minute), rig.Start.Add(120*minute)), "", false, -1},
		{used(id, true, []string{stranger, old}, rig.Start.Add(70*minute), rig.Start.Add(121*minute)), stranger, false, 70 * minute},
		{used(id, true, []string{stranger, old}, rig.Start.Add(70*minute), rig.Start.Add(180*minute)), "", false, -1},
		{used(id, true, []string{other, stranger, old}, rig.Start.Add(183*minute), rig.Start.Add(184*minute), rig.Start.Add(185*minute)), stranger, false, 184 * minute},
	} {
		before := len(alerts(t, r, issued.ID))
		r.Clock.Set(c.row.LastAt)
		if err := tripwire.Touch(t.Context(), r.Store, c.row, r.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		all := alerts(t, r, issued.ID)
		if c.at < 0 {
			if len(all) != before {
				t.Errorf("%v: an alert more within the hour", c.row.LastAt)
			}
			continue
		}
		got := all[len(all)-1].Caller
		if len(all) != before+1 || got.Address != c.by || got.Known != c.known || !got.At.Equal(rig.Start.Add(c.at)) {
			t.Errorf("%v: %+v, want %s at %v", c.row.LastAt, got, c.by, c.at)
		}
	}
	// Whoever came before midnight is not forgotten after it.
	midnight := usage.DayOf(rig.Start) + 1
	add(used(id, true, []string{other}, midnight.Start().Add(-minute)))
	if err := tripwire.Touch(t.Context(), r.Store, used(id, true, []string{old}, midnight.Start().Add(minute)), midnight.Start()); err != nil {
		t.Fatal(err)
	}
	all := alerts(t, r, issued.ID)
	if got := all[len(all)-1].Caller; got.Address != other {
		t.Errorf("after midnight: %+v", got)
	}
}

// More called than names are kept of: the newest is none of those that are.
func TestCallerWithoutANameIsNotTakenForAnother(t *testing.T) {
	r, issued := rotated(t)
	const old = "192.0.2.9"
	id := issued.Token.ID()
	for _, became := range r.Store.AddUsage(t.Context(), []usage.Addition{{Row: used(id, false, []string{old}, rig.Start), New: true}}) {
		if became.Err != nil || !became.Done {
			t.Fatal(became.Err)
		}
	}
	at := rig.Start
	for _, from := range [][]string{{old}, nil} {
		last := at.Add(time.Minute)
		if err := tripwire.Touch(t.Context(), r.Store, used(id, true, from, at, last), last); err != nil {
			t.Fatal(err)
		}
		all := alerts(t, r, issued.ID)
		if got, want := all[len(all)-1].Caller, (fact.Caller{At: last}); got != want {
			t.Errorf("of %v: %+v, want %+v", from, got, want)
		}
		at = last.Add(integration.ReuseSpan)
	}
}

// A row may be newer than the change that led to it, which comes later by itself.
func TestAUseThatWasToldOfAheadOfItsChangeIsNotToldAgain(t *testing.T) {
	r, issued := rotated(t)
	id := issued.Token.ID()
	newer := used(id, true, []string{stranger}, rig.Start.Add(10*time.Minute))
	for _, became := range r.Store.AddUsage(t.Context(), []usage.Addition{{Row: newer, New: true}}) {
		if became.Err != nil || !became.Done {
			t.Fatal(became.Err)
		}
	}
	r.Clock.Advance(2 * time.Hour)
	for _, at := range []time.Duration{0, 10 * time.Minute, 69 * time.Minute} {
		use(t, r, id, rig.Start.Add(at))
	}
	if n := len(alerts(t, r, issued.ID)); n != 1 {
		t.Errorf("%d facts", n)
	}
}
