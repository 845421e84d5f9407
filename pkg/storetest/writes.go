package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// refused gives the numbers of the writes that err says were refused.
func refused(t *testing.T, err error) []int {
	t.Helper()
	r := (*table.Refused)(nil)
	if err != nil && !errors.As(err, &r) {
		t.Fatal(err)
	}
	if r == nil {
		return nil
	}
	return r.Writes
}

func (s suite) writeIsDoneOnlyIfItsConditionHolds(t *testing.T) {
	before := table.Item{number("n", 5), text("s", "x")}
	kinds := []struct {
		write               table.Write
		ofBefore, ofNothing table.Item
	}{
		{table.Write{Put: table.Item{number("n", 9)}}, table.Item{number("n", 9)}, table.Item{number("n", 9)}},
		{
			table.Write{Update: &table.Update{Set: table.Item{number("n", 9)}}},
			table.Item{number("n", 9), text("s", "x")}, table.Item{number("n", 9)},
		},
		{table.Write{Remove: true}, nil, nil},
	}
	for _, test := range []struct {
		condition           table.Condition
		ofBefore, ofNothing bool
	}{
		{table.Condition{Attribute: "n", Test: table.Absent}, false, true},
		{table.Condition{Attribute: "other", Test: table.Absent}, true, true},
		{table.Condition{Attribute: "n", Test: table.Present}, true, false},
		{table.Condition{Test: table.Exists}, true, false},
		{table.Condition{Attribute: "other", Test: table.Present}, false, false},
		{table.Condition{Attribute: "n", Test: table.Equal, Number: 5}, true, false},
		{table.Condition{Attribute: "n", Test: table.Equal, Number: 4}, false, false},
		{table.Condition{Attribute: "s", Test: table.Equal}, false, false},
		{table.Condition{Attribute: "other", Test: table.Equal}, false, false},
		{table.Condition{Attribute: "n", Test: table.AbsentOrAtMost, Number: 6}, true, true},
		{table.Condition{Attribute: "n", Test: table.AbsentOrAtMost, Number: 5}, true, true},
		{table.Condition{Attribute: "n", Test: table.AbsentOrAtMost, Number: 4}, false, true},
		{table.Condition{Attribute: "n", Test: table.AbsentOrAtMost, Number: -5}, false, true},
		{table.Condition{Attribute: "s", Test: table.AbsentOrAtMost, Number: 9}, false, true},
		{table.Condition{Attribute: "other", Test: table.AbsentOrAtMost, Number: -5}, true, true},
	} {
		for _, kind := range kinds {
			w := kind.write
			w.If = []table.Condition{test.condition}
			s.attempt(t, w, before, test.ofBefore, kind.ofBefore)
			s.attempt(t, w, nil, test.ofNothing, kind.ofNothing)
		}
	}
}

// attempt tries w on an item of its own that is as before.
func (s suite) attempt(t *testing.T, w table.Write, before table.Item, holds bool, after table.Item) {
	t.Helper()
	w.Key = table.Key{Partition: fresh("P"), Sort: "S"}
	if before != nil {
		s.put(t, w.Key, before)
	}
	want := after
	if !holds {
		want = before
	}
	err := s.backend.Write(t.Context(), []table.Write{w})
	if r := refused(t, err); (len(r) == 0) != holds {
		t.Errorf("%+v of %v: refused %v, want it done: %v", w, before, r, holds)
	}
	s.wants(t, w.Key, want)
}

func (s suite) allConditionsOfAWriteHaveToHold(t *testing.T) {
	holds := table.Condition{Attribute: "n", Test: table.Present}
	fails := table.Condition{Attribute: "n", Test: table.Absent}
	before, after := table.Item{number("n", 1)}, table.Item{number("n", 2)}
	for _, test := range []struct {
		conditions []table.Condition
		want       bool
	}{
		{[]table.Condition{holds, {Attribute: "m", Test: table.Absent}}, true},
		{[]table.Condition{holds, fails}, false},
		{[]table.Condition{fails, holds}, false},
		{[]table.Condition{fails, {Attribute: "m", Test: table.Present}}, false},
	} {
		s.attempt(t, table.Write{Put: after, If: test.conditions}, before, test.want, after)
	}
}

