package table

import (
	"context"
	"fmt"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// Written is an item as a write left it: what a stream of the table's changes
// hands over.
type Written struct {
	Row
	New bool // there was none before
}

// Awaited reports whether anybody waits for what was written. Those who hand over
// changes may leave out the others.
func (w Written) Awaited() bool { return w.New && isFact(w.Key) || isReuse(w.Key) }

func isFact(key Key) bool { return strings.HasPrefix(key.Sort, factPrefix) }

func isReuse(key Key) bool { return strings.HasPrefix(key.Sort, reusePrefix) }

// Written reads what lies under a key as if it had just been written, for who has
// a change dealt with again by hand. Error: [integration.ErrNotFound].
func (s *Store) Written(ctx context.Context, key Key) (Written, error) {
	item, err := s.backend.Get(ctx, key)
	if err == nil && item == nil {
		err = integration.ErrNotFound
	}
	if err != nil {
		return Written{}, fmt.Errorf("read %s: %w", key, err)
	}
	return Written{Row{key, item}, true}, nil
}

// Fact reads the fact that was written; nil if none was, or it was there and
// only its count went up.
func (w Written) Fact() (*fact.Fact, error) {
	if !isFact(w.Key) || !w.New {
		return nil, nil
	}
	decode := decodeFact
	if strings.HasPrefix(w.Key.Partition, teamPartition("")) {
		decode = decodeAccountFact
	}
	f, err := decode(w.Item)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", w.Key, err)
	}
	return &f, nil
}

// Reuse reads what a dead token was used for, if that was written; else nil.
func (w Written) Reuse() (*usage.Row, error) {
	if !isReuse(w.Key) {
		return nil, nil
	}
	u, err := decodeUsage(w.Row)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", w.Key, err)
	}
	return &u, nil
}
