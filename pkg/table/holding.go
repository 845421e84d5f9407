package table

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/fsck"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// What follows reads everything for [fsck.Check], and goes on behind what it
// can't read.

var _ fsck.Store = (*Store)(nil)

// faults gathers what is wrong with single items.
type faults []fsck.Fault

func (f *faults) add(kind fsck.Kind, key Key, format string, args ...any) {
	*f = append(*f, fsck.Fault{Kind: kind, Where: "item " + key.String(), What: fmt.Sprintf(format, args...)})
}

// Accounts lists, in order, the accounts of which anything is stored.
func (s *Store) Accounts(ctx context.Context) ([]string, error) {
	names := map[string]bool{}
	for _, partition := range []func(string) string{accountPartition, teamPartition} {
		prefix := partition("")
		for after := (*Key)(nil); ; {
			page, next, err := s.backend.Keys(ctx, prefix, after)
			if err != nil {
				return nil, err
			}
			for _, key := range page {
				names[strings.TrimPrefix(key.Partition, prefix)] = true
			}
			if after = next; after == nil {
				break
			}
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// scan visits all items of the partitions that begin with prefix.
func (s *Store) scan(ctx context.Context, prefix string, visit func(Row), damaged func(*Damaged)) error {
	for after := (*Key)(nil); ; {
		page, next, err := s.backend.Scan(ctx, prefix, after)
		for _, row := range page {
			visit(row)
		}
		if d := (*Damaged)(nil); errors.As(err, &d) && (after == nil || *after != d.Key) {
			damaged(d)
			after = &d.Key
			continue
		}
		if err != nil || next == nil {
			return err
		}
		after = next
	}
}

// holdingPage is how many items are read at once.
const holdingPage = 1000

// partition visits all items of one partition, in order.
func (s *Store) partition(ctx context.Context, partition string, visit func(Row), damaged func(*Damaged)) error {
	for q := (Query{Partition: partition, Limit: holdingPage}); ; {
		rows, err := s.backend.Query(ctx, q)
		for _, row := range rows {
			visit(row)
			q.After = row.Key.Sort
		}
		if d := (*Damaged)(nil); errors.As(err, &d) && d.Key.Sort > q.After {
			damaged(d)
			q.After = d.Key.Sort
			continue
		}
		if err != nil || len(rows) < holdingPage {
			return err
		}
	}
}

// Holding reads all that is stored of an account, but for what time removes.
func (s *Store) Holding(ctx context.Context, id string) (fsck.Holding, []fsck.Fault, error) {
	r := &holdingReader{Holding: fsck.Holding{Account: account.New(id), Facts: map[string][]fact.Fact{}}}
	for _, partition := range []string{accountPartition(id), teamPartition(id)} {
		err := s.partition(ctx, partition, r.row, func(d *Damaged) { r.faults.add(fsck.Damage, d.Key, "%v", d) })
		if err != nil {
			return r.Holding, r.faults, err
		}
	}
	if err := s.holdTokens(ctx, r); err != nil {
		return r.Holding, r.faults, err
	}
	err := s.holdTimeline(ctx, r)
	return r.Holding, r.faults, err
}

type holdingReader struct {
	fsck.Holding
	faults    faults
	misplaced faults // if there is a timeline
}

// row takes one item of the account. Those of no kind that is checked are left
// alone.
func (r *holdingReader) row(row Row) {
	var err error
	sort := row.Key.Sort
	team := row.Key.Partition == teamPartition(r.Account.ID)
	switch {
	case strings.HasPrefix(sort, factPrefix):
		err = r.fact(row)
	case team && sort == stateSort:
		r.Account, err = decodeAccount(r.Account.ID, row.Item)
	case team && strings.HasPrefix(sort, memberPrefix):
		err = r.member(row)
	case team:
	case strings.HasPrefix(sort, integrationPrefix):
		err = r.integration(row)
	case row.Key == countKey(r.Account.ID):
		count := &reader{item: row.Item}
		r.Live, err = count.number("live"), count.err
	}
	if err != nil {
		r.faults.add(fsck.Damage, row.Key, "%v", err)
	}
}

func (r *holdingReader) fact(row Row) error {
	f, err := decodeFactOf(row.Key, row.Item)
	if err != nil {
		return err
	}
	key := factKey(f.Account, f.Integration, f.Seq)
	if f.Integration == "" {
		key = accountFactKey(f.Account, f.Seq)
	}
	if key != row.Key {
		r.faults.add(fsck.Tenancy, row.Key, "it says that it is fact %s of account %s", f.ID(), f.Account)
		return nil
	}
	if place, found := row.Item.Get(AttributeTimeline); !found || place.Text != string(f.Place()) {
		r.misplaced.add(fsck.Timeline, row.Key, "it has not its place in the timeline")
	}
	r.Facts[f.Subject()] = append(r.Facts[f.Subject()], f)
	return nil
}

func (r *holdingReader) integration(row Row) error {
	i, err := decodeIntegration(row.Item)
	if err != nil {
		return err
	}
	if integrationKey(i.Account, i.ID) != row.Key {
		r.faults.add(fsck.Tenancy, row.Key, "it says that it is integration %s of account %s", i.ID, i.Account)
		return nil
	}
	due := &reader{item: row.Item}
	at := due.time(AttributeDueAt)
	if shard := due.text(AttributeDueShard); !at.IsZero() && shard != dueShard(i.ID) {
		r.faults.add(fsck.Due, row.Key, "it is in shard %q of the due index, and not in %s", shard, dueShard(i.ID))
	}
	r.Integrations = append(r.Integrations, fsck.Stored{Integration: i, Due: at})
	return due.err
}

func (r *holdingReader) member(row Row) error {
	m, err := decodeMember(row.Item)
	if err != nil {
		return err
	}
	if memberKey(m.Account, m.ID) != row.Key {
		r.faults.add(fsck.Tenancy, row.Key, "it says that it is member %s of account %s", m.ID, m.Account)
		return nil
	}
	r.Members = append(r.Members, m)
	return nil
}

// holdTokens reads the tokens that the integrations take to live.
func (s *Store) holdTokens(ctx context.Context, r *holdingReader) error {
	r.Tokens = map[token.ID]integration.Credential{}
	var keys []Key
	for _, i := range r.Integrations {
		for id := range i.Deadlines() {
			keys = append(keys, tokenKey(id))
		}
	}
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.Partition, b.Partition) })
	keys = slices.Compact(keys)
	items, err := s.backend.GetAll(ctx, keys)
	if errors.Is(err, ErrDamaged) { // one of them: the others are read one by one
		items = make([]Item, len(keys))
		for n, key := range keys {
			if items[n], err = s.backend.Get(ctx, key); errors.Is(err, ErrDamaged) {
				r.faults.add(fsck.Damage, key, "%v", err)
				err = nil
			}
			if err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	for n, item := range items {
		if item == nil {
			continue
		}
		// What is damaged about it is told when all tokens are read.
		if c, err := decodeCredential(tokenOf(keys[n]), item); err == nil {
			r.Tokens[c.ID] = c
		}
	}
	return nil
}

func tokenOf(key Key) token.ID { return token.ID(strings.TrimPrefix(key.Partition, tokenPrefix)) }

// holdTimeline reads the account's part of the timeline index, if there is one.
func (s *Store) holdTimeline(ctx context.Context, r *holdingReader) error {
	places := []fact.Place{}
	for before := "~"; ; {
		rows, err := s.backend.Timeline(ctx, TimelineQuery{Account: r.Account.ID, From: "0", Before: before, Limit: holdingPage, PlacesOnly: true})
		switch {
		case errors.Is(err, ErrNoTimeline):
			r.Old = true
			return nil
		case errors.Is(err, ErrDamaged):
			r.faults = append(r.faults, fsck.Fault{Kind: fsck.Timeline, Where: "account " + r.Account.ID, What: err.Error()})
			return nil
		case err != nil:
			return err
		}
		for _, row := range rows {
			place, _ := row.Item.Get(AttributeTimeline)
			before = place.Text
			if key := keyAt(r.Account.ID, before); row.Key != key {
				r.faults.add(fsck.Timeline, row.Key, "it is in the timeline in the place of %s", key)
				continue
			}
			places = append(places, fact.Place(before))
		}
		if len(rows) < holdingPage {
			r.Timeline, r.faults = places, append(r.faults, r.misplaced...)
			return nil
		}
	}
}

// Tokens visits every token, dead ones too.
func (s *Store) Tokens(ctx context.Context, visit func(integration.Credential)) ([]fsck.Fault, error) {
	var found faults
	err := s.scan(ctx, tokenPrefix, func(row Row) {
		c, err := decodeCredential(tokenOf(row.Key), row.Item)
		switch {
		case err != nil:
			found.add(fsck.Damage, row.Key, "%v", err)
		case row.Key != tokenKey(c.ID):
			found.add(fsck.Tenancy, row.Key, "nothing is ever there")
		default:
			visit(c)
		}
	}, func(d *Damaged) { found.add(fsck.Damage, d.Key, "%v", d) })
	return found, err
}

// DueEntries visits every entry of the due index.
func (s *Store) DueEntries(ctx context.Context, visit func(account, id string, at time.Time)) ([]fsck.Fault, error) {
	var found faults
	last := time.UnixMilli(math.MaxInt64 - 1)
	for shard := range DueShards {
		for after := (*Due)(nil); ; {
			page, err := s.backend.Due(ctx, shard, last, after, holdingPage)
			if errors.Is(err, ErrDamaged) {
				found.add(fsck.Due, Key{"due index", fmt.Sprint(shard)}, "%v", err)
				break
			}
			if err != nil {
				return found, err
			}
			for _, d := range page {
				if _, is := accountOfState(d.Key); is {
					continue // it goes when its integrations have been told
				}
				account, id, err := parseIntegrationKey(d.Key)
				if err != nil {
					found.add(fsck.Due, d.Key, "it is in the due index, and is no integration")
					continue
				}
				visit(account, id, d.At)
			}
			if len(page) < holdingPage {
				break
			}
			after = &page[len(page)-1]
		}
	}
	return found, nil
}

// keyAt is the key of the fact at a place in the timeline of account.
func keyAt(account, place string) Key {
	_, sort, _ := strings.Cut(place, "#")
	if own, found := strings.CutPrefix(sort, fact.Fact{}.Subject()+"#"); found {
		return Key{teamPartition(account), factPrefix + own}
	}
	return Key{accountPartition(account), factPrefix + sort}
}
