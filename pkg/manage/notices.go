package manage

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/pkg/notice"
)

// Notices keeps what the people of accounts were told.
type Notices interface {
	// Notices reads up to limit notices of an account, newest first, those before
	// the place of one (empty: from the newest). Some may be older than they are
	// kept for.
	Notices(ctx context.Context, account, before string, limit int) ([]notice.Notice, error)
}

// maxPlace is longer than the place of any notice. What is longer is kept from
// the store, whose keys have a bound.
const maxPlace = 200

// Notices lists what the managers of an account were told, newest first, and
// tells what the next page follows (empty: there is none). Errors:
// integration.ErrNotFound, [ErrForbidden], [ErrFeatureDisabled].
func (s *Service) Notices(ctx context.Context, c Caller, account string, p Page) (notices []notice.Notice, next string, err error) {
	if _, err := s.permit(ctx, c, account, toView, "list-notices"); err != nil {
		return nil, "", err
	}
	if len(p.After) > maxPlace || !utf8.ValidString(p.After) {
		return nil, "", nil
	}
	notices, err = s.Store.Notices(ctx, account, p.After, p.Limit+1)
	if err != nil {
		return nil, "", err
	}
	oldest := s.now().Add(-notice.Age)
	notices = slices.DeleteFunc(notices, func(n notice.Notice) bool { return n.At.Before(oldest) })
	if len(notices) > p.Limit {
		notices = notices[:p.Limit]
		next = notices[p.Limit-1].Place()
	}
	return notices, next, nil
}
