package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// begin is when the tests' stories begin.
var begin = time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)

func dueItem(shard int, at time.Time) table.Item {
	return table.Item{text(table.AttributeDueShard, strconv.Itoa(shard)), number(table.AttributeDueAt, at.UnixMilli()), text("x", "y")}
}

// due reads the due index page by page and keeps what is of one partition.
func (s suite) due(t *testing.T, partition string, shard int, until time.Time, page int) []table.Due {
	t.Helper()
	var all []table.Due
	var after *table.Due
	for {
		found, err := s.backend.Due(t.Context(), shard, until, after, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			if d.Key.Partition == partition {
				all = append(all, d)
			}
		}
		if len(found) < page {
			return all
		}
		last := &found[len(found)-1]
		if after != nil && *last == *after {
			t.Fatalf("what follows %v ends with it again", last)
		}
		after = last
	}
}

// wantsDue waits for what is due in a shard until an instant, by sort key.
func (s suite) wantsDue(t *testing.T, partition string, shard int, until time.Time, want ...string) {
	t.Helper()
	eventually(t, func() string {
		got := []string{}
		for _, d := range s.due(t, partition, shard, until, 50) {
			got = append(got, d.Key.Sort)
		}
		return cmp.Diff(append([]string{}, want...), got)
	})
}

func (s suite) dueItemsAreFoundEarliestFirst(t *testing.T) {
	partition := fresh("P")
	const shard, other = 3, 4
	for n, after := range []time.Duration{5, 3, 3, 0, 3, 3, 1, 9} {
		key := table.Key{Partition: partition, Sort: fmt.Sprintf("%d-after-%d", n, after)}
		s.put(t, key, dueItem(shard, begin.Add(after*time.Millisecond)))
	}
	s.put(t, table.Key{Partition: partition, Sort: "elsewhere"}, dueItem(other, begin))
	s.put(t, table.Key{Partition: partition, Sort: "never"}, table.Item{text("x", "y")})

	s.wantsDue(t, partition, other, begin, "elsewhere")
	eventually(t, func() string {
		return cmp.Diff(8, len(s.due(t, partition, shard, begin.Add(time.Hour), 50)))
	})
	s.wantsDue(t, partition, shard, begin.Add(-time.Millisecond))
	s.wantsDue(t, partition, shard, begin, "3-after-0")
	s.wantsDue(t, partition, shard, begin.Add(2*time.Millisecond), "3-after-0", "6-after-1")
	for page := 1; page <= 9; page++ {
		found := s.due(t, partition, shard, begin.Add(8*time.Millisecond), page)
		var after []time.Duration
		seen := map[table.Key]bool{}
		for _, d := range found {
			after = append(after, d.At.Sub(begin)/time.Millisecond)
			seen[d.Key] = true
		}
		if want := []time.Duration{0, 1, 3, 3, 3, 3, 5}; !slices.Equal(after, want) || len(seen) != len(want) {
			t.Errorf("in pages of %d: %v, want each once and after %v ms", page, found, want)
		}
	}
}

func (s suite) dueIndexFollowsTheItem(t *testing.T) {
	partition := fresh("P")
	key := table.Key{Partition: partition, Sort: "S"}
	const shard = 7
	update := func(u table.Update) { s.write(t, table.Write{Key: key, Update: &u}) }
	late := begin.Add(24 * time.Hour)

	s.put(t, key, dueItem(shard, late))
	s.wantsDue(t, partition, shard, late, "S")
	update(table.Update{Set: table.Item{number(table.AttributeDueAt, begin.UnixMilli())}})
	s.wantsDue(t, partition, shard, begin, "S")
	s.wantsDue(t, partition, shard, late, "S") // and not twice
	update(table.Update{Set: table.Item{text("x", "z")}})
	s.wantsDue(t, partition, shard, begin, "S")
	s.put(t, key, dueItem(shard+1, begin))
	s.wantsDue(t, partition, shard, late)
	s.wantsDue(t, partition, shard+1, begin, "S")
	update(table.Update{Remove: []string{table.AttributeDueShard, table.AttributeDueAt}})
	s.wantsDue(t, partition, shard+1, late)
	update(table.Update{Set: dueItem(shard, begin)})
	s.wantsDue(t, partition, shard, begin, "S")
	s.put(t, key, table.Item{text("x", "y")})
	s.wantsDue(t, partition, shard, late)
	s.put(t, key, dueItem(shard, begin))
	s.wantsDue(t, partition, shard, begin, "S")
	s.write(t, table.Write{Key: key, Remove: true})
	s.wantsDue(t, partition, shard, late)
}

// visited gives the ids of account's integrations that the store visits.
func (s suite) visited(t *testing.T, account string, until time.Time) []string {
	t.Helper()
	ids := []string{}
	err := s.store.Due(t.Context(), until, func(of, id string) error {
		if of == account {
			ids = append(ids, id)
		}
		if len(ids) > 1000 {
			return errors.New("the visits don't end")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func (s suite) storeVisitsEverythingDueOnce(t *testing.T) {
	account := fresh("account")
	var want []string
	for n := range 240 { // more than two pages of one shard, and some in each other
		shard := 5
		if n%3 == 0 {
			shard = n / 3 % table.DueShards
		}
		id := freshID()
		want = append(want, id)
		s.put(t, integrationKey(account, id), dueItem(shard, begin.Add(time.Duration(n)*time.Millisecond)))
	}
	eventually(t, func() string {
		got := s.visited(t, account, begin.Add(time.Hour))
		slices.Sort(got)
		return cmp.Diff(want, got)
	})
	stop := errors.New("stop")
	visits := 0
	err := s.store.Due(t.Context(), begin.Add(time.Hour), func(string, string) error {
		visits++
		return stop
	})
	if !errors.Is(err, stop) || visits != 1 {
		t.Errorf("after an error of visit: %v, %d visits", err, visits)
	}
}

func (s suite) integrationIsDueAsItsStateSays(t *testing.T) {
	st := s.story(t)
	wants := func(until time.Time, want ...string) {
		t.Helper()
		eventually(t, func() string {
			return cmp.Diff(append([]string{}, want...), s.visited(t, st.Account, until))
		})
	}
	id := st.ID
	reminder := begin.Add(integration.ReminderAge - 14*24*time.Hour) // the first is two weeks ahead
	wants(reminder, id)
	wants(reminder.Add(-time.Millisecond))
	st.commit(st.After.SetExpiry(begin.Add(time.Hour), actor, st.now))
	wants(begin.Add(time.Hour), id)
	wants(begin.Add(time.Hour - time.Millisecond))
	st.now = begin.Add(time.Hour)
	st.commit(st.After.Sweep(st.now), nil)
	wants(reminder.Add(1000 * time.Hour))
}
