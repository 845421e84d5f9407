package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func placed(account, place string) table.Item {
	return table.Item{text(table.AttributeAccount, account), text(table.AttributeTimeline, place), text("is", account+"/"+place)}
}

// timeline reads a stretch of an account's timeline in pages.
func (s suite) timeline(t *testing.T, account, from, before string, page int) (places []string) {
	t.Helper()
	for {
		q := table.TimelineQuery{Account: account, From: from, Before: before, Limit: page}
		rows, err := s.backend.Timeline(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		s.hasPlaces(t, q, rows)
		for _, row := range rows {
			is, _ := row.Item.Get("is")
			place, _ := row.Item.Get(table.AttributeTimeline)
			if is == nil || place == nil || is.Text != account+"/"+place.Text || !strings.HasSuffix(row.Key.Sort, place.Text) {
				t.Fatalf("%s in the timeline of %s is %v", row.Key, account, row.Item)
			}
			if len(places) > 0 && place.Text >= places[len(places)-1] {
				t.Fatalf("%s follows %v", place.Text, places)
			}
			places = append(places, place.Text)
		}
		if len(rows) > page {
			t.Fatalf("a page of %d has %d items", page, len(rows))
		}
		if len(rows) < page {
			return places
		}
		before = places[len(places)-1]
	}
}

// hasPlaces holds what is read of places alone to whole rows.
func (s suite) hasPlaces(t *testing.T, q table.TimelineQuery, rows []table.Row) {
	t.Helper()
	want := []table.Row{}
	for _, row := range rows {
		place, _ := row.Item.Get(table.AttributeTimeline)
		want = append(want, table.Row{Key: row.Key, Item: table.Item{*place}})
	}
	q.PlacesOnly = true
	eventually(t, func() string {
		places, err := s.backend.Timeline(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return cmp.Diff(want, append([]table.Row{}, places...))
	})
}

func (s suite) timelineIsReadNewestFirst(t *testing.T) {
	account, other := fresh("A"), fresh("A")
	var want []string
	for _, place := range []string{"4", "1", "2", "2#a", "2#b", "3", "22"} {
		s.put(t, table.Key{Partition: fresh("P"), Sort: "is at " + place}, placed(account, place))
		want = append(want, place)
	}
	s.put(t, table.Key{Partition: "P", Sort: "is at 2"}, placed(other, "2"))
	s.put(t, table.Key{Partition: "P", Sort: "elsewhere"}, placed(account+"x", "2"))
	s.put(t, table.Key{Partition: "P", Sort: "without"}, table.Item{text(table.AttributeAccount, account)})
	slices.Sort(want)
	slices.Reverse(want)
	eventually(t, func() string { return cmp.Diff(want, s.timeline(t, account, "0", "~", 100)) })
	eventually(t, func() string { return cmp.Diff([]string{"2"}, s.timeline(t, other, "0", "~", 100)) })
	for _, c := range []struct{ from, before, want string }{
		{"0", "~", "4 3 22 2#b 2#a 2 1"},
		{"1", "4", "3 22 2#b 2#a 2 1"}, // from the first on, and below the last
		{"11", "39", "3 22 2#b 2#a 2"},
		{"2", "3", "22 2#b 2#a 2"},
		{"2", "2#b", "2#a 2"},
		{"2#a", "2#b", "2#a"},
		{"2", "2#", "2"},
		{"5", "6", ""},
		{"3", "3", ""},
	} {
		for page := 1; page <= 8; page++ {
			if got := strings.Join(s.timeline(t, account, c.from, c.before, page), " "); got != c.want {
				t.Errorf("from %s below %s in pages of %d: %q, want %q", c.from, c.before, page, got, c.want)
			}
		}
	}
}

func (s suite) timelineFollowsTheItem(t *testing.T) {
	account, other := fresh("A"), fresh("A")
	key := table.Key{Partition: fresh("P"), Sort: "1"}
	wants := func(of string, want ...string) {
		t.Helper()
		eventually(t, func() string {
			rows, err := s.backend.Timeline(t.Context(), table.TimelineQuery{Account: of, From: "0", Before: "~", Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, row := range rows {
				x, _ := row.Item.Get("x")
				got = append(got, x.Text)
			}
			return cmp.Diff(want, got)
		})
	}
	item := func(of, x string) table.Item { return append(placed(of, "1"), text("x", x)) }
	update := func(u table.Update) { s.write(t, table.Write{Key: key, Update: &u}) }

	s.put(t, key, item(account, "a"))
	wants(account, "a")
	update(table.Update{Set: table.Item{text("x", "b")}})
	wants(account, "b")
	update(table.Update{Set: table.Item{text(table.AttributeTimeline, "0")}})
	wants(account, "b") // and not twice
	s.put(t, key, item(other, "c"))
	wants(account)
	wants(other, "c")
	update(table.Update{Remove: []string{table.AttributeTimeline}})
	wants(other)
	s.put(t, key, item(account, "d"))
	wants(account, "d")
	s.write(t, table.Write{Key: key, Remove: true})
	wants(account)
}

func (s suite) timelineReadsManyLongItems(t *testing.T) {
	account := fresh("A")
	const count = 40
	for n := range count {
		place := fmt.Sprintf("%02d", n)
		bulk := text("bulk", strings.Repeat("x", 60_000)) // DynamoDB ends a page at 1 MB
		s.put(t, table.Key{Partition: account, Sort: place}, append(placed(account, place), bulk))
	}
	eventually(t, func() string { return cmp.Diff(count, len(s.timeline(t, account, "0", "~", 100))) })
}

// factsOfAnAccountStandInOneTimeline has integrations whose facts are of the
// same instants.
func (s suite) factsOfAnAccountStandInOneTimeline(t *testing.T) {
	account := fresh("account")
	var want []fact.Fact
	at := begin
	for range 3 {
		c := created(account, time.Time{})
		for range 3 {
			s.commits(t, c)
			want = append(want, c.Facts...)
			at = at.Add(time.Millisecond)
			var err error
			if c, err = rotate(0)(c.After, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.commits(t, created(fresh("account"), time.Time{}))
	slices.SortFunc(want, func(a, b fact.Fact) int { return strings.Compare(string(b.Place()), string(a.Place())) })

	read := func(from, before fact.Place, page int) (all []fact.Fact) {
		for {
			facts, err := s.store.Timeline(t.Context(), account, from, before, page)
			if err != nil {
				t.Fatal(err)
			}
			if all = append(all, facts...); len(facts) < page {
				return all
			}
			before = all[len(all)-1].Place()
		}
	}
	eventually(t, func() string { return cmp.Diff(want, read("", "", 100)) })
	for _, page := range []int{1, 2, 7, len(want)} {
		if diff := cmp.Diff(want, read("", "", page)); diff != "" {
			t.Errorf("in pages of %d (-want +got):\n%s", page, diff)
		}
	}
	first, last := begin.Add(2*time.Millisecond), begin.Add(5*time.Millisecond)
	between := slices.DeleteFunc(slices.Clone(want), func(f fact.Fact) bool { return f.At.Before(first) || !f.At.Before(last) })
	if diff := cmp.Diff(between, read(fact.Before(first), fact.Before(last), 100)); diff != "" || len(between) == 0 {
		t.Errorf("from %v, before %v (-want +got):\n%s", first, last, diff)
	}
	if facts := read(fact.Before(last), fact.Before(first), 100); len(facts) != 0 {
		t.Errorf("%d facts between an end and the beginning before it", len(facts))
	}
}
