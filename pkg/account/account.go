// Package account is what the integrations of an account have in common: its
// settings, and the people who see and manage them.
//
// As with an integration, every transition is a pure function to a [Change],
// which carries the audit facts with it.
package account

import (
	"errors"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// Refusals.
var (
	// ErrNoMember means that nobody of that id is known in the account.
	ErrNoMember = errors.New("no such member")
	// ErrLastManager means that nobody would be left who may manage.
	ErrLastManager = errors.New("the last manager's right can't be taken")
)

// Role is what a user is in an account, as the identity provider says.
type Role string

// The roles.
const (
	RoleAdmin Role = "admin"
	RoleStaff Role = "staff"
)

// Permission is what a user may do with the integrations of an account.
type Permission string

// The permissions, each of which includes those before it.
const (
	None   Permission = "none"
	View   Permission = "view"
	Manage Permission = "manage"
)

// Permissions lists them, from the least to the most.
var Permissions = []Permission{None, View, Manage}

// Allows reports whether who has p may do what needs need.
func (p Permission) Allows(need Permission) bool {
	switch need {
	case View:
		return p == View || p == Manage
	case Manage:
		return p == Manage
	}
	return false
}

// Account is the state of an account. It exists for whoever belongs to it,
// whether or not anything has been stored of it.
type Account struct {
	ID      string
	Seq     int64     // number of its newest fact; what a write is conditional on
	Head    fact.Hash // of that fact; empty if it was written before there were hashes
	Version int64     // moves when settings change; the ETag
	Settings
	UpdatedAt time.Time // when settings changed last; zero: they never did
	// UntoldSince is since when its integrations go by another policy than these
	// settings; zero: they know it.
	UntoldSince time.Time
}

// New is what an account is before anybody has changed anything.
func New(id string) Account { return Account{ID: id, Version: 1, Settings: Defaults} }

// Change is one transition with all that has to be written for it, at once or
// not at all.
type Change struct {
	Before Account
	After  Account
	Facts  []fact.Fact
	Member *Member // whose stored permission is changed, if one's is
	Denial *Denial // of which the first fact is among Facts, if it is one
	Again  int64   // the number of the fact whose count goes up by one; 0: none
}

// Empty reports whether there is nothing to write.
func (c Change) Empty() bool {
	return len(c.Facts) == 0 && c.Again == 0 && c.Before.UntoldSince.Equal(c.After.UntoldSince)
}

// never is an age that no token reaches.
const never = 100 * 365 * day

// Policy is what the settings ask of tokens. While the feature is off nobody can
// rotate a token: no rotation is due then, and no idle token is ended.
func (s Settings) Policy() integration.Policy {
	p := integration.Policy{ReminderAge: s.ReminderAge, QuietFor: s.QuietFor, IdleAfter: s.IdleAfter}
	if !s.PrivateIntegrations {
		p.ReminderAge, p.IdleAfter = never, 0
	}
	return p
}

// Tell notes that every integration knows the settings. No fact tells of it.
func (a Account) Tell() Change {
	c := Change{Before: a, After: a}
	c.After.UntoldSince = time.Time{}
	return c
}

// fact adds f, completed with what all facts of the change have in common, and
// linked to the one before it.
func (c *Change) fact(f fact.Fact, by fact.Actor, now time.Time) {
	c.After.Seq++
	f.Account, f.Seq, f.Actor, f.At = c.After.ID, c.After.Seq, by, integration.Instant(now)
	f = fact.Link(c.After.Head, f)
	c.After.Head = f.Hash
	c.Facts = append(c.Facts, f)
}
