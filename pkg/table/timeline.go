package table

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/fact"
)

// Timeline reads up to limit facts of account, whatever they are about, newest
// first: those from the place from on (empty: to the oldest) and below the place
// before (empty: from the newest). It may lag behind what was committed by some
// moments.
func (s *Store) Timeline(ctx context.Context, account string, from, before fact.Place, limit int) ([]fact.Fact, error) {
	// DynamoDB does not compare keys with empty texts. Places are digits at first.
	if from == "" {
		from = "0"
	}
	if before == "" {
		before = "~"
	}
	if before <= from {
		return nil, nil // DynamoDB takes that for a mistake
	}
	rows, err := s.backend.Timeline(ctx, TimelineQuery{Account: account, From: string(from), Before: string(before), Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("read the timeline of %s: %w", account, err)
	}
	facts := make([]fact.Fact, len(rows))
	for n, row := range rows {
		if facts[n], err = decodeFactOf(row.Key, row.Item); err != nil {
			return nil, fmt.Errorf("read %s: %w", row.Key, err)
		}
	}
	return facts, nil
}

// Names tells the names of integrations of account, deleted ones too, without
// those that there are not.
func (s *Store) Names(ctx context.Context, account string, ids []string) (map[string]string, error) {
	keys := make([]Key, len(ids))
	for n, id := range ids {
		keys[n] = integrationKey(account, id)
	}
	items, err := s.backend.GetAll(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read the names of integrations of %s: %w", account, err)
	}
	names := make(map[string]string, len(ids))
	for n, item := range items {
		if item == nil {
			continue
		}
		r := &reader{item: item}
		names[ids[n]] = r.text("name")
		if r.err != nil {
			return nil, fmt.Errorf("read %s: %w", keys[n], r.err)
		}
	}
	return names, nil
}

// decodeFactOf reads a fact of whichever kind the key is of.
func decodeFactOf(key Key, item Item) (fact.Fact, error) {
	if strings.HasPrefix(key.Partition, teamPartition("")) {
		return decodeAccountFact(item)
	}
	return decodeFact(item)
}

// Upgrade writes what items lack because an older version wrote them, and tells
// of how many. It reads the whole table.
func (s *Store) Upgrade(ctx context.Context) (upgraded int, err error) {
	for _, partition := range []string{accountPartition(""), teamPartition("")} {
		var failed error
		err := s.scan(ctx, partition, func(row Row) {
			lacked := Upgrade(row.Key, row.Item)
			if lacked == nil || failed != nil {
				return
			}
			failed = s.backend.Write(ctx, []Write{{
				Key: row.Key, Update: &Update{Set: lacked}, If: []Condition{{Test: Exists}},
			}})
			upgraded++
		}, func(*Damaged) {})
		if err = errors.Join(err, failed); err != nil {
			return upgraded, fmt.Errorf("upgrade the items of %s…: %w", partition, err)
		}
	}
	return upgraded, nil
}

// Upgrade gives the attributes that an item lacks because a version wrote it
// that did not know of them; nil: none. An item that can't be read stays as it
// is.
func Upgrade(key Key, item Item) Item {
	ours := strings.HasPrefix(key.Partition, accountPartition("")) || strings.HasPrefix(key.Partition, teamPartition(""))
	if !ours || !strings.HasPrefix(key.Sort, factPrefix) {
		return nil
	}
	if _, found := item.Get(AttributeTimeline); found {
		return nil
	}
	f, err := decodeFactOf(key, item)
	if err != nil {
		return nil
	}
	var lacking Item
	lacking.text(AttributeTimeline, string(f.Place()))
	return lacking
}
