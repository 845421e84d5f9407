package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// scanned gives the keys that a scan finds, as often as it finds them, sorted,
// and the number of pages.
func (s suite) scanned(t *testing.T, prefix string) (keys []string, pages int) {
	t.Helper()
	for after := (*table.Key)(nil); ; {
		page, next, err := s.backend.Scan(t.Context(), prefix, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page {
			if a, _ := row.Item.Get("is"); a == nil || a.Text != row.Key.Partition+row.Key.Sort {
				t.Errorf("%s comes with the item %v", row.Key, row.Item)
			}
			keys = append(keys, row.Key.String())
		}
		s.hasKeys(t, prefix, after, page)
		if pages++; next == nil {
			slices.Sort(keys)
			return keys, pages
		}
		after = next
	}
}

// hasKeys holds what is read of keys alone to a page of whole rows.
func (s suite) hasKeys(t *testing.T, prefix string, after *table.Key, page []table.Row) {
	t.Helper()
	keys, _, err := s.backend.Keys(t.Context(), prefix, after)
	if err != nil {
		t.Fatal(err)
	}
	for n, row := range page {
		if n >= len(keys) || keys[n] != row.Key {
			t.Fatalf("key %d of %d is not %s", n, len(keys), row.Key)
		}
	}
}

func (s suite) scanFindsEveryItemOfItsPartitionsOnce(t *testing.T) {
	prefix := fresh("P") + "#"
	if keys, _ := s.scanned(t, prefix); len(keys) > 0 {
		t.Errorf("where there is nothing: %v", keys)
	}
	var want []string
	for n := range 30 {
		partition := fmt.Sprintf("%s%02d", prefix, n)
		s.fill(t, partition, "1", "2")
		want = append(want, partition+"/1", partition+"/2")
		s.fill(t, strings.TrimSuffix(prefix, "#")+fmt.Sprint(n), "1") // is another prefix
	}
	s.fill(t, prefix, "1")
	s.fill(t, fresh("P"), prefix)
	want = append([]string{prefix + "/1"}, want...)
	if keys, _ := s.scanned(t, prefix); !slices.Equal(keys, want) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, keys))
	}
	s.write(t, table.Write{Key: table.Key{Partition: prefix + "07", Sort: "2"}, Remove: true})
	gone := prefix + "07/2"
	want = slices.DeleteFunc(want, func(key string) bool { return key == gone })
	if keys, _ := s.scanned(t, prefix); !slices.Equal(keys, want) {
		t.Errorf("after one was removed (-want +got):\n%s", cmp.Diff(want, keys))
	}
}

func (s suite) scanReadsALongTableWhole(t *testing.T) {
	prefix := fresh("P") + "#"
	bulk := text("bulk", strings.Repeat("x", 60_000)) // DynamoDB ends a page at 1 MB
	var want []string
	for n := range 40 {
		for _, partition := range []string{fmt.Sprintf("%s%02d", prefix, n), fmt.Sprintf("%s%02d", fresh("other"), n)} {
			s.put(t, table.Key{Partition: partition, Sort: "1"}, table.Item{text("is", partition+"1"), bulk})
		}
		want = append(want, fmt.Sprintf("%s%02d/1", prefix, n))
	}
	for page := range slices.Chunk(s.manySmall(prefix+"many"), 25) { // more than bolt gives at once
		s.write(t, page...)
		for _, w := range page {
			want = append(want, w.Key.String())
		}
	}
	keys, pages := s.scanned(t, prefix)
	if !slices.Equal(keys, want) || pages < 2 {
		t.Errorf("%d pages (-want +got):\n%s", pages, cmp.Diff(want, keys))
	}
}

func (s suite) manySmall(partition string) []table.Write {
	writes := make([]table.Write, 1000)
	for n := range writes {
		sort := fmt.Sprintf("%04d", n)
		writes[n] = table.Write{Key: table.Key{Partition: partition, Sort: sort}, Put: table.Item{text("is", partition+sort)}}
	}
	return writes
}

// mintOn is the token of [Mint] with another version of the pepper.
func mintOn(pepper int) integration.Minted {
	m := Mint()
	m.PepperVersion = pepper
	return m
}

func (s suite) livingTokensAreCountedByPepper(t *testing.T) {
	const pepper, other = 1, 2
	counts := func(when string, version int, now time.Time, want int) {
		t.Helper()
		if got, err := s.store.LivingTokens(t.Context(), version, now); err != nil || got != want {
			t.Errorf("%s: %d tokens live on %d, %v, want %d", when, got, version, err, want)
		}
	}
	deadline := begin.Add(48 * time.Hour)
	create := func(expiresAt time.Time) integration.Integration {
		c, err := integration.Create(integration.New{
			ID: freshID(), Account: fresh("account"), Name: "n", Scopes: []string{"a"}, ExpiresAt: expiresAt,
		}, Everything{}, mintOn(pepper), actor, begin)
		if err != nil {
			t.Fatal(err)
		}
		return s.commits(t, c)
	}
	counts("before any", pepper, begin, 0)
	lasting, ending := create(time.Time{}), create(deadline)
	counts("two tokens", pepper, begin, 2)
	counts("the last millisecond", pepper, deadline.Add(-time.Millisecond), 2)
	counts("one's deadline", pepper, deadline, 1)

	rotated, err := lasting.Rotate(integration.Rotation{Grace: time.Hour}, mintOn(other), actor, begin)
	if err != nil {
		t.Fatal(err)
	}
	s.commits(t, rotated)
	counts("in the grace window", pepper, begin.Add(time.Hour-time.Millisecond), 2)
	counts("in the grace window", other, begin, 1)
	counts("at its end", pepper, begin.Add(time.Hour), 1)

	expired, err := ending.Expire(actor, begin)
	if err != nil {
		t.Fatal(err)
	}
	s.commits(t, expired)
	counts("recorded dead", pepper, begin, 1)
	counts("at last", pepper, deadline, 0)
	counts("at last", other, deadline, 1)

	// A token that can't be read may be a living one.
	s.write(t, table.Write{Key: tokenKey(ending.Current.ID), Update: &table.Update{Remove: []string{"pepper"}}})
	if got, err := s.store.LivingTokens(t.Context(), pepper, begin); !errors.Is(err, table.ErrDamaged) || !strings.Contains(err.Error(), string(ending.Current.ID)) {
		t.Errorf("with a damaged token: %d, %v", got, err)
	}
}

// commits writes a change, which has to succeed.
func (s suite) commits(t *testing.T, c integration.Change) integration.Integration {
	t.Helper()
	if err := s.store.Commit(t.Context(), c, plenty, nil); err != nil {
		t.Fatal(err)
	}
	return c.After
}
