package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

var (
	curl  = usage.NewCaller("203.0.113.7", "curl/8.5.0 (Zoë; x) #1")
	plain = usage.NewCaller("2001:db8::1", "")
)

// used is what a token was used for at an instant, as one that has just begun to
// gather would add it.
func used(id token.ID, at time.Time) usage.Addition {
	return usage.Addition{New: true, Row: usage.Row{
		Key: usage.Key{Token: id, Day: usage.DayOf(at)}, Account: "acme", Integration: "i",
		Count: 3, Refused: 1, FirstAt: at, LastAt: at,
		Operations: map[string]int64{"GET /contacts/{contactId}": 2, "PUT /contacts": 1},
		Scopes:     map[string]int64{"contacts.readonly": 2, "contacts.write": 1},
		Callers:    map[usage.Caller]usage.Calls{curl: {Count: 4, LastAt: at}},
	}}
}

// gather adds usage, which has to succeed, and gives what had no name.
func (s suite) gather(t *testing.T, additions ...usage.Addition) []usage.Names {
	t.Helper()
	nameless := make([]usage.Names, 0, len(additions))
	for _, added := range s.store.AddUsage(t.Context(), additions) {
		if !added.Done || added.Err != nil {
			t.Errorf("addition %d: done: %v, %v", len(nameless), added.Done, added.Err)
		}
		nameless = append(nameless, added.Nameless)
	}
	return nameless
}

// wantsUsage holds what is stored of a token from a day on.
func (s suite) wantsUsage(t *testing.T, id token.ID, from usage.Day, want ...usage.Row) {
	t.Helper()
	got, err := s.store.Usage(t.Context(), []token.ID{freshToken(), id}, from)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the usage of %s from %s on (-want +got):\n%s", id, from, diff)
	}
}

func (s suite) wantsLastUse(t *testing.T, id token.ID, want time.Time) {
	t.Helper()
	got, err := s.store.LastUses(t.Context(), []token.ID{freshToken(), id})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[token.ID]time.Time{id: want}, got); diff != "" {
		t.Errorf("last uses (-want +got):\n%s", diff)
	}
}

func (s suite) usageAddsUp(t *testing.T) {
	id := freshToken()
	a := used(id, begin)
	s.gather(t, a)
	s.wantsUsage(t, id, a.Day, a.Row)

	// By another that gathers, of earlier and of later requests.
	other := used(id, begin.Add(time.Minute))
	other.FirstAt = begin.Add(-time.Minute)
	other.Operations = map[string]int64{"PUT /contacts": 5, "GET /new": 1}
	other.Callers = map[usage.Caller]usage.Calls{curl: {Count: 1, LastAt: begin.Add(-time.Second)}, plain: {Count: 5, LastAt: begin.Add(time.Minute)}}
	other.Others = usage.Others{Operations: 1, Scopes: 2, Callers: 3}
	s.gather(t, other)

	// And again by the first, who knows that all names are there.
	again := used(id, begin.Add(time.Second))
	again.New, again.Named = false, true
	s.gather(t, again)

	want := used(id, begin).Row
	want.Count, want.Refused, want.FirstAt, want.LastAt = 9, 3, begin.Add(-time.Minute), begin.Add(time.Minute)
	want.Operations = map[string]int64{"GET /contacts/{contactId}": 4, "PUT /contacts": 7, "GET /new": 1}
	want.Scopes = map[string]int64{"contacts.readonly": 6, "contacts.write": 3}
	want.Callers = map[usage.Caller]usage.Calls{curl: {Count: 9, LastAt: begin.Add(time.Second)}, plain: {Count: 5, LastAt: begin.Add(time.Minute)}}
	want.Others = other.Others
	s.wantsUsage(t, id, want.Day, want)
	s.wantsLastUse(t, id, begin.Add(time.Minute))
}

