package manage

import (
	"context"
	"errors"
	"fmt"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// Caller is who asks, as the identity provider has vouched for.
type Caller struct {
	fact.Actor
	Issuer string                  // within which Actor.ID is unique
	Roles  map[string]account.Role // by account
}

// member is the caller as a member of an account.
func (s *Service) member(c Caller, id string) account.Member {
	return account.Member{
		Account: id, ID: account.MemberID(c.Issuer, c.ID), Issuer: c.Issuer, Subject: c.ID,
		Email: c.Email, Role: c.Roles[id], SeenAt: s.now(),
	}
}

// What operations need.
const (
	toView   = account.View
	toManage = account.Manage
)

// permit checks that the caller may do an operation on integrations or tokens
// of an account: it has to be theirs, with the feature on and the permission.
// An account that the caller does not belong to answers as one that does not
// exist; any other denial is recorded before it is answered.
func (s *Service) permit(ctx context.Context, c Caller, id string, need account.Permission, operation string) (account.Account, error) {
	return s.admit(ctx, c, id, operation, func(a account.Account, m account.Member) error {
		switch {
		case !a.PrivateIntegrations:
			return ErrFeatureDisabled
		case !m.Permission().Allows(need):
			return ErrForbidden
		}
		return nil
	})
}

// Permit checks whether the caller may do an operation on integrations or
// tokens of an account, for pages that only lead to it. The operation itself
// asks again. Errors: integration.ErrNotFound, [ErrForbidden],
// [ErrFeatureDisabled].
func (s *Service) Permit(ctx context.Context, c Caller, id string, need account.Permission, operation string) error {
	_, err := s.permit(ctx, c, id, need, operation)
	return err
}

// administer checks that the caller may decide about an account's people and
// settings: that is for its admins, whatever they may do with integrations, so
// that a right can be given back and the feature be switched on again.
func (s *Service) administer(ctx context.Context, c Caller, id, operation string) (account.Account, error) {
	return s.admit(ctx, c, id, operation, func(_ account.Account, m account.Member) error {
		if m.Role != account.RoleAdmin {
			return ErrForbidden
		}
		return nil
	})
}

// admit lets the caller through if rule gives no error, and records the denial
// if it does. What it goes by is read anew each time, so that what is decided
// about people holds from the next request on.
func (s *Service) admit(ctx context.Context, c Caller, id, operation string,
	rule func(account.Account, account.Member) error,
) (account.Account, error) {
	a, m, err := s.meet(ctx, c, id)
	if err != nil {
		return account.Account{}, err
	}
	denied := rule(a, m)
	if denied == nil {
		return a, nil
	}
	if err := s.recordDenial(ctx, c, m, operation, denied); err != nil {
		return account.Account{}, fmt.Errorf("record that %s was denied: %w", operation, err)
	}
	return account.Account{}, denied
}

// meet reads the account, and notes the caller as a member of it. Error:
// integration.ErrNotFound for who does not belong to it.
func (s *Service) meet(ctx context.Context, c Caller, id string) (account.Account, account.Member, error) {
	if _, belongs := c.Roles[id]; !belongs {
		return account.Account{}, account.Member{}, integration.ErrNotFound
	}
	caller := s.member(c, id)
	a, known, err := s.Store.Known(ctx, id, caller.ID)
	if err != nil {
		return account.Account{}, account.Member{}, err
	}
	m, news := caller.Met(known)
	if news {
		err = s.Store.Meet(ctx, m)
	}
	return a, m, err
}

// errCrowded means that a denial lost every race. It is a fault, not the
// conflict of somebody's edit.
var errCrowded = errors.New("too many others write at the same time")

// recordDenial writes down that m was denied an operation.
func (s *Service) recordDenial(ctx context.Context, c Caller, m account.Member, operation string, denied error) error {
	why := "forbidden"
	if errors.Is(denied, ErrFeatureDisabled) {
		why = "feature_disabled"
	}
	err := s.changeAccount(ctx, m.Account, func(a account.Account) (account.Change, error) {
		last, err := s.Store.Denial(ctx, m.Account, m.ID, operation)
		if err != nil {
			return account.Change{}, err
		}
		return a.Deny(last, m, operation, why, c.Actor, s.now()), nil
	})
	if errors.Is(err, integration.ErrConflict) {
		return errCrowded
	}
	return err
}

// changeAccount works out a transition on the account as it is and writes it,
// again from the start if another was faster.
func (s *Service) changeAccount(ctx context.Context, id string, transition func(account.Account) (account.Change, error)) error {
	for range attempts {
		a, err := s.Store.Account(ctx, id)
		if err != nil {
			return err
		}
		c, err := transition(a)
		if err != nil || c.Empty() {
			return err
		}
		if err := s.Store.CommitAccount(ctx, c); !errors.Is(err, integration.ErrConflict) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return integration.ErrConflict
}
