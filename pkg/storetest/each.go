package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// each does writes each for itself and holds what became of them: whether it was
// refused.
func (s suite) each(t *testing.T, refused []bool, writes ...table.Write) {
	t.Helper()
	got := make([]bool, len(writes))
	for n, err := range s.backend.WriteEach(t.Context(), writes) {
		if got[n] = errors.Is(err, table.ErrRefused); err != nil && !got[n] {
			t.Errorf("write %d: %v", n, err)
		}
	}
	if diff := cmp.Diff(refused, got); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

func (s suite) eachWriteIsDoneForItself(t *testing.T) {
	partition := fresh("P")
	key := func(sort string) table.Key { return table.Key{Partition: partition, Sort: sort} }
	there := table.Item{number("n", 1), text("s", "x")}
	for _, sort := range []string{"added", "guarded", "removed", "kept"} {
		s.put(t, key(sort), there)
	}
	fails := []table.Condition{{Attribute: "n", Test: table.Equal, Number: 2}}
	holds := []table.Condition{{Attribute: "n", Test: table.AbsentOrAtMost, Number: 1}}
	s.each(t, []bool{false, false, true, false, true, false, true},
		table.Write{Key: key("put"), Put: there},
		table.Write{Key: key("added"), Update: &table.Update{Add: map[string]int64{"n": 2}}, If: holds},
		table.Write{Key: key("guarded"), Update: &table.Update{Add: map[string]int64{"n": 2}}, If: fails},
		table.Write{Key: key("removed"), Remove: true, If: holds},
		table.Write{Key: key("kept"), Remove: true, If: fails},
		table.Write{Key: key("made"), Update: &table.Update{Set: table.Item{text("s", "y")}, Add: map[string]int64{"n": 7}}, If: holds},
		table.Write{Key: key("absent"), Put: there, If: fails},
	)
	s.wants(t, key("put"), there)
	s.wants(t, key("added"), table.Item{number("n", 3), text("s", "x")})
	s.wants(t, key("guarded"), there)
	s.wants(t, key("removed"), nil)
	s.wants(t, key("kept"), there)
	s.wants(t, key("made"), table.Item{number("n", 7), text("s", "y")})
	s.wants(t, key("absent"), nil)
	s.each(t, []bool{})
}

// A day's usage may have this many names.
func (s suite) namesOfAttributesMayHoldAnything(t *testing.T) {
	key := table.Key{Partition: fresh("P"), Sort: "S"}
	want := table.Item{number("op#", 1), number("from#203.0.113.7 curl/8.5.0 (x; \"y\") ☃", 1), number("size", 1), number("#n:1", 1)}
	for n := range 250 {
		want = append(want, number(fmt.Sprintf("op#GET /%s/{id}/%d", strings.Repeat("long-", 40), n), 1))
	}
	add := map[string]int64{}
	for _, a := range want {
		add[a.Name] = 1
	}
	for n := range want {
		want[n].Number = 2
	}
	for range 2 {
		s.each(t, []bool{false}, table.Write{Key: key, Update: &table.Update{Add: add}})
	}
	s.wants(t, key, want)
}

func (s suite) numbersAddUpAmongManyWriters(t *testing.T) {
	keys := []table.Key{{Partition: fresh("P"), Sort: "S"}, {Partition: fresh("P"), Sort: "S"}}
	var workers sync.WaitGroup
	for range s.scale.Workers {
		workers.Go(func() {
			for range s.scale.Increments {
				var writes []table.Write
				for _, key := range keys {
					writes = append(writes, table.Write{Key: key, Update: &table.Update{Add: map[string]int64{"n": 1, "m": 2}}})
				}
				for _, err := range s.backend.WriteEach(t.Context(), writes) {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	workers.Wait()
	sum := int64(s.scale.Workers * s.scale.Increments)
	for _, key := range keys {
		s.wants(t, key, table.Item{number("n", sum), number("m", 2*sum)})
	}
}
