package table

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Store keeps integrations on a backend. Its errors are
// [integration.ErrNotFound], those that Commit names, and faults.
type Store struct{ backend Backend }

// New makes the store on backend.
func New(backend Backend) *Store { return &Store{backend} }

// Integration reads one integration of account, a deleted one too.
func (s *Store) Integration(ctx context.Context, account, id string) (integration.Integration, error) {
	item, err := s.backend.Get(ctx, integrationKey(account, id))
	if err != nil {
		return integration.Integration{}, fmt.Errorf("read integration %s: %w", id, err)
	}
	if item == nil {
		return integration.Integration{}, integration.ErrNotFound
	}
	i, err := decodeIntegration(item)
	if err != nil {
		return integration.Integration{}, fmt.Errorf("read integration %s: %w", id, err)
	}
	return i, nil
}

// Integrations reads up to limit integrations of account, deleted ones too,
// newest first, those older than the id before (empty: from the newest).
func (s *Store) Integrations(ctx context.Context, account, before string, limit int) ([]integration.Integration, error) {
	q := Query{Partition: accountPartition(account), Prefix: integrationPrefix, Descending: true, Limit: limit}
	if before != "" {
		q.After = integrationPrefix + before
	}
	rows, err := s.backend.Query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list the integrations of %s: %w", account, err)
	}
	return decodeRows(rows, decodeIntegration)
}

// Count tells how many integrations of account count against its quota.
func (s *Store) Count(ctx context.Context, account string) (int, error) {
	item, err := s.backend.Get(ctx, countKey(account))
	live := int64(0)
	if err == nil && item != nil {
		count := &reader{item: item}
		live = count.number("live")
		err = count.err
	}
	if err != nil {
		return 0, fmt.Errorf("count the integrations of %s: %w", account, err)
	}
	return int(live), nil
}

// Facts reads up to limit facts of an integration, newest first, those with a
// number below before (0: from the newest).
func (s *Store) Facts(ctx context.Context, account, id string, before int64, limit int) ([]fact.Fact, error) {
	q := Query{Partition: accountPartition(account), Prefix: factPrefix + id + "#", Descending: true, Limit: limit}
	if before > 0 {
		q.After = factKey(account, id, before).Sort
	}
	rows, err := s.backend.Query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list the facts of %s: %w", id, err)
	}
	return decodeRows(rows, decodeFact)
}

func decodeRows[T any](rows []Row, decode func(Item) (T, error)) ([]T, error) {
	all := make([]T, len(rows))
	for n, row := range rows {
		v, err := decode(row.Item)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", row.Key, err)
		}
		all[n] = v
	}
	return all, nil
}

// Credential reads what is stored of a token: one consistent read by key.
func (s *Store) Credential(ctx context.Context, id token.ID) (integration.Credential, error) {
	item, err := s.backend.Get(ctx, tokenKey(id))
	if err != nil {
		return integration.Credential{}, fmt.Errorf("read token %s: %w", id, err)
	}
	if item == nil {
		return integration.Credential{}, integration.ErrNotFound
	}
	return decodeCredential(id, item)
}

// FirstUses tells when each of some tokens was first used; those that were not
// are left out.
func (s *Store) FirstUses(ctx context.Context, ids []token.ID) (map[token.ID]time.Time, error) {
	keys := make([]Key, len(ids))
	for n, id := range ids {
		keys[n] = tokenKey(id)
	}
	items, err := s.backend.GetAll(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read first uses: %w", err)
	}
	uses := make(map[token.ID]time.Time, len(ids))
	for n, item := range items {
		r := &reader{item: item}
		if at := r.time(attributeFirstUsedAt); !at.IsZero() {
			uses[ids[n]] = at
		}
		if r.err != nil {
			return nil, fmt.Errorf("read token %s: %w", ids[n], r.err)
		}
	}
	return uses, nil
}

// LivingTokens counts the tokens on a version of the pepper that live as of now.
// It reads the whole table.
func (s *Store) LivingTokens(ctx context.Context, version int, now time.Time) (living int, err error) {
	now = integration.Instant(now)
	for after := (*Key)(nil); ; {
		page, next, err := s.backend.Scan(ctx, tokenPrefix, after)
		if err != nil {
			return 0, fmt.Errorf("count the tokens on pepper %d: %w", version, err)
		}
		for _, row := range page {
			c, err := decodeCredential(token.ID(strings.TrimPrefix(row.Key.Partition, tokenPrefix)), row.Item)
			if err != nil {
				return 0, err
			}
			if _, dead := c.Ended(now); !dead && c.PepperVersion == version {
				living++
			}
		}
		if next == nil {
			return living, nil
		}
		after = next
	}
}

// MarkUsed notes a token's first use, unless one is noted already. It names no
// attribute but that one: the authorizer's role is not to reach the others.
func (s *Store) MarkUsed(ctx context.Context, id token.ID, at time.Time) error {
	var set Item
	set.time(attributeFirstUsedAt, at)
	err := s.backend.Write(ctx, []Write{{
		Key: tokenKey(id), Update: &Update{Set: set},
		If: []Condition{{Test: Exists}, {Attribute: attributeFirstUsedAt, Test: Absent}},
	}})
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mark token %s used: %w", id, err)
	}
	return nil
}

// Receipt reads what was answered under an idempotency key, long ago or not.
func (s *Store) Receipt(ctx context.Context, account, key string) (integration.Receipt, error) {
	item, err := s.backend.Get(ctx, receiptKey(account, key))
	if err != nil {
		return integration.Receipt{}, fmt.Errorf("read receipt %s: %w", key, err)
	}
	if item == nil {
		return integration.Receipt{}, integration.ErrNotFound
	}
	r, err := decodeReceipt(key, item)
	if err != nil {
		return integration.Receipt{}, fmt.Errorf("read receipt %s: %w", key, err)
	}
	return r, nil
}

// Due reads, shard by shard, the integrations for which something is due by
// until, earliest first, and calls visit with each until that errs. The index
// may lag: visit has to look at the integration itself.
func (s *Store) Due(ctx context.Context, until time.Time, visit func(account, id string) error) error {
	return s.due(ctx, until, func(key Key) error {
		if _, is := accountOfState(key); is {
			return nil
		}
		account, id, err := parseIntegrationKey(key)
		if err != nil {
			return err
		}
		return visit(account, id)
	})
}

// DueAccounts does the same for the accounts whose settings are not yet known to
// their integrations.
func (s *Store) DueAccounts(ctx context.Context, until time.Time, visit func(account string) error) error {
	return s.due(ctx, until, func(key Key) error {
		if account, is := accountOfState(key); is {
			return visit(account)
		}
		return nil
	})
}

func (s *Store) due(ctx context.Context, until time.Time, visit func(Key) error) error {
	for shard := range DueShards {
		if err := s.dueIn(ctx, shard, until, visit); err != nil {
			return fmt.Errorf("due shard %s: %w", strconv.Itoa(shard), err)
		}
	}
	return nil
}

const duePage = 100

func (s *Store) dueIn(ctx context.Context, shard int, until time.Time, visit func(Key) error) error {
	var after *Due
	for {
		page, err := s.backend.Due(ctx, shard, until, after, duePage)
		if err != nil {
			return err
		}
		for _, d := range page {
			if err := visit(d.Key); err != nil {
				return err
			}
		}
		if len(page) < duePage {
			return nil
		}
		after = &page[len(page)-1]
	}
}
