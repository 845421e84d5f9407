package usage

import "time"

// Report is what some tokens were used for over some days.
type Report struct {
	Days       []DayCount // each day that was asked for, oldest first
	Operations []Count    // of requests that passed, most first
	Scopes     []Count    // those that let them pass, most first
	Callers    []Seen     // of all requests of living tokens, most first
	Others     Others
	LastUsedAt time.Time // zero: not within these days
}

// DayCount is how often tokens were used on a day.
type DayCount struct {
	Day     Day
	Passed  int64
	Refused int64 // of living tokens
	Reused  int64 // of dead ones
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
	Count  int64
	LastAt time.Time
}

// Others is how much was counted without its name: of each token and day a
// bounded number of names is kept.
type Others struct{ Operations, Scopes, Callers int64 }
