// Package record gathers in memory what tokens are used for and writes it down:
// a token's first use at once, later ones when the last writing is a minute old
// or more, and all of it before the program ends.
//
// A request takes some hundred nanoseconds to note. Writing is for whoever has
// the time: a Lambda function does it before it answers, since it is frozen
// afterwards, and a server beside its requests.
package record

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

// Store keeps usage.
type Store interface {
	// AddUsage adds to rows, of which no two have the same key, and tells what
	// became of each.
	AddUsage(ctx context.Context, additions []usage.Addition) []usage.Added
}

// Config is what a Recorder works with.
type Config struct {
	Store Store
	Now   func() time.Time
	// Batch is how many rows are written together at most, and Patience how long
	// that may take. What is left is for the next time.
	Batch    int
	Patience time.Duration
	// Tokens bounds how many tokens are remembered. What others are used for while
	// so many wait to be written is lost.
	Tokens int
}

// ForFunctions are bounds for a function that writes while a request waits: its
// memory is small, and a request is not to be seen to wait.
func ForFunctions(store Store, now func() time.Time) Config {
	return Config{Store: store, Now: now, Batch: 25, Patience: 200 * time.Millisecond, Tokens: 20_000}
}

const (
	// interval is how old the last writing of a row is when it is written again.
	interval = time.Minute
	// pause is how long a row is not tried again that could not be written, and
	// nothing at all after a time when all of it failed.
	pause = 5 * time.Second
)

// Recorder gathers and writes. Safe for concurrent use.
type Recorder struct {
	Config
	writing sync.Mutex   // held by whoever writes
	due     atomic.Int64 // when something is to be written, in milliseconds since 1970

	mu       sync.Mutex
	tallies  map[key]*tally
	resumeAt int64 // nothing is due before
	lost     int64 // requests that were not counted
}

// key is a usage.Key that costs little to look up: all of it lies in one place.
type key struct {
	token         [24]byte // an id has 22 characters
	retiringSince int64    // milliseconds since 1970; 0: it does not retire
	day           usage.Day
	dead          bool
}

// New makes a Recorder.
func New(c Config) *Recorder {
	r := &Recorder{Config: c, tallies: map[key]*tally{}}
	r.due.Store(math.MaxInt64)
	return r
}

// Note counts a use.
func (r *Recorder) Note(u usage.Use) {
	k := key{day: usage.DayOf(u.At), dead: u.Outcome == usage.Reused}
	copy(k.token[:], u.Token)
	if !u.RetiringSince.IsZero() && !k.dead {
		k.retiringSince = u.RetiringSince.UnixMilli()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tallies[k]
	if t == nil {
		if len(r.tallies) >= r.Tokens && r.forget() == 0 {
			r.lost++
			return
		}
		t = newTally(k, &u)
		r.tallies[k] = t
	}
	t.note(&u)
	if !t.waits {
		t.waits = true
		r.due.Store(max(min(r.due.Load(), t.dueAt), r.resumeAt))
	}
}

// forget drops the tallies that have nothing to write, and gives their number.
func (r *Recorder) forget() (n int) {
	for k, t := range r.tallies {
		if !t.waits && !t.written {
			delete(r.tallies, k)
			n++
		}
	}
	return n
}
