// Package tripwire tells when a token is used that was ended: somebody holds what
// was thought to be gone. It alerts and never ends anything, since the use of an
// old copy says nothing about the new one, and whoever found the copy could
// otherwise stop a customer's programs with it.
package tripwire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// Store keeps integrations and their tokens.
type Store interface {
	// Credential reads what is stored of a token. Error: integration.ErrNotFound.
	Credential(ctx context.Context, id token.ID) (integration.Credential, error)
	// Usage reads what some tokens were used for from a day on.
	Usage(ctx context.Context, ids []token.ID, from usage.Day) ([]usage.Row, error)
	// Integration reads one, a deleted one too. Error: integration.ErrNotFound.
	Integration(ctx context.Context, account, id string) (integration.Integration, error)
	// Commit writes a change at once or not at all. Errors:
	// integration.ErrConflict, ErrAlerted.
	Commit(ctx context.Context, c integration.Change, max int, receipt *integration.Receipt) error
}

// attempts is how often a use is recorded anew that met other changes of the
// integration.
const attempts = 5

// Touch records the newest use of a dead token, which u tells of, as a fact of its
// integration: one for all uses within [integration.ReuseSpan]. What was recorded
// before is left at that, and so is the use of a token that nothing is known of
// any more.
func Touch(ctx context.Context, store Store, u usage.Row, now time.Time) error {
	last := integration.Instant(u.LastAt)
	c, err := store.Credential(ctx, u.Token)
	switch {
	case errors.Is(err, integration.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !c.ReusedAt.IsZero() && last.Before(c.ReusedAt.Add(integration.ReuseSpan)):
		return nil
	}
	rows, err := store.Usage(ctx, []token.ID{c.ID}, usage.DayOf(c.CreatedAt))
	if err != nil {
		return err
	}
	by := suspect(append(rows, u), c.ReusedAt, last)
	if by.At.After(last) { // what is stored may be newer than what led here
		last = by.At
	}
	err = record(ctx, store, c, by, last, integration.Instant(now))
	if errors.Is(err, integration.ErrAlerted) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("record the use of dead token %s: %w", u.Token, err)
	}
	return nil
}

// suspect is who is told of, of all who have used a dead token since it was told
// of last: the newest who had not used it while it lived, or else the newest. A
// program that was forgotten and calls all the time must not hide a thief. There
// may be no name of the newest, if more call on a day than names are kept of.
func suspect(rows []usage.Row, since, last time.Time) fact.Caller {
	known := map[string]bool{}
	for _, u := range rows {
		for caller := range u.Callers {
			known[caller.Address] = known[caller.Address] || !u.Dead
		}
	}
	var newest, stranger fact.Caller
	for _, u := range rows {
		if !u.Dead {
			continue
		}
		for caller, calls := range u.Callers {
			by := fact.Caller{Address: caller.Address, Agent: caller.Agent, Known: known[caller.Address], At: integration.Instant(calls.LastAt)}
			if !by.At.After(since) {
				continue
			}
			newest = later(newest, by)
			if !by.Known {
				stranger = later(stranger, by)
			}
		}
	}
	switch {
	case !stranger.At.IsZero():
		return stranger
	case newest.At.Before(last):
		return fact.Caller{At: last}
	}
	return newest
}

// later is the later of two callers; of one instant the first in the order of
// addresses.
func later(a, b fact.Caller) fact.Caller {
	if b.At.After(a.At) || b.At.Equal(a.At) && cmp.Or(strings.Compare(b.Address, a.Address), strings.Compare(b.Agent, a.Agent)) < 0 {
		return b
	}
	return a
}

func record(ctx context.Context, store Store, c integration.Credential, by fact.Caller, last, now time.Time) error {
	for range attempts {
		i, err := store.Integration(ctx, c.Account, c.Integration)
		if err != nil {
			return err
		}
		change := i.TellReuse(c.ID, by, last, now)
		if change.Reused == nil {
			return nil
		}
		if err := store.Commit(ctx, change, 0, nil); !errors.Is(err, integration.ErrConflict) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return integration.ErrConflict
}
