package record

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

// ErrLost means that uses were not counted: more tokens waited to be written
// than are remembered.
var ErrLost = errors.New("usage was lost")

// Flush writes what is due, if somebody is not at it already. Nobody depends on
// it: what fails is tried again later, and costs the caller no more than
// [Config.Patience].
func (r *Recorder) Flush(ctx context.Context) error {
	now := r.Now()
	if now.UnixMilli() < r.due.Load() || !r.writing.TryLock() {
		return nil
	}
	defer r.writing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	_, err := r.write(ctx, now, now.UnixMilli())
	return errors.Join(err, r.tellLost())
}

// Close writes all that waits, due or not, as far as ctx lets it. What is noted
// later waits for another Close.
func (r *Recorder) Close(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	var errs []error
	for more := true; more; {
		var err error
		more, err = r.write(ctx, r.Now(), math.MaxInt64)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, r.tellLost())...)
}

// Due reports whether something is to be written.
func (r *Recorder) Due() bool { return r.Now().UnixMilli() >= r.due.Load() }

// write writes a batch of what is due by an instant, and tells whether there is
// more of it and reason to go on.
func (r *Recorder) write(ctx context.Context, now time.Time, by int64) (more bool, err error) {
	tallies, additions, more := r.take(now, by)
	if len(tallies) == 0 {
		return false, nil
	}
	added := r.Store.AddUsage(ctx, additions)
	failed, err := r.settle(now.UnixMilli(), tallies, additions, added)
	return more && failed < len(tallies), err
}

// take gives a batch of what is due, and forgets days that are over.
func (r *Recorder) take(now time.Time, by int64) (tallies []*tally, additions []usage.Addition, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	today := usage.DayOf(now)
	next := int64(math.MaxInt64)
	for k, t := range r.tallies {
		switch {
		case !t.waits && t.key.day < today:
			delete(r.tallies, k)
		case !t.waits:
		case t.dueAt <= by && len(tallies) < r.Batch:
			tallies, additions = append(tallies, t), append(additions, t.take())
		default:
			more = more || t.dueAt <= by
			next = min(next, t.dueAt)
		}
	}
	r.due.Store(next)
	return tallies, additions, more
}

// settle notes what became of a batch, and counts what failed.
func (r *Recorder) settle(now int64, tallies []*tally, additions []usage.Addition, added []usage.Added) (failed int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	due := r.due.Load()
	for n, t := range tallies {
		t.written = false
		t.dueAt = now + interval.Milliseconds()
		if added[n].Err != nil {
			// Not at once: one row that can't be written must not keep the others
			// waiting.
			t.dueAt = now + pause.Milliseconds()
		}
		if added[n].Done {
			t.keep(additions[n], added[n])
		} else {
			t.giveBack(additions[n])
			failed++
		}
		if err == nil {
			err = added[n].Err
		}
		if t.waits {
			due = min(due, t.dueAt)
		}
	}
	r.resumeAt = 0
	if failed == len(tallies) {
		for _, t := range tallies {
			t.dueAt = now
		}
		r.resumeAt = now + pause.Milliseconds()
		due = r.resumeAt
	}
	r.due.Store(due)
	if err != nil {
		err = fmt.Errorf("write the usage of %d rows, of which %d wait on: %w", len(tallies), failed, err)
	}
	return failed, err
}

// tellLost tells once of what was lost since it was told last.
func (r *Recorder) tellLost() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost == 0 {
		return nil
	}
	lost := r.lost
	r.lost = 0
	return fmt.Errorf("%w: %d requests", ErrLost, lost)
}
