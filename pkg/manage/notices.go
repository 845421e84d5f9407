package manage

import (
	"context"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/pkg/notice"
)

// Notices keeps what people were told.
type Notices interface {
	// Notices reads up to limit notices of an account, newest first, those before
	// the place of one (empty: from the newest). Some may be older than they are
	// kept for.
	Notices(ctx context.Context, account, before string, limit int) ([]notice.Notice, error)
}

// maxPlace is longer than the place of any notice. What is longer is kept from
// the store, whose keys have a bound.
const maxPlace = 200

// Notices lists what the managers of the account were told within
// [notice.Age], newest first, and tells what the next page follows (empty: there
// is none). Errors: integration.ErrNotFound, [ErrForbidden],
// [ErrFeatureDisabled].
func (s *Service) Notices(ctx context.Context, c Caller, account string, p Page) (all []notice.Notice, next string, err error) {
	if _, err := s.permit(ctx, c, account, toView, "list-notifications"); err != nil {
		return nil, "", err
	}
	if len(p.After) > maxPlace || !utf8.ValidString(p.After) {
		return nil, "", nil
	}
	all, err = s.Store.Notices(ctx, account, p.After, p.Limit+1)
	if err != nil {
		return nil, "", err
	}
	oldest := s.now().Add(-notice.Age)
	for n, one := range all {
		switch {
		case !one.At.After(oldest):
			return all[:n], "", nil
		case n == p.Limit:
			return all[:n], all[n-1].Place(), nil
		}
	}
	return all, "", nil
}
