package storetest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/private-integrations/private-integrations/pkg/table"
)

func text(name, s string) table.Attribute {
	return table.Attribute{Name: name, Kind: table.String, Text: s}
}

func number(name string, n int64) table.Attribute {
	return table.Attribute{Name: name, Kind: table.Number, Number: n}
}

func list(name string, l ...string) table.Attribute {
	return table.Attribute{Name: name, Kind: table.List, List: l}
}

func binary(name, bytes string) table.Attribute {
	return table.Attribute{Name: name, Kind: table.Binary, Text: bytes}
}

// everyKind holds what a value can be at the edges.
func everyKind() table.Item {
	return table.Item{
		text("text", "plain"), text("unicode", "Zoë 🔑 \u202e ﷽ \"\\\n\t"), text("long", strings.Repeat("ü", 4000)),
		number("zero", 0), number("negative", -42), number("least", math.MinInt64), number("most", math.MaxInt64),
		binary("bytes", "\x00\x01\xff\x00\x80"),
		list("list", "z", "a", "m", "a"), list("emptyList"),
	}
}

// sameItem compares items, whose attributes are in no order.
var sameItem = cmp.Options{
	cmpopts.SortSlices(func(a, b table.Attribute) bool { return a.Name < b.Name }),
	cmpopts.EquateEmpty(),
}

