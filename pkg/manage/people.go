package manage

import (
	"cmp"
	"context"
	"slices"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
)

// Accounts keeps what accounts have beside integrations.
type Accounts interface {
	// Account reads one; that of which nothing is stored is account.New.
	Account(ctx context.Context, id string) (account.Account, error)
	// Known reads an account, and what is known of a member of it: nil for
	// nothing.
	Known(ctx context.Context, id, member string) (account.Account, *account.Member, error)
	// Members reads all members of an account.
	Members(ctx context.Context, id string) ([]account.Member, error)
	// Meet writes what is known of a member, but for their stored permission.
	Meet(ctx context.Context, m account.Member) error
	// Denial reads the newest denial of an operation to a member; zero for none.
	Denial(ctx context.Context, id, member, operation string) (account.Denial, error)
	// AccountFacts reads up to limit facts of the account itself, newest first,
	// below the number before (0: from the newest).
	AccountFacts(ctx context.Context, id string, before int64, limit int) ([]fact.Fact, error)
	// CommitAccount writes a change at once or not at all. Error:
	// integration.ErrConflict.
	CommitAccount(ctx context.Context, c account.Change) error
}

// Access is what somebody may do in an account.
type Access struct {
	Role       account.Role
	Permission account.Permission
	Account    account.Account
}

// Access tells what the caller may do in an account, for menus to show no more
// than that, and makes them known there. That they may do nothing, or that the
// feature is off, is an answer too. Error: integration.ErrNotFound.
func (s *Service) Access(ctx context.Context, c Caller, id string) (Access, error) {
	a, m, err := s.meet(ctx, c, id)
	if err != nil {
		return Access{}, err
	}
	return Access{Role: m.Role, Permission: m.Permission(), Account: a}, nil
}

// Each method below is for the account's admins. Their errors are
// integration.ErrNotFound, [ErrForbidden] and those that they name.

// Members lists who has been seen in the account, by name.
func (s *Service) Members(ctx context.Context, c Caller, id string) ([]account.Member, error) {
	if _, err := s.administer(ctx, c, id, "list-members"); err != nil {
		return nil, err
	}
	all, err := s.Store.Members(ctx, id)
	slices.SortFunc(all, func(a, b account.Member) int {
		return cmp.Or(cmp.Compare(a.Name(), b.Name()), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// Member reads one member. Error: account.ErrNoMember.
func (s *Service) Member(ctx context.Context, c Caller, id, user string) (account.Member, error) {
	if _, err := s.administer(ctx, c, id, "get-member"); err != nil {
		return account.Member{}, err
	}
	if !account.IsMemberID(user) {
		return account.Member{}, account.ErrNoMember
	}
	_, known, err := s.Store.Known(ctx, id, user)
	switch {
	case err != nil:
		return account.Member{}, err
	case known == nil:
		return account.Member{}, account.ErrNoMember
	}
	return *known, nil
}

// SetPermission stores what a member may do, from the next request on. Errors:
// [*integration.Invalid], account.ErrNoMember, account.ErrLastManager,
// integration.ErrConflict.
func (s *Service) SetPermission(ctx context.Context, c Caller, id, user string, p account.Permission) (account.Member, error) {
	if _, err := s.administer(ctx, c, id, "set-permission"); err != nil {
		return account.Member{}, err
	}
	var member account.Member
	err := s.changeAccount(ctx, id, func(a account.Account) (account.Change, error) {
		members, err := s.Store.Members(ctx, id)
		if err != nil {
			return account.Change{}, err
		}
		change, err := a.Permit(members, user, p, c.Actor, s.now())
		if err == nil {
			member = *change.Member
		}
		return change, err
	})
	return member, err
}

// Settings reads the account's settings.
func (s *Service) Settings(ctx context.Context, c Caller, id string) (account.Account, error) {
	return s.administer(ctx, c, id, "get-settings")
}

// SetSettings changes the account's settings if it is in one of versions; nil
// for any. It returns the account as it then stands. Errors:
// [*integration.Invalid], [ErrVersion], integration.ErrConflict.
func (s *Service) SetSettings(ctx context.Context, c Caller, id string, versions []int64, e account.Edit) (account.Account, error) {
	if _, err := s.administer(ctx, c, id, "set-settings"); err != nil {
		return account.Account{}, err
	}
	var after account.Account
	err := s.changeAccount(ctx, id, func(a account.Account) (account.Change, error) {
		if versions != nil && !slices.Contains(versions, a.Version) {
			return account.Change{}, ErrVersion
		}
		change, err := a.Edit(e, c.Actor, s.now())
		after = change.After
		return change, err
	})
	return after, err
}

// AccountEvents lists the facts of the account itself, newest first, below the
// number before (0: from the newest), up to limit.
func (s *Service) AccountEvents(ctx context.Context, c Caller, id string, before int64, limit int) ([]fact.Fact, error) {
	if _, err := s.administer(ctx, c, id, "list-account-events"); err != nil {
		return nil, err
	}
	return s.Store.AccountFacts(ctx, id, before, limit)
}
