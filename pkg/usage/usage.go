// Package usage is what tokens are used for: how often, on which operations,
// with which scopes, by whom and when last. It is gathered by whoever decides on
// requests, kept by token and day, and tells admins whether an old token is
// still needed and which scopes are not.
package usage

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Use is one request that came with a token's right secret.
type Use struct {
	Token       token.ID
	Account     string
	Integration string
	At          time.Time
	// RetiringSince is when the token began to retire; zero if it does not. What
	// it is used for since then is counted apart.
	RetiringSince time.Time
	Outcome       Outcome
	Operation     string    // method and template, "GET /contacts/{contactId}"; of requests that passed
	Scopes        scope.Set // those that let it pass
	Caller        Caller
}

// Outcome is what became of a request.
type Outcome int

// The outcomes.
const (
	Passed  Outcome = iota
	Refused         // of a living token: it lacks a scope, or the route is not known
	Reused          // the token is dead
)

// Caller is where a request came from and what sent it.
type Caller struct {
	Address string
	Agent   string // the User-Agent header, cut to [MaxAgent] bytes
}

// MaxAgent is how much of a User-Agent header is kept.
const MaxAgent = 100

// NewCaller makes a Caller of what a request says, which may be anything.
func NewCaller(address, agent string) Caller {
	if len(agent) > MaxAgent {
		end := MaxAgent
		for !utf8.RuneStart(agent[end]) {
			end--
		}
		agent = agent[:end]
	}
	return Caller{printable(address), printable(agent)}
}

// printable is text as it can be shown on one line.
func printable(text string) string {
	for n := range len(text) {
		if text[n] < ' ' || text[n] > '~' {
			return strings.Map(shown, text)
		}
	}
	return text // nearly always: this is on the way of each request
}

func shown(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// Day is a day in UTC, as the number of days since 1970-01-01.
type Day int32

// DayOf is the day of an instant.
func DayOf(t time.Time) Day {
	seconds := t.Unix()
	day := seconds / secondsOfDay
	if seconds%secondsOfDay < 0 {
		day--
	}
	return Day(day)
}

const secondsOfDay = 24 * 60 * 60

// Start is the day's first instant.
func (d Day) Start() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// String is the day as RFC 3339 has it: 2026-11-03.
func (d Day) String() string { return d.Start().Format(time.DateOnly) }