func (s suite) refusedWritesChangeNothingAndAreAllNamed(t *testing.T) {
	partition := fresh("P")
	key := func(sort string) table.Key { return table.Key{Partition: partition, Sort: sort} }
	there := table.Item{number("n", 1)}
	s.put(t, key("updated"), there)
	s.put(t, key("removed"), there)
	s.put(t, key("guarded"), there)
	fails := []table.Condition{{Attribute: "n", Test: table.Equal, Number: 2}}
	writes := []table.Write{
		{Key: key("put"), Put: there},
		{Key: key("absent"), Put: there, If: fails},
		{Key: key("updated"), Update: &table.Update{Add: map[string]int64{"n": 1}}},
		{Key: key("guarded"), Update: &table.Update{Set: table.Item{number("n", 9)}}, If: fails},
		{Key: key("removed"), Remove: true},
		{Key: key("guarded2"), Remove: true, If: []table.Condition{{Attribute: "n", Test: table.Present}}},
	}
	if diff := cmp.Diff([]int{1, 3, 5}, refused(t, s.backend.Write(t.Context(), writes))); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	s.wants(t, key("put"), nil)
	s.wants(t, key("absent"), nil)
	s.wants(t, key("updated"), there)
	s.wants(t, key("guarded"), there)
	s.wants(t, key("removed"), there)

	writes[1].If, writes[3].If, writes[5].If = nil, nil, nil
	s.write(t, writes...)
	s.wants(t, key("put"), there)
	s.wants(t, key("updated"), table.Item{number("n", 2)})
	s.wants(t, key("guarded"), table.Item{number("n", 9)})
	s.wants(t, key("removed"), nil)
}

func (s suite) updateChangesNamedAttributesOnly(t *testing.T) {
	key := table.Key{Partition: fresh("P"), Sort: "S"}
	s.put(t, key, append(everyKind(), number("count", 3), text("gone", "x"), text("changed", "x")))
	s.write(t, table.Write{Key: key, Update: &table.Update{
		Set:    table.Item{number("changed", 7), list("new", "b", "a")},
		Add:    map[string]int64{"count": -5, "fresh": 2},
		Remove: []string{"gone", "neverThere"},
	}})
	s.wants(t, key, append(everyKind(), number("count", -2), number("fresh", 2), number("changed", 7), list("new", "b", "a")))

	absent := table.Key{Partition: fresh("P"), Sort: "S"}
	s.write(t, table.Write{Key: absent, Update: &table.Update{
		Set: table.Item{text("set", "x")}, Add: map[string]int64{"count": -1}, Remove: []string{"neverThere"},
	}})
	s.wants(t, absent, table.Item{text("set", "x"), number("count", -1)})
}

func (s suite) putReplacesTheWholeItem(t *testing.T) {
	key := table.Key{Partition: fresh("P"), Sort: "S"}
	s.put(t, key, everyKind())
	s.put(t, key, table.Item{text("text", "other")})
	s.wants(t, key, table.Item{text("text", "other")})
}

func (s suite) thirtyItemsAreWrittenTogether(t *testing.T) {
	partition := fresh("P")
	writes := make([]table.Write, 30)
	for n := range writes {
		writes[n] = table.Write{
			Key: table.Key{Partition: partition, Sort: fmt.Sprintf("%02d", n)}, Put: everyKind(),
			If: []table.Condition{{Attribute: "text", Test: table.Absent}},
		}
	}
	last := writes[len(writes)-1]
	s.write(t, last)
	if diff := cmp.Diff([]int{29}, refused(t, s.backend.Write(t.Context(), writes))); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	s.wants(t, writes[0].Key, nil)
	s.write(t, table.Write{Key: last.Key, Remove: true})
	s.write(t, writes...)
	for _, w := range writes {
		s.wants(t, w.Key, everyKind())
	}
}

func (s suite) conditionsHoldAmongManyWriters(t *testing.T) {
	key := table.Key{Partition: fresh("P"), Sort: "COUNT"}
	limit := int64(s.scale.Workers) * 5 / 2 // of four tries each
	var done atomic.Int64
	var workers sync.WaitGroup
	for n := range s.scale.Workers {
		workers.Go(func() {
			for m := range 4 {
				err := s.backend.Write(t.Context(), []table.Write{
					{
						Key: key, Update: &table.Update{Add: map[string]int64{"n": 1}},
						If: []table.Condition{{Attribute: "n", Test: table.AbsentOrAtMost, Number: limit - 1}},
					},
					{Key: table.Key{Partition: key.Partition, Sort: fmt.Sprintf("BY#%d#%d", n, m)}, Put: table.Item{number("n", 1)}},
				})
				switch r := (*table.Refused)(nil); {
				case err == nil:
					done.Add(1)
				case !errors.As(err, &r):
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	s.wants(t, key, table.Item{number("n", limit)})
	rows, err := s.backend.Query(t.Context(), table.Query{Partition: key.Partition, Prefix: "BY#", Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if done.Load() != limit || int64(len(rows)) != limit {
		t.Errorf("%d writes were answered and %d are there, want %d", done.Load(), len(rows), limit)
	}
}
