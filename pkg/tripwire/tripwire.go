// Package tripwire tells when a token is used that was ended: somebody holds what
// was thought to be gone. It alerts and never ends anything, since the use of an
// old copy says nothing about the new one, and whoever found the copy could
// otherwise stop a customer's programs with it.
package tripwire

import (
	"context"
	"errors"
	"fmt"
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
	by := newest(u)
	c, err := store.Credential(ctx, u.Token)
	switch {
	case errors.Is(err, integration.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !c.ReusedAt.IsZero() && by.At.Before(c.ReusedAt.Add(integration.ReuseSpan)):
		return nil
	}
	if by.Known, err = knows(ctx, store, c, by.Address); err != nil {
		return err
	}
	err = record(ctx, store, c, by, integration.Instant(now))
	if errors.Is(err, integration.ErrAlerted) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("record the use of dead token %s: %w", u.Token, err)
	}
	return nil
}

// newest is who used a token last, of those whose names are kept.
func newest(u usage.Row) fact.Caller {
	var (
		last usage.Caller
		at   time.Time
	)
	for caller, calls := range u.Callers {
		if calls.LastAt.After(at) || calls.LastAt.Equal(at) && caller.Address < last.Address {
			last, at = caller, calls.LastAt
		}
	}
	return fact.Caller{Address: last.Address, Agent: last.Agent, At: integration.Instant(u.LastAt)}
}

// knows reports whether an address had used a token while it lived.
func knows(ctx context.Context, store Store, c integration.Credential, address string) (bool, error) {
	rows, err := store.Usage(ctx, []token.ID{c.ID}, usage.DayOf(c.CreatedAt))
	for _, u := range rows {
		for caller := range u.Callers {
			if !u.Dead && caller.Address == address {
				return true, err
			}
		}
	}
	return false, err
}

func record(ctx context.Context, store Store, c integration.Credential, by fact.Caller, now time.Time) error {
	for range attempts {
		i, err := store.Integration(ctx, c.Account, c.Integration)
		if err != nil {
			return err
		}
		change := i.TellReuse(c.ID, by, now)
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