// write does writes, which have to succeed.
func (s suite) write(t *testing.T, writes ...table.Write) {
	t.Helper()
	if err := s.backend.Write(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
}

func (s suite) put(t *testing.T, key table.Key, item table.Item) {
	t.Helper()
	s.write(t, table.Write{Key: key, Put: item})
}

// wants holds the item under key to want, nil for none.
func (s suite) wants(t *testing.T, key table.Key, want table.Item) {
	t.Helper()
	got, err := s.backend.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if (got == nil) != (want == nil) {
		t.Errorf("%s is %v, want %v", key, got, want)
	}
	if diff := cmp.Diff(want, got, sameItem); diff != "" {
		t.Errorf("%s (-want +got):\n%s", key, diff)
	}
}

func (s suite) itemsAreReadBack(t *testing.T) {
	key := table.Key{Partition: fresh("P"), Sort: "S"}
	s.wants(t, key, nil)
	s.put(t, key, everyKind())
	s.wants(t, key, everyKind())
	rows, err := s.backend.Query(t.Context(), table.Query{Partition: key.Partition, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]table.Row{{Key: key, Item: everyKind()}}, rows, sameItem); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	s.write(t, table.Write{Key: key, Remove: true})
	s.wants(t, key, nil)
	s.write(t, table.Write{Key: key, Remove: true}) // what is not there can be removed
}

func (s suite) manyItemsAreReadInTheOrderAskedFor(t *testing.T) {
	partition := fresh("P")
	keys := make([]table.Key, 5)
	want := make([]table.Item, len(keys))
	for n, sort := range []string{"c", "absent", "a", "missing", "b"} {
		keys[n] = table.Key{Partition: partition, Sort: sort}
		if len(sort) == 1 {
			want[n] = table.Item{text("is", sort)}
			s.put(t, keys[n], want[n])
		}
	}
	got, err := s.backend.GetAll(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := s.backend.GetAll(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("no keys: %v, %v", got, err)
	}
}

// sorts gives the sort keys that q finds.
func (s suite) sorts(t *testing.T, q table.Query) []string {
	t.Helper()
	rows, err := s.backend.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	sorts := make([]string, len(rows))
	for n, row := range rows {
		sorts[n] = row.Key.Sort
		if row.Key.Partition != q.Partition {
			t.Errorf("query of %s gives %s", q.Partition, row.Key)
		}
		if a, _ := row.Item.Get("is"); a == nil || a.Text != row.Key.Partition+row.Key.Sort {
			t.Errorf("%s comes with the item %v", row.Key, row.Item)
		}
	}
	return sorts
}

// fill puts an item under each sort key of a partition.
func (s suite) fill(t *testing.T, partition string, sorts ...string) {
	t.Helper()
	for page := range slices.Chunk(sorts, 25) {
		var writes []table.Write
		for _, sort := range page {
			writes = append(writes, table.Write{
				Key: table.Key{Partition: partition, Sort: sort},
				Put: table.Item{text("is", partition+sort)},
			})
		}
		s.write(t, writes...)
	}
}

func (s suite) queryFollowsTheOrderOfSortKeys(t *testing.T) {
	partition := fresh("P")
	s.fill(t, partition, "B#2", "A#1", "B#10", "A", "C#é", "B#1", "A#2", "AB#1", "C#z", "B#1#1")
	for _, test := range []struct {
		query table.Query
		want  string
	}{
		{table.Query{}, "A A#1 A#2 AB#1 B#1 B#1#1 B#10 B#2 C#z C#é"},
		{table.Query{Descending: true}, "C#é C#z B#2 B#10 B#1#1 B#1 AB#1 A#2 A#1 A"},
		{table.Query{Limit: 3}, "A A#1 A#2"},
		{table.Query{Limit: 3, Descending: true}, "C#é C#z B#2"},
		{table.Query{Limit: 10}, "A A#1 A#2 AB#1 B#1 B#1#1 B#10 B#2 C#z C#é"},
		{table.Query{Prefix: "A#"}, "A#1 A#2"},
		{table.Query{Prefix: "A#", Descending: true}, "A#2 A#1"},
		{table.Query{Prefix: "B#1"}, "B#1 B#1#1 B#10"},
		{table.Query{Prefix: "B#1", Descending: true}, "B#10 B#1#1 B#1"},
		{table.Query{Prefix: "C#", Descending: true}, "C#é C#z"},
		{table.Query{Prefix: "B#", Limit: 2, Descending: true}, "B#2 B#10"},
		{table.Query{Prefix: "D#"}, ""},
		{table.Query{Prefix: "D#", Descending: true}, ""},
		{table.Query{Prefix: "0"}, ""},
		{table.Query{Prefix: "0", Descending: true}, ""},
		{table.Query{After: "A#2"}, "AB#1 B#1 B#1#1 B#10 B#2 C#z C#é"},
		{table.Query{After: "A#2", Descending: true}, "A#1 A"},
		{table.Query{Prefix: "B#", After: "B#1"}, "B#1#1 B#10 B#2"},
		{table.Query{Prefix: "B#", After: "B#10", Limit: 1}, "B#2"},
		{table.Query{Prefix: "B#", After: "B#2"}, ""},
		{table.Query{Prefix: "B#", After: "B#10", Descending: true}, "B#1#1 B#1"},
		{table.Query{Prefix: "B#", After: "B#10", Descending: true, Limit: 1}, "B#1#1"},
		{table.Query{Prefix: "B#", After: "B#1", Descending: true}, ""},
		{table.Query{Prefix: "B#", After: "B#1#5"}, "B#10 B#2"}, // which is not there
		{table.Query{Prefix: "B#", After: "B#3", Descending: true}, "B#2 B#10 B#1#1 B#1"},
	} {
		q := test.query
		q.Partition = partition
		if q.Limit == 0 {
			q.Limit = 100
		}
		if got := strings.Join(s.sorts(t, q), " "); got != test.want {
			t.Errorf("%+v gives %q, want %q", test.query, got, test.want)
		}
	}
}

func (s suite) partitionsAreApart(t *testing.T) {
	partition := fresh("P")
	names := []string{partition, partition + "#", partition + "#a", partition + "a", partition[:len(partition)-1]}
	for n, name := range names {
		s.fill(t, name, "1", "2", "3"+strings.Repeat("x", n))
	}
	for n, name := range names {
		want := []string{"1", "2", "3" + strings.Repeat("x", n)}
		if got := s.sorts(t, table.Query{Partition: name, Limit: 9}); !slices.Equal(got, want) {
			t.Errorf("%s holds %v, want %v", name, got, want)
		}
		slices.Reverse(want)
		if got := s.sorts(t, table.Query{Partition: name, Limit: 9, Descending: true}); !slices.Equal(got, want) {
			t.Errorf("%s holds, backwards, %v, want %v", name, got, want)
		}
	}
	if got := s.sorts(t, table.Query{Partition: fresh("P"), Limit: 9}); len(got) > 0 {
		t.Errorf("a partition without items holds %v", got)
	}
}

func (s suite) queryReadsALongPartitionWhole(t *testing.T) {
	partition := fresh("P")
	sorts := make([]string, 200)
	for n := range sorts {
		sorts[n] = freshID()
	}
	s.fill(t, partition, sorts...)
	if got := s.sorts(t, table.Query{Partition: partition, Limit: 1000}); !slices.Equal(got, sorts) {
		t.Errorf("%d items, want %d: %v", len(got), len(sorts), got)
	}
	var paged []string
	for {
		q := table.Query{Partition: partition, Limit: 7, Descending: true}
		if len(paged) > 0 {
			q.After = paged[len(paged)-1]
		}
		page := s.sorts(t, q)
		if paged = append(paged, page...); len(page) < q.Limit {
			break
		}
	}
	slices.Reverse(paged)
	if !slices.Equal(paged, sorts) {
		t.Errorf("in pages, backwards: %d items, want %d: %v", len(paged), len(sorts), paged)
	}
}
