package manage

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Issued is an integration with its new token. The token is nil in the replay
// of a request: it is shown once.
type Issued struct {
	View
	Token    *token.Token
	Replayed bool
}

// Idempotency is what makes a repeated request have one effect; zero for none.
type Idempotency struct {
	Key         string // as the client sent it
	Fingerprint string // of the request's body; not empty where there is a key
}

// receipt begins the receipt of an operation; nil without a key.
func (i Idempotency) receipt(c Caller, account, operation string, now time.Time) *integration.Receipt {
	if i.Key == "" {
		return nil
	}
	hash := sha256.New()
	for _, part := range []string{account, c.Issuer, c.ID, operation, i.Key} {
		_, _ = fmt.Fprintf(hash, "%d %s", len(part), part)
	}
	return &integration.Receipt{Key: hex.EncodeToString(hash.Sum(nil)), Fingerprint: i.Fingerprint, At: now}
}

// CheckRoom checks whether the caller may create an integration and the account
// has room for one more, for pages that lead there. Errors: integration.ErrNotFound,
// [ErrForbidden], [ErrFeatureDisabled], integration.ErrQuota.
func (s *Service) CheckRoom(ctx context.Context, c Caller, account string) error {
	if _, err := s.permit(ctx, c, account, toManage, "create-integration"); err != nil {
		return err
	}
	n, err := s.Store.Count(ctx, account)
	if err == nil && n >= s.Max {
		err = integration.ErrQuota
	}
	return err
}

// Create makes an integration and its first token. Errors:
// integration.ErrNotFound, [ErrForbidden], [ErrFeatureDisabled],
// [*integration.Invalid], integration.ErrQuota, [ErrKeyReused].
func (s *Service) Create(ctx context.Context, c Caller, n integration.New, once Idempotency) (Issued, error) {
	of, err := s.permit(ctx, c, n.Account, toManage, "create-integration")
	if err != nil {
		return Issued{}, err
	}
	n.Policy = of.Policy()
	now := s.now()
	n.ExpiresAt = integration.Instant(n.ExpiresAt)
	receipt := once.receipt(c, n.Account, "create", now)
	return s.issue(ctx, n.Account, receipt, func(m integration.Minted) (integration.Integration, error) {
		id, err := ulid.New(ulid.Timestamp(now), rand.Reader)
		if err != nil {
			return integration.Integration{}, fmt.Errorf("make an id: %w", err)
		}
		n.ID = id.String()
		change, err := integration.Create(n, s.Offer, m, c.Actor, now)
		if err != nil {
			return integration.Integration{}, err
		}
		if receipt != nil {
			receipt.Answer = change.After
		}
		return change.After, s.Store.Commit(ctx, change, s.Max, receipt)
	})
}

// AccountGrace as the grace of a rotation stands for the one that the account's
// settings name.
const AccountGrace time.Duration = -1

// Rotate gives an integration a new token; the old one dies now or at the end
// of a grace window. Errors: those of integration.Rotate,
// integration.ErrNotFound, integration.ErrConflict, [ErrForbidden],
// [ErrFeatureDisabled], [ErrVersion], [ErrKeyReused].
func (s *Service) Rotate(ctx context.Context, c Caller, t Target, r integration.Rotation, once Idempotency) (Issued, error) {
	of, err := s.permit(ctx, c, t.Account, toManage, "rotate-token")
	if err != nil {
		return Issued{}, err
	}
	if r.Grace == AccountGrace {
		r.Grace = of.Grace
	}
	if r.ExpiresAt != nil {
		deadline := integration.Instant(*r.ExpiresAt)
		r.ExpiresAt = &deadline
	}
	receipt := once.receipt(c, t.Account, "rotate", s.now())
	return s.issue(ctx, t.Account, receipt, func(m integration.Minted) (integration.Integration, error) {
		return s.change(ctx, t, receipt, func(i integration.Integration, now time.Time) (integration.Change, error) {
			change, err := i.Rotate(r, m, c.Actor, now)
			if err == nil && receipt != nil {
				err = s.noteRetiring(ctx, receipt, change.After.Retiring)
			}
			return change, err
		})
	})
}

// noteRetiring notes in the receipt when the retiring token has been used: a
// replay has to tell what was told at first.
func (s *Service) noteRetiring(ctx context.Context, receipt *integration.Receipt, r *integration.Retiring) error {
	receipt.RetiringUsedAt, receipt.RetiringLastUsedAt = time.Time{}, time.Time{}
	if r == nil {
		return nil
	}
	first, last, err := s.uses(ctx, []token.ID{r.ID})
	receipt.RetiringUsedAt, receipt.RetiringLastUsedAt = first[r.ID], last[r.ID]
	return err
}

// issue mints a token and has it written, unless the receipt says that this was
// done before.
func (s *Service) issue(ctx context.Context, account string, receipt *integration.Receipt,
	write func(integration.Minted) (integration.Integration, error),
) (Issued, error) {
	if replay, found, err := s.replay(ctx, account, receipt); found || err != nil {
		return replay, err
	}
	t, minted, err := s.mint(ctx)
	if err != nil {
		return Issued{}, err
	}
	i, err := write(minted)
	if err != nil && receipt != nil {
		// The same request may have come twice at once and the other was faster. This
		// one is then refused as a duplicate, or because the other has left the
		// integration in another version or in a window.
		if replay, found, fault := s.replay(ctx, account, receipt); found || fault != nil {
			return replay, fault
		}
	}
	switch {
	case errors.Is(err, integration.ErrDuplicate):
		return Issued{}, integration.ErrConflict
	case err != nil:
		return Issued{}, err
	}
	if receipt != nil {
		return Issued{View: answered(*receipt), Token: &t}, nil
	}
	v, err := s.view(ctx, i, s.now())
	return Issued{View: v, Token: &t}, err
}

// replay finds what was answered to an earlier request of the same key.
func (s *Service) replay(ctx context.Context, account string, receipt *integration.Receipt) (replay Issued, found bool, err error) {
	if receipt == nil {
		return Issued{}, false, nil
	}
	earlier, err := s.Store.Receipt(ctx, account, receipt.Key)
	switch {
	case errors.Is(err, integration.ErrNotFound):
		return Issued{}, false, nil
	case err != nil:
		return Issued{}, false, err
	case !earlier.Holds(receipt.At):
		return Issued{}, false, nil
	case earlier.Fingerprint != receipt.Fingerprint:
		return Issued{}, true, ErrKeyReused
	}
	return Issued{View: answered(earlier), Replayed: true}, true, nil
}

// answered is what a request was answered that left the receipt.
func answered(r integration.Receipt) View {
	v := View{Integration: r.Answer.At(r.At), Status: r.Answer.Status(r.At)}
	if v.Retiring != nil && !r.RetiringUsedAt.IsZero() {
		v.FirstUses = map[token.ID]time.Time{v.Retiring.ID: r.RetiringUsedAt}
		v.LastUses = map[token.ID]time.Time{v.Retiring.ID: r.RetiringLastUsedAt}
	}
	return v
}

// mint makes a token, in the clear and as it is stored.
func (s *Service) mint(ctx context.Context) (token.Token, integration.Minted, error) {
	version, pepper, err := s.Peppers.Current(ctx)
	if err != nil {
		return token.Token{}, integration.Minted{}, fmt.Errorf("mint a token: %w", err)
	}
	var entropy token.Entropy
	_, _ = rand.Read(entropy[:]) // never fails
	t := s.Format.Mint(entropy)
	return t, integration.Minted{ID: t.ID(), MAC: pepper.MAC(t), PepperVersion: version}, nil
}
