package table

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

func TestUsageKeysAreReadBack(t *testing.T) {
	for _, k := range []usage.Key{
		{Token: "T", Day: usage.DayOf(begin)}, {Token: "T", Day: usage.DayOf(begin), RetiringSince: begin},
		{Token: "T", Day: usage.DayOf(begin), Dead: true}, {Token: "T#", Day: 0, RetiringSince: time.UnixMilli(1).UTC()},
	} {
		got, err := parseUsageKey(usageKey(k))
		if err != nil || got != k {
			t.Errorf("%s reads back as %+v, %v", usageKey(k), got, err)
		}
	}
	for _, k := range []Key{
		{"USAGE#T", "LAST"}, {"USAGE#T", "DAY#"}, {"USAGE#T", "DAY#2027-3-1"}, {"USAGE#T", "DAY#2027-02-30"}, {"USAGE#T", "DAY#2027-03-01#"},
		{"USAGE#T", "DAY#2027-03-01#1"}, {"USAGE#T", "DAY#2027-03-01#00000000000000x"}, {"TOKEN#T", "DAY#2027-03-01"}, {"USAGE#T", "2027-03-01"},
	} {
		if got, err := parseUsageKey(k); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s reads as %+v, %v", k, got, err)
		}
	}
}

// DynamoDB keeps items of up to 400 KB, and a write costs a unit for each KB.
func TestADayWithEveryNameThatIsKeptIsFarBelowWhatAnItemMayHave(t *testing.T) {
	row := usage.Row{
		Key: usage.Key{Token: "T", Day: usage.DayOf(begin)}, Account: "A", Integration: "I", FirstAt: begin, LastAt: begin,
		Operations: map[string]int64{}, Scopes: map[string]int64{}, Callers: map[usage.Caller]usage.Calls{},
	}
	for n := range usage.MaxOperations {
		row.Operations[fmt.Sprintf("DELETE /%s/%d", strings.Repeat("long-path/", 20), n)] = 1e9
	}
	for n := range usage.MaxScopes {
		row.Scopes[fmt.Sprintf("%s%d", strings.Repeat("s", 97), n)] = 1e9
	}
	for n := range usage.MaxCallers {
		row.Callers[usage.NewCaller("2001:db8:1234:5678:9abc:def0:1234:5678", fmt.Sprintf("%s%d", strings.Repeat("a", 97), n))] = usage.Calls{Count: 1e9, LastAt: begin}
	}
	a := &adding{Addition: &usage.Addition{Row: row, New: true}, became: &usage.Added{}, read: true}
	w := a.write()
	size := 0
	for name := range w.add {
		size += len(name) + 8
	}
	for _, attribute := range w.set {
		size += len(attribute.Name) + max(8, len(attribute.Text))
	}
	if names := len(w.add); size > 50_000 || names < 220 || len(w.conditions) > 25 {
		t.Errorf("%d bytes, %d names, %d conditions", size, names, len(w.conditions))
	}
}
