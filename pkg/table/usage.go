package table

import (
	"context"
	"fmt"
	"time"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// The usage of a token lies in a partition of its own, so that roles can tell it
// from the token: an item for each day, and LAST, which says where the newest of
// them is.
//
// Writing LAST anew with each use would double the writes. It is written once a
// day instead, and who wants to know the last use reads the day's item too.

const usagePrefix = "USAGE#" // of partitions

func usageKey(id token.ID, sort string) Key { return Key{usagePrefix + string(id), sort} }

func lastKey(id token.ID) Key { return usageKey(id, "LAST") }

// Attributes of usage items.
const (
	attributeNewest    = "newest"     // of LAST: the sort key of the newest day's item
	attributeLastUseAt = "lastUsedAt" // of both
)

// LastUses tells when each of some tokens was last used, as far as that is
// written yet; those that were not are left out.
func (s *Store) LastUses(ctx context.Context, ids []token.ID) (map[token.ID]time.Time, error) {
	uses := make(map[token.ID]time.Time, len(ids))
	pointers := make([]Key, len(ids))
	for n, id := range ids {
		pointers[n] = lastKey(id)
	}
	items, err := s.backend.GetAll(ctx, pointers)
	if err != nil {
		return nil, fmt.Errorf("read last uses: %w", err)
	}
	var (
		days []Key
		of   []token.ID
	)
	for n, item := range items {
		r := &reader{item: item}
		if err := r.lastUse(uses, ids[n]); err != nil {
			return nil, err
		}
		if newest := r.text(attributeNewest); newest != "" {
			days, of = append(days, usageKey(ids[n], newest)), append(of, ids[n])
		}
	}
	if items, err = s.backend.GetAll(ctx, days); err != nil {
		return nil, fmt.Errorf("read last uses: %w", err)
	}
	for n, item := range items {
		if err := (&reader{item: item}).lastUse(uses, of[n]); err != nil {
			return nil, err
		}
	}
	return uses, nil
}

// lastUse enters the last use that an item tells of, unless a later one is known.
func (r *reader) lastUse(uses map[token.ID]time.Time, id token.ID) error {
	if at := r.time(attributeLastUseAt); at.After(uses[id]) {
		uses[id] = at
	}
	if r.err != nil {
		return fmt.Errorf("read the usage of token %s: %w", id, r.err)
	}
	return nil
}
