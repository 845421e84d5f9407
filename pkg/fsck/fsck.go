// Package fsck checks that what is stored agrees with itself: that the audit
// trail is as it was recorded and tells of everything there is, that tokens are
// what their integrations say, that nothing lies in another account's place, and
// that indexes and counters fit. It changes nothing.
package fsck

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Store is what is checked. What can't be read, or lies where it does not
// belong, is among the faults that come with what can; an error ends the check.
type Store interface {
	// Accounts lists the accounts of which anything is stored.
	Accounts(ctx context.Context) ([]string, error)
	// Holding reads what is stored of an account.
	Holding(ctx context.Context, account string) (Holding, []Fault, error)
	// Tokens visits every token, dead ones too.
	Tokens(ctx context.Context, visit func(integration.Credential)) ([]Fault, error)
	// DueEntries visits every entry of the due index.
	DueEntries(ctx context.Context, visit func(account, id string, at time.Time)) ([]Fault, error)
}

// Holding is what is stored of one account.
type Holding struct {
	Account      account.Account
	Members      []account.Member
	Integrations []Stored
	Facts        map[string][]fact.Fact // by subject, from the oldest on
	Live         int64                  // how many integrations are counted against the quota
	// Tokens are those that integrations name as living.
	Tokens map[token.ID]integration.Credential
	// Timeline has the places that the index has; nil if it can't be read.
	Timeline []fact.Place
	Old      bool // there is no timeline index
}

// Stored is an integration and when its item says that something is due.
type Stored struct {
	integration.Integration
	Due time.Time
}

// Report is what a check has found.
type Report struct {
	Accounts     int
	Integrations int
	Tokens       int
	Facts        int
	// Unchained are facts from before there were hashes. Nothing vouches for them.
	Unchained int
	// Old means that there is no timeline index yet, since the data is of an older
	// format.
	Old    bool
	Faults []Fault
}

// Check checks all of a store. Heads, if not nil, are those of an earlier check,
// of which each has to be in its chain still; head is called with each chain's.
func Check(ctx context.Context, store Store, heads Heads, head func(Head)) (Report, error) {
	c := &check{heads: heads, head: head, due: map[name]time.Time{}, known: map[name]bool{}, named: map[token.ID]bool{}}
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return c.report, fmt.Errorf("list the accounts: %w", err)
	}
	for _, id := range accounts {
		h, faults, err := store.Holding(ctx, id)
		if err != nil {
			return c.report, fmt.Errorf("read account %s: %w", id, err)
		}
		c.add(faults...)
		c.account(h)
	}
	c.missingHeads()
	faults, err := store.Tokens(ctx, c.token)
	if err != nil {
		return c.report, fmt.Errorf("read the tokens: %w", err)
	}
	c.add(faults...)
	if faults, err = store.DueEntries(ctx, c.dueEntry); err != nil {
		return c.report, fmt.Errorf("read the due index: %w", err)
	}
	c.add(faults...)
	c.missingDue()
	slices.SortStableFunc(c.report.Faults, func(a, b Fault) int { return cmp.Compare(a.Where, b.Where) })
	return c.report, nil
}

// name is an integration's within the store.
type name struct{ account, id string }

func (n name) String() string { return where(n.account, n.id) }

// check is one under way.
type check struct {
	report Report
	heads  Heads
	head   func(Head)
	due    map[name]time.Time // when something is due, of those for which it is
	known  map[name]bool      // the integrations
	named  map[token.ID]bool  // the tokens that they name as living
}

func (c *check) add(faults ...Fault) { c.report.Faults = append(c.report.Faults, faults...) }

func (c *check) fault(kind Kind, where, what string, args ...any) {
	c.add(Fault{kind, where, fmt.Sprintf(what, args...)})
}

// account checks all that is stored of one account.
func (c *check) account(h Holding) {
	c.report.Accounts++
	live := int64(0)
	subjects := map[string]bool{own: true}
	for _, i := range h.Integrations {
		c.integration(h, i)
		subjects[i.ID] = true
		if !i.Deleted() {
			live++
		}
	}
	id := h.Account.ID
	c.chain(id, own, h.Facts[own], h.Account.Seq, h.Account.Head)
	c.members(h)
	for subject, facts := range h.Facts {
		if !subjects[subject] {
			c.fault(Chain, where(id, subject), "%d facts are there, and the integration is not", len(facts))
		}
	}
	if live != h.Live {
		c.fault(Quota, where(id, ""), "%d integrations are counted against the quota, and there are %d", h.Live, live)
	}
	c.timeline(h)
}

// timeline holds the index to the facts.
func (c *check) timeline(h Holding) {
	c.report.Old = c.report.Old || h.Old
	if h.Timeline == nil {
		return
	}
	at := where(h.Account.ID, "")
	missing := make(map[fact.Place]string, len(h.Timeline))
	for _, facts := range h.Facts {
		for _, f := range facts {
			missing[f.Place()] = f.Subject()
		}
	}
	for _, place := range h.Timeline {
		if _, found := missing[place]; !found {
			c.fault(Timeline, at, "the timeline has %s, where no fact is, or has it twice", place)
		}
		delete(missing, place)
	}
	for place, subject := range missing {
		c.fault(Timeline, where(h.Account.ID, subject), "the timeline lacks %s", place)
	}
}
