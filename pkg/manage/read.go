package manage

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Filter narrows a list.
type Filter struct {
	Query  string             // in names, in any letter case, and at the start of public token ids
	Status integration.Status // empty: any
}

// Page is a stretch of a list: up to Limit, those that follow After.
type Page struct {
	After string
	Limit int
}

// stride is how many integrations are read at once for a list.
const stride = 100

// List lists the account's integrations, newest first, and tells what the next
// page follows (empty: there is none). Errors: integration.ErrNotFound,
// [ErrForbidden], [ErrFeatureDisabled].
func (s *Service) List(ctx context.Context, c Caller, account string, f Filter, p Page) (views []View, next string, err error) {
	if _, err := s.permit(ctx, c, account, toView, "list-integrations"); err != nil {
		return nil, "", err
	}
	if p.After != "" && len(p.After) != ulid.EncodedSize {
		return nil, "", nil // no integration has it, and a store may not take it for a key
	}
	now := s.now()
	var found []integration.Integration
	for after := p.After; ; {
		all, err := s.Store.Integrations(ctx, account, after, stride)
		if err != nil {
			return nil, "", err
		}
		for _, i := range all {
			if i.Deleted() || f.Status != "" && i.Status(now) != f.Status || !s.matches(i.At(now), f.Query) {
				continue
			}
			if len(found) == p.Limit {
				views, err := s.views(ctx, found, now)
				return views, found[len(found)-1].ID, err
			}
			found = append(found, i)
		}
		if len(all) < stride {
			views, err := s.views(ctx, found, now)
			return views, "", err
		}
		after = all[len(all)-1].ID
	}
}

// shortestID is how much of a token's id finds it: less would find tokens of
// which nobody thought.
const shortestID = 4

func (s *Service) matches(i integration.Integration, query string) bool {
	if query == "" || strings.Contains(folded(i.Name), folded(query)) {
		return true
	}
	var ids []token.ID
	if i.Current != nil {
		ids = append(ids, i.Current.ID)
	}
	if i.Retiring != nil {
		ids = append(ids, i.Retiring.ID)
	}
	if i.Last != nil {
		ids = append(ids, i.Last.ID)
	}
	return slices.ContainsFunc(ids, func(id token.ID) bool {
		public := s.Format.Public(id)
		for _, text := range []string{string(id), public} {
			if strings.HasPrefix(text, query) && len(query) >= len(text)-len(id)+shortestID {
				return true
			}
		}
		return false
	})
}

// folded is a text in any letter case, and however its accents are encoded.
func folded(text string) string { return strings.ToLower(integration.Normalise(text)) }

// Get reads an integration. Errors: integration.ErrNotFound, [ErrForbidden], [ErrFeatureDisabled].
func (s *Service) Get(ctx context.Context, c Caller, account, id string) (View, error) {
	if _, err := s.permit(ctx, c, account, toView, "get-integration"); err != nil {
		return View{}, err
	}
	i, err := s.read(ctx, account, id)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, i, s.now())
}

// Events lists the facts of an integration, newest first, below the number
// before (0: from the newest), up to limit. Errors: integration.ErrNotFound,
// [ErrForbidden], [ErrFeatureDisabled].
func (s *Service) Events(ctx context.Context, c Caller, account, id string, before int64, limit int) ([]fact.Fact, error) {
	if _, err := s.permit(ctx, c, account, toView, "list-events"); err != nil {
		return nil, err
	}
	if _, err := s.read(ctx, account, id); err != nil {
		return nil, err
	}
	return s.Store.Facts(ctx, account, id, before, limit)
}

// Found is what a token belongs to, and whether it lives.
type Found struct {
	View
	Credential integration.Credential
	Ended      *integration.Ended // nil: the token lives
}

// Lookup finds the integration that a token belongs to, dead or alive, deleted
// or not, for as long as tombstones are kept (whether one has been removed yet
// makes no difference) and the pepper that it is on. A token that is not of this
// account, or whose secret is not the right one, is not found. Errors:
// integration.ErrNotFound, [ErrForbidden], [ErrFeatureDisabled], [*integration.Invalid].
func (s *Service) Lookup(ctx context.Context, c Caller, account, text string) (Found, error) {
	if _, err := s.permit(ctx, c, account, toView, "lookup-token"); err != nil {
		return Found{}, err
	}
	t, err := s.Format.Parse(strings.TrimSpace(text))
	if err != nil {
		invalid := &integration.Invalid{}
		invalid.Add("token", "is not a whole token of this API: it may have been cut or changed in copying")
		return Found{}, invalid
	}
	credential, err := s.Store.Credential(ctx, t.ID())
	if err != nil {
		return Found{}, err
	}
	pepper, err := s.Peppers.Key(ctx, credential.PepperVersion)
	if errors.Is(err, keyset.ErrUnknownVersion) {
		// The pepper of dead tokens may be retired; whether the secret is the right
		// one can't be told then.
		if _, dead := credential.Ended(s.now()); dead {
			return Found{}, integration.ErrNotFound
		}
	}
	if err != nil {
		return Found{}, err
	}
	if credential.Account != account || !credential.MAC.Equal(pepper.MAC(t)) {
		return Found{}, integration.ErrNotFound
	}
	i, err := s.Store.Integration(ctx, account, credential.Integration)
	if err != nil {
		return Found{}, err
	}
	now := s.now()
	found := Found{Credential: credential}
	if ended, dead := credential.Ended(now); dead {
		if !now.Before(ended.At.Add(integration.TombstoneAge)) {
			return Found{}, integration.ErrNotFound
		}
		found.Ended = &ended
	}
	found.View, err = s.view(ctx, i, now)
	return found, err
}
