// Package remind tells people what they should know in time: that a token nears
// the age at which it should be rotated, that it will expire, that a grace
// window ends while the old token is in use, that a token is not used any more.
// Each thing is told once for each token, however often or late the schedule
// runs. An idle token is ended in the end, if the account wants that.
package remind

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Store finds what is due, tells what it depends on, and writes changes.
type Store interface {
	sweep.Store
	// DueAccounts calls visit with the accounts whose settings changed by until
	// and are not known to their integrations, and stops with its error. Some may
	// have been dealt with already.
	DueAccounts(ctx context.Context, until time.Time, visit func(account string) error) error
	// Account reads one; that of which nothing is stored is account.New.
	Account(ctx context.Context, id string) (account.Account, error)
	// CommitAccount writes a change at once or not at all. Error:
	// integration.ErrConflict.
	CommitAccount(ctx context.Context, c account.Change) error
	// Integrations reads up to limit of them, deleted ones too, newest first,
	// those older than before (empty: from the newest).
	Integrations(ctx context.Context, account, before string, limit int) ([]integration.Integration, error)
	// LastUses tells when tokens were last used, without those that were not.
	LastUses(ctx context.Context, ids []token.ID) (map[token.ID]time.Time, error)
}

// Run records what is due by now. It ends when ctx does, with what it has done
// by then; the error is a fault. A fault of one integration or account keeps no
// other waiting.
func Run(ctx context.Context, store Store, now time.Time) (sweep.Report, error) {
	r := &run{store, integration.Instant(now), map[string]integration.Policy{}}
	untold := r.tellSettings(ctx)
	report, err := sweep.Each(ctx, store, now, r.remind)
	return report, errors.Join(untold, err)
}

// run is one run of the schedule. It looks at the settings of each account once.
type run struct {
	store    Store
	now      time.Time
	policies map[string]integration.Policy
}

func (r *run) policy(ctx context.Context, id string) (integration.Policy, error) {
	if p, known := r.policies[id]; known {
		return p, nil
	}
	a, err := r.store.Account(ctx, id)
	if err != nil {
		return integration.Policy{}, err
	}
	r.policies[id] = a.Policy()
	return a.Policy(), nil
}

// remind is the transition of one integration, with what it depends on. When
// tokens were used is read anew only if something turns on it.
func (r *run) remind(ctx context.Context, i integration.Integration) (integration.Change, error) {
	var (
		look integration.Look
		err  error
	)
	if look.Policy, err = r.policy(ctx, i.Account); err != nil {
		return integration.Change{}, err
	}
	// A policy that is new to the integration may ask for what the old one did not.
	if known := i.Policy; known.IdleAfter != look.Policy.IdleAfter || i.NeedsUses(r.now) {
		var ids []token.ID
		for id := range i.Deadlines() {
			ids = append(ids, id)
		}
		if look.Uses, err = r.store.LastUses(ctx, ids); err != nil {
			return integration.Change{}, err
		}
	}
	return i.Remind(look, r.now), nil
}

// tellSettings brings the settings that have changed to the integrations, since
// what is due next depends on them. An account that fails is left for the next
// run, as is all that there is no time for.
func (r *run) tellSettings(ctx context.Context) error {
	var faults []error
	note := func(err error, what string) {
		if err != nil && ctx.Err() == nil {
			faults = append(faults, fmt.Errorf("%s: %w", what, err))
		}
	}
	err := r.store.DueAccounts(ctx, r.now, func(id string) error {
		note(r.tellAccount(ctx, id), "tell the integrations of "+id+" of its settings")
		return ctx.Err()
	})
	note(err, "find the accounts whose settings have changed")
	return errors.Join(faults...)
}

// tellAccount brings its settings to the integrations of an account.
func (r *run) tellAccount(ctx context.Context, id string) error {
	a, err := r.store.Account(ctx, id)
	if err != nil {
		return err
	}
	all, err := r.tellAll(ctx, id)
	if err != nil || !all {
		return err
	}
	// Who has changed them again meanwhile leaves it to the next run.
	if err := r.store.CommitAccount(ctx, a.Tell()); !errors.Is(err, integration.ErrConflict) {
		return err
	}
	return nil
}

// page is how many integrations are read at once.
const page = 100

// tellAll brings the settings to all integrations of an account, and tells
// whether it has: one that others are changing is left for the next run, and so
// is one that fails.
func (r *run) tellAll(ctx context.Context, id string) (all bool, err error) {
	var faults []error
	all = true
	for before := ""; ; {
		integrations, err := r.store.Integrations(ctx, id, before, page)
		if err != nil {
			return false, errors.Join(append(faults, err)...)
		}
		for _, i := range integrations {
			c, err := r.remind(ctx, i)
			if err == nil && !c.Empty() {
				err = r.store.Commit(ctx, c, 0, nil)
			}
			if err != nil {
				all = false
			}
			if err != nil && !errors.Is(err, integration.ErrConflict) {
				faults = append(faults, fmt.Errorf("%s of %s: %w", i.ID, id, err))
			}
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
		}
		if len(integrations) < page {
			return all, errors.Join(faults...)
		}
		before = integrations[len(integrations)-1].ID
	}
}
