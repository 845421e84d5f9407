package usage

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is what some tokens were used for over some days.
type Report struct {
	Days       []DayCount // each day that was asked for, oldest first
	Count      int64      // requests that passed
	Refused    int64      // of living tokens
	Reused     int64      // requests with dead tokens
	Operations []Count    // of requests that passed, most first
	Scopes     []Count    // those that let them pass, most first
	Callers    []Seen     // of all requests of living tokens, most first
	Reusers    []Seen     // of requests with dead tokens
	Others     Others     // of living tokens
	LastUsedAt time.Time  // of a living token; zero: not within these days
	Partial    bool       // there were more tokens than are told of: older ones are left out
}

// DayCount is how often tokens were used on a day.
type DayCount struct {
	Day     Day
	Count   int64 // requests that passed
	Refused int64 // of living tokens
	Reused  int64 // requests with dead tokens
	// Operations are those of requests that passed; of some the name was not kept.
	Operations map[string]int64
}

// Count is how often something occurred, and the last day that it did.
type Count struct {
	Name  string
	Count int64
	Last  Day
}

// Seen is how often somebody called, and when last.
type Seen struct {
	Caller
	Calls
}

// Others is how much was counted without its name: of each token and day a
// bounded number of names is kept.
type Others struct{ Operations, Scopes, Callers int64 }

// Sum is the report of the rows that lie on the days from to to.
func Sum(rows []Row, from, to Day) Report {
	var r Report
	for day := from; day <= to; day++ {
		r.Days = append(r.Days, DayCount{Day: day})
	}
	operations, scopes := map[string]Count{}, map[string]Count{}
	callers, reusers := map[Caller]Calls{}, map[Caller]Calls{}
	for _, row := range rows {
		if row.Day < from || row.Day > to {
			continue
		}
		day := &r.Days[row.Day-from]
		if row.Dead {
			day.Reused += row.Count
			r.Reused += row.Count
			sumCalls(reusers, row)
			continue
		}
		day.Count += row.Count
		day.Refused += row.Refused
		r.Count += row.Count
		r.Refused += row.Refused
		r.Others.Operations += row.Others.Operations
		r.Others.Scopes += row.Others.Scopes
		r.Others.Callers += row.Others.Callers
		for name, n := range row.Operations {
			if day.Operations == nil {
				day.Operations = map[string]int64{}
			}
			day.Operations[name] += n
		}
		sumCounts(operations, row.Operations, row.Day)
		sumCounts(scopes, row.Scopes, row.Day)
		sumCalls(callers, row)
		r.LastUsedAt = later(r.LastUsedAt, row.LastAt)
	}
	r.Operations, r.Scopes = mostCounted(operations), mostCounted(scopes)
	r.Callers, r.Reusers = mostSeen(callers), mostSeen(reusers)
	return r
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func sumCounts(sums map[string]Count, counts map[string]int64, day Day) {
	for name, n := range counts {
		c := sums[name]
		sums[name] = Count{name, c.Count + n, max(c.Last, day)}
	}
}

func sumCalls(sums map[Caller]Calls, row Row) {
	for caller, calls := range row.Callers {
		c := sums[caller]
		sums[caller] = Calls{c.Count + calls.Count, later(c.LastAt, calls.LastAt)}
	}
}

func mostCounted(sums map[string]Count) []Count {
	return slices.SortedFunc(maps.Values(sums), func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
	})
}

func mostSeen(sums map[Caller]Calls) []Seen {
	seen := make([]Seen, 0, len(sums))
	for caller, calls := range sums {
		seen = append(seen, Seen{caller, calls})
	}
	slices.SortFunc(seen, func(a, b Seen) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Address, b.Address), strings.Compare(a.Agent, b.Agent))
	})
	return seen
}
