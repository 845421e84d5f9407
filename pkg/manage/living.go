package manage

import (
	"context"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// LivingTokens counts the tokens of an account that are usable now. It is for
// those who decide whether the feature is switched off, so it answers in that
// case too. Errors: integration.ErrNotFound, [ErrForbidden].
func (s *Service) LivingTokens(ctx context.Context, c Caller, id string) (int, error) {
	if _, err := s.administer(ctx, c, id, "count-tokens"); err != nil {
		return 0, err
	}
	living := 0
	now := s.now()
	for after := ""; ; {
		all, err := s.Store.Integrations(ctx, id, after, stride)
		if err != nil {
			return 0, err
		}
		for _, i := range all {
			living += tokens(i, now)
		}
		if len(all) < stride {
			return living, nil
		}
		after = all[len(all)-1].ID
	}
}

// tokens is how many tokens of i are usable at now.
func tokens(i integration.Integration, now time.Time) int {
	living := 0
	i = i.At(now)
	if i.Current != nil {
		living++
	}
	if i.Retiring != nil {
		living++
	}
	return living
}
