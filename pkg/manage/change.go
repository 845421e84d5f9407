package manage

import (
	"context"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// Each method here needs the right to manage and returns the integration as it
// then stands. Their errors are integration.ErrNotFound, [ErrForbidden],
// [ErrFeatureDisabled], [ErrVersion], integration.ErrConflict and those of the
// transition.

// Edit changes name, description and scopes and leaves the tokens as they are.
func (s *Service) Edit(ctx context.Context, c Caller, t Target, e integration.Edit) (View, error) {
	return s.apply(ctx, c, t, "edit-integration", func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Edit(e, s.Offer, c.Actor, now)
	})
}

// Delete ends every token and takes the integration out of lists and quota.
func (s *Service) Delete(ctx context.Context, c Caller, t Target) error {
	_, err := s.apply(ctx, c, t, "delete-integration", func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Delete(c.Actor, now), nil
	})
	return err
}

// Cancel ends the new token of an open window and makes the old one current
// again; if the new one has been used, only when forced.
func (s *Service) Cancel(ctx context.Context, c Caller, t Target, force bool) (View, error) {
	return s.apply(ctx, c, t, "cancel-rotation", func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Cancel(force, c.Actor, now)
	})
}

// Complete ends the old token of an open window and keeps the new one.
func (s *Service) Complete(ctx context.Context, c Caller, t Target) (View, error) {
	return s.apply(ctx, c, t, "complete-rotation", func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Complete(c.Actor, now)
	})
}

// MoveWindow moves the end of an open window.
func (s *Service) MoveWindow(ctx context.Context, c Caller, t Target, to time.Time) (View, error) {
	return s.apply(ctx, c, t, "move-rotation", func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.MoveWindow(integration.Instant(to), c.Actor, now)
	})
}

// Expire ends every token now.
func (s *Service) Expire(ctx context.Context, c Caller, t Target) (View, error) {
	return s.apply(ctx, c, t, "expire-tokens", func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.Expire(c.Actor, now)
	})
}

// SetExpiry sets or moves the current token's deadline; zero removes it.
func (s *Service) SetExpiry(ctx context.Context, c Caller, t Target, at time.Time) (View, error) {
	operation := "expire-tokens"
	if at.IsZero() {
		operation = "clear-expiry"
	}
	return s.apply(ctx, c, t, operation, func(i integration.Integration, now time.Time) (integration.Change, error) {
		return i.SetExpiry(integration.Instant(at), c.Actor, now)
	})
}

func (s *Service) apply(ctx context.Context, c Caller, t Target, operation string,
	transition func(i integration.Integration, now time.Time) (integration.Change, error),
) (View, error) {
	if _, err := s.permit(ctx, c, t.Account, toManage, operation); err != nil {
		return View{}, err
	}
	i, err := s.change(ctx, t, nil, transition)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, i, s.now())
}
