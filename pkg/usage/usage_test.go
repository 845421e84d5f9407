package usage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

func TestCallersAreCutToWhatCanBeShown(t *testing.T) {
	for agent, want := range map[string]string{
		"":                                "",
		"curl/8.5.0 (x; \"y\")":           "curl/8.5.0 (x; \"y\")",
		"a\x00b\r\nc\x7f\u202ed":          "a b  c  d",
		strings.Repeat("x", 150):          strings.Repeat("x", usage.MaxAgent),
		strings.Repeat("x", 99) + "é":     strings.Repeat("x", 99),
		strings.Repeat("x", 98) + "é etc": strings.Repeat("x", 98) + "é",
	} {
		got := usage.NewCaller("2001:db8::1", agent)
		if got != (usage.Caller{Address: "2001:db8::1", Agent: want}) {
			t.Errorf("%q becomes %+v, want %q", agent, got, want)
		}
	}
}

func TestDayIsTheOneInUTC(t *testing.T) {
	for text, want := range map[string]string{
		"2027-03-01T00:00:00Z": "2027-03-01", "2027-03-01T23:59:59.999Z": "2027-03-01",
		"2027-03-01T00:30:00+02:00": "2027-02-28", "1969-12-31T23:59:59Z": "1969-12-31", "1970-01-01T00:00:00Z": "1970-01-01",
	} {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		day := usage.DayOf(at)
		if day.String() != want || usage.DayOf(day.Start()) != day || at.Before(day.Start()) || !at.Before((day + 1).Start()) {
			t.Errorf("%s is on %s, want %s", text, day, want)
		}
	}
}
