package bolt

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/private-integrations/private-integrations/pkg/table"
)

func sampleItem() table.Item {
	return table.Item{
		{Name: "text", Kind: table.String, Text: "Zoë"},
		{Name: "bytes", Kind: table.Binary, Text: "\x00\xff\x80"},
		{Name: "least", Kind: table.Number, Number: math.MinInt64},
		{Name: "most", Kind: table.Number, Number: math.MaxInt64},
		{Name: "list", Kind: table.List, List: []string{"b", "", "a"}},
		{Name: "", Kind: table.List},
	}
}

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	for name, item := range map[string]table.Item{
		"every kind": sampleItem(), "empty": {}, "long": {{Name: "x", Kind: table.String, Text: strings.Repeat("y", 1<<20)}},
	} {
		key := []byte("P\x00" + name)
		got, err := readRecord(key, appendRecord(nil, key, item))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(item, got, cmpopts.EquateEmpty()); diff != "" || got == nil {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRecordIsAppendedBehindWhatIsThere(t *testing.T) {
	key := []byte("P\x00S")
	got := appendRecord([]byte("head"), key, sampleItem())
	if want := "head" + string(appendRecord(nil, key, sampleItem())); string(got) != want {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestRecordUnderAnotherKeyIsDamaged(t *testing.T) {
	record := appendRecord(nil, []byte("P\x00S"), sampleItem())
	if _, err := readRecord([]byte("P\x00T"), record); !errors.Is(err, table.ErrDamaged) {
		t.Error(err)
	}
}

// sum writes the checksum that body asks for before it.
func sum(key []byte, body string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, checksum(key, []byte(body))), body...)
}

func TestRecordThatFitsItsChecksumAndNothingElseIsDamaged(t *testing.T) {
	key := []byte("P\x00S")
	for name, body := range map[string]string{
		"nothing":                  "",
		"one attribute missing":    "\x02S\x01a\x01b",
		"more than it counts":      "\x01S\x01a\x01b!",
		"unknown kind":             "\x01X\x01a\x01b",
		"text longer than the end": "\x01S\x01a\x7fb",
		"count of all there is":    "\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
		"count without end":        strings.Repeat("\xff", 20),
		"list longer than the end": "\x01L\x01a\xff\xff\xff\x7f",
		"number without end":       "\x01N\x01a" + strings.Repeat("\x80", 12),
		"number missing":           "\x01N\x01a",
	} {
		item, err := readRecord(key, sum(key, body))
		if !errors.Is(err, table.ErrDamaged) || !strings.Contains(err.Error(), "P/S") || item != nil {
			t.Errorf("%s: %v, %v", name, item, err)
		}
	}
	if _, err := readRecord(key, []byte{1, 2, 3}); !errors.Is(err, table.ErrDamaged) {
		t.Error(err)
	}
}

// FuzzRecord reads garbage that fits its checksum. What can be read at all is
// read the same once it is written again.
func FuzzRecord(f *testing.F) {
	key := []byte("P\x00S")
	f.Add(appendRecord(nil, key, sampleItem())[checksumSize:])
	f.Add(appendRecord(nil, key, itemOf(itemKey(1, 1)))[checksumSize:])
	f.Add([]byte("\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = readRecord(key, body) // as it is: no more than that it never panics
		item, err := readRecord(key, sum(key, string(body)))
		if err != nil {
			if !errors.Is(err, table.ErrDamaged) || item != nil {
				t.Fatalf("%v, %v", item, err)
			}
			return
		}
		again, err := readRecord(key, appendRecord(nil, key, item))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(item, again); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
}

// FuzzItem writes items of any content.
func FuzzItem(f *testing.F) {
	f.Add("P", "S", "name", "text", int64(-1), "a", "b")
	f.Add("", "", "", "", int64(math.MinInt64), "", "\x00\xff")
	f.Fuzz(func(t *testing.T, partition, sort, name, text string, number int64, one, two string) {
		key := keyOf(table.Key{Partition: partition, Sort: sort})
		if !plausible(key, 0) {
			return
		}
		item := table.Item{
			{Name: name, Kind: table.String, Text: text}, {Name: text, Kind: table.Number, Number: number},
			{Name: one, Kind: table.Binary, Text: two}, {Name: two, Kind: table.List, List: []string{one, two, text}},
		}
		got, err := readRecord(key, appendRecord(nil, key, item))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(item, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
