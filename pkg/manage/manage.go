// Package manage is what admins do with the integrations of their account. The
// API and the console stand on it alike, so every right is checked here and
// nowhere else.
package manage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// Store keeps integrations, and the accounts that they belong to.
type Store interface {
	Accounts
	Audits
	Notices
	// Integration reads one, a deleted one too. Error: integration.ErrNotFound.
	Integration(ctx context.Context, account, id string) (integration.Integration, error)
	// Integrations reads up to limit of them, deleted ones too, newest first,
	// those older than before (empty: from the newest).
	Integrations(ctx context.Context, account, before string, limit int) ([]integration.Integration, error)
	// Count tells how many integrations count against the account's quota.
	Count(ctx context.Context, account string) (int, error)
	// Facts reads up to limit facts, newest first, below the number before (0:
	// from the newest).
	Facts(ctx context.Context, account, id string, before int64, limit int) ([]fact.Fact, error)
	// FirstUses tells when tokens were first used, without those that were not.
	FirstUses(ctx context.Context, ids []token.ID) (map[token.ID]time.Time, error)
	// LastUses tells when tokens were last used, without those that were not. It
	// lags behind by a minute or more.
	LastUses(ctx context.Context, ids []token.ID) (map[token.ID]time.Time, error)
	// Usage reads what tokens were used for from a day on.
	Usage(ctx context.Context, ids []token.ID, from usage.Day) ([]usage.Row, error)
	// Credential reads what is stored of a token. Error: integration.ErrNotFound.
	Credential(ctx context.Context, id token.ID) (integration.Credential, error)
	// Receipt reads what was answered under an idempotency key. Error:
	// integration.ErrNotFound.
	Receipt(ctx context.Context, account, key string) (integration.Receipt, error)
	// Commit writes a change at once or not at all. Errors:
	// integration.ErrConflict, ErrNewTokenInUse, ErrQuota, ErrDuplicate.
	Commit(ctx context.Context, c integration.Change, max int, receipt *integration.Receipt) error
}

// Peppers gives the keys of the MACs.
type Peppers interface {
	// Current gives the version that new tokens take.
	Current(ctx context.Context) (version int, pepper *token.Pepper, err error)
	// Key gives one version. Errors: keyset.ErrUnknownVersion and faults.
	Key(ctx context.Context, version int) (*token.Pepper, error)
}

// Refusals, beside those of the packages integration and account.
var (
	// ErrForbidden means that the caller belongs to the account and may not do
	// this.
	ErrForbidden = errors.New("the caller's permission does not allow this")
	// ErrFeatureDisabled means that the account has switched the feature off.
	ErrFeatureDisabled = errors.New("private integrations are switched off in the account")
	// ErrVersion means that the integration, or the account, is not in the
	// version that the caller names.
	ErrVersion = errors.New("it is in another version")
	// ErrKeyReused means that an idempotency key came with another request.
	ErrKeyReused = errors.New("the idempotency key was used for another request")
)

// Config is what a Service works with.
type Config struct {
	Store   Store
	Peppers Peppers
	Format  token.Format
	Offer   integration.Offer // the scopes that can be granted
	Catalog *catalog.Catalog  // the operations that they open
	Max     int               // integrations that an account may have
	Now     func() time.Time
}

// Service manages integrations. Safe for concurrent use.
type Service struct{ Config }

// New makes a Service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) now() time.Time { return integration.Instant(s.Now()) }

// View is an integration as it stands at an instant.
type View struct {
	integration.Integration
	Status    integration.Status
	FirstUses map[token.ID]time.Time
	// LastUses tells when living tokens were last used, as far as that is written
	// yet: never before their first use.
	LastUses map[token.ID]time.Time
}

// Target is an integration that is to be changed.
type Target struct {
	Account  string
	ID       string
	Versions []int64 // those in one of which it has to be; nil: any
}

// view reads what is needed to show i.
func (s *Service) view(ctx context.Context, i integration.Integration, now time.Time) (View, error) {
	views, err := s.views(ctx, []integration.Integration{i}, now)
	if err != nil {
		return View{}, err
	}
	return views[0], nil
}

func (s *Service) views(ctx context.Context, all []integration.Integration, now time.Time) ([]View, error) {
	views := make([]View, len(all))
	var living []token.ID
	for n, i := range all {
		views[n] = View{Integration: i.At(now), Status: i.Status(now)}
		if c := views[n].Current; c != nil {
			living = append(living, c.ID)
		}
		if r := views[n].Retiring; r != nil {
			living = append(living, r.ID)
		}
	}
	first, last, err := s.uses(ctx, living)
	if err != nil {
		return nil, err
	}
	for n := range views {
		views[n].FirstUses, views[n].LastUses = first, last
	}
	return views, nil
}

// uses tells when tokens were first and last used. A first use is known at once
// and for good, so that it stands for the last where that is not.
func (s *Service) uses(ctx context.Context, ids []token.ID) (first, last map[token.ID]time.Time, err error) {
	if first, err = s.Store.FirstUses(ctx, ids); err != nil {
		return nil, nil, err
	}
	if last, err = s.Store.LastUses(ctx, ids); err != nil {
		return nil, nil, err
	}
	for id, at := range first {
		if last[id].Before(at) {
			last[id] = at
		}
	}
	return first, last, nil
}

// read finds an integration that is not deleted. A text that can't be an id is
// kept from the store, whose keys have a bound: DynamoDB makes an error of more.
func (s *Service) read(ctx context.Context, account, id string) (integration.Integration, error) {
	if len(id) != ulid.EncodedSize {
		return integration.Integration{}, integration.ErrNotFound
	}
	i, err := s.Store.Integration(ctx, account, id)
	if err == nil && i.Deleted() {
		err = integration.ErrNotFound
	}
	return i, err
}

// attempts is how often a change is worked out anew after a lost race. Of
// admins at one integration that is never reached; fifty scripts at once are
// served too.
const attempts = 64

// change works out a transition on the integration as it is and writes it,
// again from the start if another was faster.
func (s *Service) change(ctx context.Context, t Target, receipt *integration.Receipt,
	transition func(i integration.Integration, now time.Time) (integration.Change, error),
) (integration.Integration, error) {
	for range attempts {
		i, err := s.read(ctx, t.Account, t.ID)
		if err != nil {
			return i, err
		}
		if t.Versions != nil && !slices.Contains(t.Versions, i.Version) {
			return i, ErrVersion
		}
		now := s.now()
		c, err := transition(i, now)
		if err != nil {
			return i, err
		}
		if len(c.Facts) == 0 {
			return i, nil
		}
		if receipt != nil {
			receipt.Answer, receipt.At = c.After, now
		}
		if err := s.Store.Commit(ctx, c, s.Max, receipt); !errors.Is(err, integration.ErrConflict) {
			return c.After, err
		}
		if err := ctx.Err(); err != nil {
			return i, err
		}
	}
	return integration.Integration{}, integration.ErrConflict
}
