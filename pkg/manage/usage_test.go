package manage_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

const day = 24 * time.Hour

// used is a rig whose authorizer counts, and an integration of acme on it.
type used struct {
	*testing.T
	*rig.Rig
	uses   *record.Recorder
	of     manage.Target
	tokens []string // in the clear, in the order of their issue
}

func use(t *testing.T) *used {
	t.Helper()
	u := &used{T: t, Rig: rig.New(t)}
	u.uses = record.New(record.ForFunctions(u.Store, u.Clock.Now))
	u.Authorizer = authorize.New(u.Format, u.Store, u.Peppers, u.Catalog, u.uses, u.Clock.Now)
	issued := u.Create(t, "acme")
	u.of, u.tokens = rig.Target(issued), []string{issued.Token.Reveal()}
	return u
}

func (u *used) rotate(r integration.Rotation) {
	u.Helper()
	issued, err := u.Manage.Rotate(u.Context(), rig.Admin("acme"), u.of, r, never)
	if err != nil {
		u.Fatal(err)
	}
	u.tokens = append(u.tokens, issued.Token.Reveal())
}

// call makes requests with the n-th token, from an address, and has them written.
func (u *used) call(n, times int, method, address string) {
	u.Helper()
	for range times {
		_, err := u.Authorizer.Authorize(u.Context(), authorize.Request{
			Method: method, Path: rig.Path, Credentials: []string{u.tokens[n]}, Address: address, Agent: "curl/8.5.0",
		})
		var lacking *authorize.ScopeError
		if err != nil && !errors.Is(err, authorize.ErrUnauthorized) && !errors.As(err, &lacking) {
			u.Fatal(err)
		}
	}
	if err := u.uses.Close(u.Context()); err != nil {
		u.Fatal(err)
	}
}

func (u *used) usage(days int) usage.Report {
	u.Helper()
	r, err := u.Manage.Usage(u.Context(), rig.Admin("acme"), "acme", u.of.ID, days)
	if err != nil {
		u.Fatal(err)
	}
	return r
}

func (u *used) rotation() manage.Rotation {
	u.Helper()
	r, err := u.Manage.Rotation(u.Context(), rig.Admin("acme"), "acme", u.of.ID)
	if err != nil {
		u.Fatal(err)
	}
	return r
}

func (u *used) advice(scopes ...string) manage.Advice {
	u.Helper()
	a, err := u.Manage.Advice(u.Context(), rig.Admin("acme"), "acme", u.of.ID, scopes)
	if err != nil {
		u.Fatal(err)
	}
	return a
}

