package storetest

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Everything offers every scope.
type Everything struct{}

// Has tells that it does.
func (Everything) Has(string) bool { return true }

// Mint makes up a new token as it is stored.
func Mint() integration.Minted {
	m := integration.Minted{ID: freshToken(), PepperVersion: 3}
	_, _ = rand.Read(m.MAC[:])
	return m
}

// ledger is what a store has to hold of one integration.
type ledger struct {
	After  integration.Integration
	Facts  []fact.Fact // oldest first
	Tokens map[token.ID]integration.Credential
}

// add enters a change that was committed.
func (l *ledger) add(c integration.Change) {
	l.After = c.After
	l.Facts = append(l.Facts, c.Facts...)
	if m := c.Minted; m != nil {
		if l.Tokens == nil {
			l.Tokens = map[token.ID]integration.Credential{}
		}
		l.Tokens[m.ID] = integration.Credential{
			ID: m.ID, Account: c.After.Account, Integration: c.After.ID,
			MAC: m.MAC, PepperVersion: m.PepperVersion, CreatedAt: c.After.Current.CreatedAt,
		}
	}
	for id, deadline := range c.After.Deadlines() {
		living := l.Tokens[id]
		living.Scopes, living.Deadline = c.After.Scopes, deadline
		if deadline.At.IsZero() {
			living.Deadline = integration.Deadline{}
		}
		l.Tokens[id] = living
	}
	for _, e := range c.Ended {
		dead := l.Tokens[e.ID]
		dead.Dead = integration.Deadline{At: e.At, Reason: e.Reason}
		l.Tokens[e.ID] = dead
	}
	if r := c.Reused; r != nil {
		dead := l.Tokens[r.Token]
		dead.ReusedAt = r.At
		l.Tokens[r.Token] = dead
	}
}

// check holds the store to the ledger.
func (l *ledger) check(t *testing.T, store *table.Store) {
	t.Helper()
	read, err := store.Integration(t.Context(), l.After.Account, l.After.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.After, read); diff != "" {
		t.Errorf("the integration (-want +got):\n%s", diff)
	}
	for id, want := range l.Tokens {
		got, err := store.Credential(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the token (-want +got):\n%s", diff)
		}
	}
	facts := factsOf(t, store, l.After.Account, l.After.ID)
	slices.Reverse(facts)
	if diff := cmp.Diff(l.Facts, facts); diff != "" {
		t.Errorf("the facts (-want +got):\n%s", diff)
	}
}

// factsOf reads all facts of an integration, newest first, in pages.
func factsOf(t *testing.T, store *table.Store, account, id string) []fact.Fact {
	t.Helper()
	const limit = 100
	var all []fact.Fact
	for before := int64(0); ; before = all[len(all)-1].Seq {
		page, err := store.Facts(t.Context(), account, id, before, limit)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, page...); len(page) < limit {
			return all
		}
	}
}

// CheckWhole holds a stored integration to what is true of each one whatever
// was done to it: its facts have no gap and end with its seq, and the items of
// its tokens say what the facts say of them. It answers the integration.
func CheckWhole(t *testing.T, store *table.Store, account, id string) integration.Integration {
	t.Helper()
	i, err := store.Integration(t.Context(), account, id)
	if err != nil {
		t.Fatal(err)
	}
	facts := factsOf(t, store, account, id)
	ended := map[token.ID]integration.Reason{}
	for n, f := range facts {
		if want := i.Seq - int64(n); f.Seq != want {
			t.Fatalf("%s has seq %d and %d facts, of which number %d has seq %d, want %d", id, i.Seq, len(facts), n, f.Seq, want)
		}
		if f.Type == fact.TokenEnded {
			ended[f.Token] = integration.Reason(f.Reason)
		}
	}
	if int64(len(facts)) != i.Seq {
		t.Fatalf("%s has seq %d and %d facts", id, i.Seq, len(facts))
	}
	var chain fact.Chain
	for _, f := range slices.Backward(facts) {
		if err := chain.Follow(f); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := chain.End(i.Seq, i.Head); err != nil || chain.Unchained > 0 {
		t.Errorf("%s: %v, %d facts without a hash", id, err, chain.Unchained)
	}
	living := i.Deadlines()
	for _, f := range facts {
		if f.Type != fact.TokenCreated {
			continue
		}
		c, err := store.Credential(t.Context(), f.Token)
		if err != nil {
			t.Fatalf("%s: the token that %s made: %v", id, f.ID(), err)
		}
		if deadline, lives := living[f.Token]; lives && !deadline.At.Equal(c.Deadline.At) {
			t.Errorf("%s: the token %s has the deadline %v, want %v", id, c.ID, c.Deadline, deadline)
		} else if c.Dead.Reason != ended[f.Token] || lives != c.Dead.At.IsZero() {
			t.Errorf("%s: the token %s is dead by %+v, its facts say %q, lives: %v", id, c.ID, c.Dead, ended[f.Token], lives)
		}
	}
	return i
}

// wantsNoToken holds the store to know nothing of a token.
func wantsNoToken(t *testing.T, store *table.Store, id token.ID) {
	t.Helper()
	if c, err := store.Credential(t.Context(), id); !errors.Is(err, integration.ErrNotFound) {
		t.Errorf("the token %s: %+v, %v", id, c, err)
	}
}