func (s suite) usageIsReadFromADayOn(t *testing.T) {
	id := freshToken()
	day := 24 * time.Hour
	retiring := used(id, begin.Add(day))
	retiring.RetiringSince = begin.Add(day)
	dead := used(id, begin.Add(day))
	dead.Dead = true
	all := []usage.Addition{used(id, begin), used(id, begin.Add(day)), retiring, used(id, begin.Add(2*day)), dead}
	s.gather(t, all...)
	s.wantsUsage(t, id, usage.DayOf(begin), all[0].Row, all[1].Row, retiring.Row, all[3].Row, dead.Row)
	s.wantsUsage(t, id, usage.DayOf(begin)+1, all[1].Row, retiring.Row, all[3].Row, dead.Row)
	s.wantsUsage(t, id, usage.DayOf(begin)+2, all[3].Row)
	s.wantsUsage(t, id, usage.DayOf(begin)+3)
}

func (s suite) usageOfManyDaysIsReadWhole(t *testing.T) {
	id := freshToken()
	var want []usage.Row
	for n := range 401 {
		a := used(id, begin.Add(time.Duration(n)*24*time.Hour))
		s.gather(t, a)
		want = append(want, a.Row)
	}
	s.wantsUsage(t, id, usage.DayOf(begin), want...)
}

// Whoever writes late tells of what was before.
func (s suite) lastUseOnlyMovesOn(t *testing.T) {
	id := freshToken()
	s.gather(t, used(id, begin))
	s.wantsLastUse(t, id, begin)
	named := used(id, begin.Add(time.Hour))
	named.New, named.Named = false, true
	s.gather(t, named)
	s.wantsLastUse(t, id, begin.Add(time.Hour))
	s.gather(t, used(id, begin.Add(time.Minute)))
	s.wantsLastUse(t, id, begin.Add(time.Hour))

	retiring := used(id, begin.Add(2*time.Hour))
	retiring.RetiringSince = begin.Add(90 * time.Minute)
	s.gather(t, retiring)
	s.wantsLastUse(t, id, begin.Add(2*time.Hour))
	s.gather(t, used(id, begin.Add(61*time.Minute)), used(id, begin.Add(-24*time.Hour)))
	s.wantsLastUse(t, id, begin.Add(2*time.Hour))

	s.gather(t, used(id, begin.Add(24*time.Hour)))
	s.wantsLastUse(t, id, begin.Add(24*time.Hour))

	dead := used(id, begin.Add(48*time.Hour))
	dead.Dead = true
	s.gather(t, dead)
	s.wantsLastUse(t, id, begin.Add(24*time.Hour)) // since then it is not a use but a misuse
}

// Of a cancelled rotation nothing tells the token that is current again: what it
// is used for goes to the day as before.
func (s suite) lastUseMovesOnThroughCancelledRotations(t *testing.T) {
	id, day := freshToken(), usage.DayOf(begin).Start()
	for _, u := range []struct{ at, since time.Duration }{
		{10 * time.Hour, 0},
		{12 * time.Hour, 11 * time.Hour},
		{13 * time.Hour, 0}, // cancelled
		{15 * time.Hour, 14 * time.Hour},
		{16 * time.Hour, 0}, // cancelled again
		{18 * time.Hour, 17 * time.Hour},
		{25 * time.Hour, 17 * time.Hour}, // the next day
		{26 * time.Hour, 0},              // cancelled
		{28 * time.Hour, 27 * time.Hour},
		{29 * time.Hour, 0}, // cancelled again
		{49 * time.Hour, 0},
		{51 * time.Hour, 50 * time.Hour},
	} {
		for _, isNew := range []bool{true, false} { // by an instance, and again by it
			a := used(id, day.Add(u.at))
			a.New, a.Named = isNew, !isNew
			if u.since != 0 {
				a.RetiringSince = day.Add(u.since)
			}
			s.gather(t, a)
			s.wantsLastUse(t, id, a.LastAt)
		}
	}
	// What an instance tells late of a rotation that was cancelled.
	late := used(id, day.Add(25*time.Hour))
	late.RetiringSince = day.Add(17 * time.Hour)
	s.gather(t, late)
	s.wantsLastUse(t, id, day.Add(51*time.Hour))
}