func TestUsageIsThatOfAllTokensThatLivedWithinTheDays(t *testing.T) {
	u := use(t)
	u.call(0, 5, "GET", "192.0.2.1")
	u.Clock.Advance(10 * day)
	u.call(0, 1, "GET", "192.0.2.1")
	u.rotate(atOnce)
	u.call(0, 2, "GET", "192.0.2.9") // of the dead token
	u.call(1, 3, "GET", "192.0.2.2")
	u.call(1, 4, "PUT", "192.0.2.2") // which it may not
	u.Clock.Advance(day)
	u.rotate(later)
	u.call(1, 1, "GET", "192.0.2.2")
	u.call(2, 7, "GET", "192.0.2.3")
	now := u.Clock.Now()
	today := usage.DayOf(now)

	r := u.usage(2)
	seen := func(address string, n int64, at time.Time) usage.Seen {
		return usage.Seen{Caller: usage.NewCaller(address, "curl/8.5.0"), Calls: usage.Calls{Count: n, LastAt: at}}
	}
	read := func(n int64) map[string]int64 { return map[string]int64{"GET /contacts/{id}": n} }
	want := usage.Report{
		Days: []usage.DayCount{
			{Day: today - 1, Count: 4, Refused: 4, Reused: 2, Operations: read(4)}, {Day: today, Count: 8, Operations: read(8)},
		},
		Count:      12,
		Refused:    4,
		Reused:     2,
		Operations: []usage.Count{{Name: "GET /contacts/{id}", Count: 12, Last: today}},
		Scopes:     []usage.Count{{Name: rig.Readonly, Count: 12, Last: today}},
		Callers: []usage.Seen{
			seen("192.0.2.2", 8, now), seen("192.0.2.3", 7, now), seen("192.0.2.1", 1, now.Add(-day)),
		},
		Reusers:    []usage.Seen{seen("192.0.2.9", 2, now.Add(-day))},
		LastUsedAt: now,
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := u.usage(12); r.Count != 17 || len(r.Days) != 12 || r.Days[0].Count != 5 {
		t.Errorf("over 12 days: %+v", r)
	}
	u.Clock.Advance(50 * day)
	if r := u.usage(30); r.Count != 0 || !r.LastUsedAt.Equal(now) {
		t.Errorf("long after: %d uses, the last at %v", r.Count, r.LastUsedAt)
	}
}

func TestRotationTellsWhetherTheOldTokenIsStillUsedAndByWhom(t *testing.T) {
	u := use(t)
	u.call(0, 9, "GET", "192.0.2.1") // before the rotation: that is another matter
	u.rotate(integration.Rotation{Grace: integration.DefaultGrace})
	if r := u.rotation(); r.Old.Count != 0 || r.New.Count != 0 || r.Verdict != usage.NewTokenUnused {
		t.Errorf("just rotated: %+v", r)
	}
	u.Clock.Advance(time.Hour)
	u.call(0, 2, "GET", "192.0.2.7")
	u.call(1, 3, "GET", "192.0.2.8")
	lastUse := u.Clock.Now()
	r := u.rotation()
	if r.Verdict != usage.InUse || r.Old.Count != 2 || r.New.Count != 3 || len(r.Old.Callers) != 1 || r.Old.Callers[0].Address != "192.0.2.7" ||
		len(r.New.Callers) != 1 || r.New.Callers[0].Address != "192.0.2.8" || r.Old.Operations[0].Name != "GET /contacts/{id}" ||
		!r.Window.OldUsedAt.Equal(lastUse) {
		t.Errorf("while both are used: %+v", r)
	}
	// The client has moved.
	quiet := lastUse.Add(account.Defaults.QuietFor + usage.Unwritten)
	u.Clock.Set(quiet.Add(-time.Millisecond))
	u.call(1, 1, "GET", "192.0.2.8")
	if r := u.rotation(); r.Verdict != usage.InUse {
		t.Errorf("a moment before it was silent for long enough: %s", r.Verdict)
	}
	u.Clock.Set(quiet)
	if r := u.rotation(); r.Verdict != usage.Safe || r.Old.Count != 2 || r.New.Count != 4 {
		t.Errorf("once it was: %s, %d and %d uses", r.Verdict, r.Old.Count, r.New.Count)
	}
}

func TestVerdictGoesByTheAccountsSetting(t *testing.T) {
	u := use(t)
	short := 2 * time.Minute
	_, err := u.Manage.SetSettings(t.Context(), rig.Admin("acme"), "acme", nil, account.Edit{QuietFor: &short})
	if err != nil {
		t.Fatal(err)
	}
	u.rotate(later)
	u.call(0, 1, "GET", "192.0.2.1")
	u.call(1, 1, "GET", "192.0.2.1")
	for _, want := range []usage.Verdict{usage.InUse, usage.InUse, usage.InUse, usage.Safe} {
		if r := u.rotation(); r.Verdict != want {
			t.Errorf("at %v: %s, want %s", u.Clock.Now().Sub(rig.Start), r.Verdict, want)
		}
		u.Clock.Advance(time.Minute)
	}
}

func TestScopesThatWereNotUsedAreAdvisedAgainst(t *testing.T) {
	u := use(t)
	edit := func(scopes ...string) {
		t.Helper()
		if _, err := u.Manage.Edit(t.Context(), rig.Admin("acme"), u.of, integration.Edit{Scopes: &scopes}); err != nil {
			t.Fatal(err)
		}
	}
	edit(rig.Readonly, rig.Write)
	u.call(0, 3, "GET", "192.0.2.1")
	u.call(0, 2, "PUT", "192.0.2.1")
	if a := u.advice(); a.Known || len(a.Unused) != 0 {
		t.Errorf("on the first day: %+v", a)
	}
	u.Clock.Advance(20 * day)
	u.rotate(atOnce)
	edit(rig.Readonly, rig.Write, rig.Calendars)
	u.Clock.Advance(25 * day)
	u.call(1, 1, "GET", "192.0.2.1")
	a := u.advice()
	// What was granted 25 days ago has its time yet.
	if want := []usage.Unused{{Scope: rig.Write, LastDay: usage.DayOf(rig.Start)}}; !a.Known || !cmp.Equal(want, a.Unused) ||
		!a.Narrow.Equal(scope.NewSet(rig.Readonly, rig.Calendars)) || !a.Preview.Scopes.Equal(a.Narrow) || len(a.Preview.Refused) != 0 {
		t.Errorf("after 45 days: %+v", a)
	}
	u.call(1, 2, "PUT", "192.0.2.1")
	p := u.advice(rig.Readonly).Preview
	if len(p.Refused) != 1 || p.Refused[0].Operation.Name() != "PUT /contacts/{id}" || p.Count != 2 || p.Refused[0].Operation.Needs() != rig.Write {
		t.Errorf("without %s: %+v", rig.Write, p)
	}
	invalid := (*integration.Invalid)(nil)
	if _, err := u.Manage.Advice(t.Context(), rig.Admin("acme"), "acme", u.of.ID, []string{"other"}); !errors.As(err, &invalid) {
		t.Errorf("a scope that it does not hold: %v", err)
	}
}

func TestOfMoreTokensThanUsageIsToldOfTheNewestCount(t *testing.T) {
	u := use(t)
	u.call(0, 1, "GET", "192.0.2.1")
	u.Clock.Advance(100 * day)
	if u.usage(120).Partial {
		t.Error("one token is not told of whole")
	}
	for range 60 {
		u.rotate(atOnce)
		u.Clock.Advance(time.Minute)
	}
	u.call(60, 4, "GET", "192.0.2.1")
	u.call(59, 1, "GET", "192.0.2.1")
	if r := u.usage(120); r.Count != 4 || r.Reused != 1 || !r.Partial {
		t.Errorf("%d uses and %d reuses, partial: %t", r.Count, r.Reused, r.Partial)
	}
	if a := u.advice(); a.Known {
		t.Errorf("advice in spite of what is not known: %+v", a)
	}
}

func TestReadersOfUsageAreTheAccountsOwn(t *testing.T) {
	u := use(t)
	methods := slices.DeleteFunc(slices.Clone(onOne), func(m method) bool { return m.name != "usage" && m.name != "advice" && m.name != "rotation" })
	if len(methods) != 3 {
		t.Fatal(methods)
	}
	answers(t, u.Rig, methods, rig.Admin("globex"), u.of, integration.ErrNotFound)
	answers(t, u.Rig, methods, rig.Staff("acme"), u.of, manage.ErrForbidden)
}
