package usage_test

import (
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

// calls is a row in which one caller called, so many days ago.
func calls(ago int, dead bool, address string, n int64) usage.Row {
	at := start.Add(-time.Duration(ago) * day)
	row := usage.Row{Key: usage.Key{Day: usage.DayOf(at), Dead: dead}, Count: n, LastAt: at}
	if address != "" {
		row.Callers = map[usage.Caller]usage.Calls{usage.NewCaller(address, "x"): {Count: n, LastAt: at}}
	}
	return row
}

func TestReuseTellsOfTheLastCallerAndWhetherItIsAKnownOne(t *testing.T) {
	living := calls(9, false, "192.0.2.1", 5)
	for what, c := range map[string]struct {
		rows  []usage.Row
		want  usage.Reuse
		found bool
	}{
		"none":                            {[]usage.Row{living}, usage.Reuse{}, false},
		"by a thief":                      {[]usage.Row{living, calls(3, true, "192.0.2.1", 2), calls(1, true, "192.0.2.9", 3)}, usage.Reuse{usage.NewCaller("192.0.2.9", "x"), start.Add(-day), 5, false}, true},
		"by a program that was not moved": {[]usage.Row{living, calls(2, true, "192.0.2.9", 1), calls(1, true, "192.0.2.1", 3)}, usage.Reuse{usage.NewCaller("192.0.2.1", "x"), start.Add(-day), 4, true}, true},
		"by one of too many":              {[]usage.Row{living, calls(1, true, "", 3)}, usage.Reuse{At: start.Add(-day), Count: 3}, true},
	} {
		if got, found := usage.LastReuse(c.rows); found != c.found || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", what, got, found, c.want)
		}
	}
}
