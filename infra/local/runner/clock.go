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

// ErrBackwards means that the clock was to be set to an instant before its own.
var ErrBackwards = errors.New("the clock only goes forward")

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

// Advance moves the clock on by d. Error: [ErrBackwards].
func (c *Clock) Advance(d time.Duration) error {
	if d < 0 {
		return ErrBackwards
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped.IsZero() {
		c.offset += d
	} else {
		c.stopped = c.stopped.Add(d)
	}
	return nil
}

// Stop sets the clock to t and holds it there. Error: [ErrBackwards].
func (c *Clock) Stop(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Before(c.now()) {
		return ErrBackwards
	}
	c.stopped = t
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