// names counts the attributes of each kind in an item of usage.
func (s suite) names(t *testing.T, id token.ID) map[string]int {
	t.Helper()
	rows, err := s.backend.Query(t.Context(), table.Query{Partition: "USAGE#" + string(id), Prefix: "DAY#", Limit: 2})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	counts := map[string]int{}
	for _, a := range rows[0].Item {
		if kind, name, named := strings.Cut(a.Name, "#"); named && name != "" {
			counts[kind]++
		}
	}
	return counts
}

func (s suite) usageKeepsABoundedNumberOfNames(t *testing.T) {
	id := freshToken()
	const over = 7
	a := used(id, begin)
	a.Operations, a.Scopes, a.Callers = map[string]int64{}, map[string]int64{}, map[usage.Caller]usage.Calls{}
	for n := range usage.MaxOperations + over {
		a.Operations[fmt.Sprintf("GET /%03d", n)] = 2
	}
	for n := range usage.MaxScopes + over {
		a.Scopes[fmt.Sprintf("s%03d", n)] = 2
	}
	for n := range usage.MaxCallers + over {
		a.Callers[usage.NewCaller(fmt.Sprintf("192.0.2.%03d", n), "x")] = usage.Calls{Count: 2, LastAt: begin}
	}
	nameless := s.gather(t, a)[0]
	if len(nameless.Operations) != over || len(nameless.Scopes) != over || len(nameless.Callers) != over {
		t.Errorf("without a name: %+v", nameless)
	}
	// What is there already has room.
	s.gather(t, a)
	want := map[string]int{"op": usage.MaxOperations, "scope": usage.MaxScopes, "from": usage.MaxCallers, "seen": usage.MaxCallers}
	if diff := cmp.Diff(want, s.names(t, id)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	rows, err := s.store.Usage(t.Context(), []token.ID{id}, a.Day)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	if diff := cmp.Diff(usage.Others{Operations: 4 * over, Scopes: 4 * over, Callers: 4 * over}, rows[0].Others); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
	if n := rows[0].Operations["GET /000"]; n != 4 {
		t.Errorf("%d of a name, want 4", n)
	}
}

// Each writer knows of callers that the others don't.
func (s suite) usageIsBoundedAndExactAmongManyWriters(t *testing.T) {
	id := freshToken()
	var (
		writers sync.WaitGroup
		mu      sync.Mutex
		latest  time.Time
	)
	for n := range s.scale.Workers {
		writers.Go(func() {
			for m := range 5 {
				at := begin.Add(time.Duration((n*31+m*17)%101) * time.Millisecond)
				a := used(id, at)
				a.Callers = map[usage.Caller]usage.Calls{
					curl: {Count: 1, LastAt: at}, usage.NewCaller(fmt.Sprintf("192.0.2.%d", n), fmt.Sprint(m)): {Count: 1, LastAt: at},
				}
				for done := false; !done; {
					added := s.store.AddUsage(t.Context(), []usage.Addition{a})[0]
					if done = added.Done; added.Err != nil && done {
						t.Error(added.Err)
					}
				}
				mu.Lock()
				latest = slices.MaxFunc([]time.Time{latest, at}, time.Time.Compare)
				mu.Unlock()
			}
		})
	}
	writers.Wait()
	rows, err := s.store.Usage(t.Context(), []token.ID{id}, usage.DayOf(begin))
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	row, all := rows[0], int64(s.scale.Workers*5)
	named := int64(0)
	for _, calls := range row.Callers {
		named += calls.Count
	}
	if row.Count != 3*all || row.Operations["PUT /contacts"] != all || named+row.Others.Callers != 2*all || !row.LastAt.Equal(latest) {
		t.Errorf("%+v of %d additions until %v", row, all, latest)
	}
	if n := s.names(t, id)["from"]; n != usage.MaxCallers {
		t.Errorf("%d callers, want %d", n, usage.MaxCallers)
	}
	s.wantsLastUse(t, id, latest)
}
