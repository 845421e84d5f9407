package runner

import (
	"errors"
	"sync"
	"time"
)

// Clock is the product's clock. It runs with real time until it is moved, and
// can be stopped at an instant, for those who try what happens at a deadline.
// It never goes back: what has been recorded would lie in the future.
type Clock struct {
	real    func() time.Time
	mu      sync.RWMutex
	offset  time.Duration
	stopped time.Time // zero: it runs
}

// newClock is a clock that shows begin now; real time, if that is zero.
func newClock(real func() time.Time, begin time.Time) *Clock {
	c := &Clock{real: real}
	if !begin.IsZero() {
		c.offset = begin.Sub(real())
	}
	return c
}

var (
	// ErrBackwards means that the clock was to be set to an instant before its
	// own.
	ErrBackwards = errors.New("the clock only goes forward")
	// ErrTooFar means that the clock was to be set to an instant from which a
	// [time.Duration] does not reach back to real time.
	ErrTooFar = errors.New("the clock goes to the year 2200 and no further")
)

// latest is the last instant that the clock is set to.
var latest = time.Date(2200, 12, 31, 23, 59, 59, 0, time.UTC)

// Now gives the clock's instant.
func (c *Clock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if !c.stopped.IsZero() {
		return c.stopped
	}
	return c.real().Add(c.offset)
}

// Advance moves the clock on by d. Errors: [ErrBackwards], [ErrTooFar].
func (c *Clock) Advance(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	t := now.Add(d)
	if err := forward(now, t); err != nil {
		return err
	}
	if c.stopped.IsZero() {
		c.offset += d
	} else {
		c.stopped = t
	}
	return nil
}

// Stop sets the clock to t and holds it there. Errors: [ErrBackwards],
// [ErrTooFar].
func (c *Clock) Stop(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := forward(c.now(), t); err != nil {
		return err
	}
	c.stopped = t
	return nil
}

// forward says why the clock can't go from now to t.
func forward(now, t time.Time) error {
	switch {
	case t.Before(now):
		return ErrBackwards
	case t.After(latest):
		return ErrTooFar
	}
	return nil
}

// Run lets a stopped clock run on from where it stands.
func (c *Clock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped.IsZero() {
		c.offset = c.stopped.Sub(c.real())
		c.stopped = time.Time{}
	}
}
