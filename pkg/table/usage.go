package table

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// The usage of a token lies in a partition of its own, so that roles can tell it
// from the token:
//
//	LAST                             which of the days is the newest
//	DAY#2026-11-03                   what it was used for on a day
//	DAY#2026-11-03#001793689200000   the same, since it began to retire then
//	REUSE#2026-11-03                 uses of the dead token
//
// Writing LAST with each use would double the writes. It is written once a day
// instead, and who wants to know the last use reads the day's item too, and of a
// day since a rotation the one without: it goes on if the rotation is cancelled.
//
// A day has an attribute for each operation, scope and caller, "op#GET /contacts",
// so that many may add to one item at once, each to what they have seen.

const (
	usagePrefix = "USAGE#" // of partitions
	dayPrefix   = "DAY#"
	reusePrefix = "REUSE#"
	dayLength   = len(time.DateOnly)
)

func usagePartition(id token.ID) string { return usagePrefix + string(id) }

func lastKey(id token.ID) Key { return Key{usagePartition(id), "LAST"} }

func usageKey(k usage.Key) Key {
	prefix := dayPrefix
	if k.Dead {
		prefix = reusePrefix
	}
	sort := prefix + k.Day.String()
	if !k.RetiringSince.IsZero() {
		sort += fmt.Sprintf("#%015d", k.RetiringSince.UnixMilli())
	}
	return Key{usagePartition(k.Token), sort}
}

// parseUsageKey is the inverse of usageKey.
func parseUsageKey(k Key) (usage.Key, error) {
	id, ofUsage := strings.CutPrefix(k.Partition, usagePrefix)
	parsed := usage.Key{Token: token.ID(id)}
	rest, living := strings.CutPrefix(k.Sort, dayPrefix)
	if !living {
		rest, parsed.Dead = strings.CutPrefix(k.Sort, reusePrefix)
	}
	text, since, retiring := strings.Cut(rest, "#")
	day, err := time.Parse(time.DateOnly, text)
	parsed.Day = usage.DayOf(day)
	if retiring && err == nil {
		var milliseconds int64
		_, err = fmt.Sscanf(since, "%d", &milliseconds)
		parsed.RetiringSince = time.UnixMilli(milliseconds).UTC()
	}
	if err != nil || !ofUsage || usageKey(parsed) != k {
		return usage.Key{}, fmt.Errorf("%w: %s is no key of usage", ErrDamaged, k)
	}
	return parsed, nil
}

// Attributes of usage items.
const (
	attributeNewest     = "newest"      // of LAST: the sort key of the newest day
	attributeNewestFrom = "newestFrom"  // of LAST: from when on that day counts
	attributeFirstUseAt = "firstUsedAt" // of days
	attributeLastUseAt  = "lastUsedAt"  // of both
	attributeUses       = "count"
	attributeRefused    = "refused"
	attributeNames      = "names" // how many attributes begin as follows, the others not counted

	operationPrefix = "op#"    // count by operation; without one: the others
	scopePrefix     = "scope#" // count by scope
	callerPrefix    = "from#"  // count by address and, after a space, user agent
	seenPrefix      = "seen#"  // instant of the last call, by the same
)

func callerName(c usage.Caller) string { return c.Address + " " + c.Agent }

// encodeUsageStart is what a row has from its beginning on.
func encodeUsageStart(r usage.Row) Item {
	var item Item
	item.text("account", r.Account)
	item.text("integration", r.Integration)
	item.ttl(r.Day.Start().Add(usage.KeptFor))
	return item
}

func decodeUsage(row Row) (usage.Row, error) {
	key, err := parseUsageKey(row.Key)
	if err != nil {
		return usage.Row{}, err
	}
	r := &reader{item: row.Item}
	r.require("account", "integration", attributeLastUseAt)
	u := usage.Row{
		Key: key, Account: r.text("account"), Integration: r.text("integration"),
		Count: r.number(attributeUses), Refused: r.number(attributeRefused),
		FirstAt: r.time(attributeFirstUseAt), LastAt: r.time(attributeLastUseAt),
		Operations: map[string]int64{}, Scopes: map[string]int64{}, Callers: map[usage.Caller]usage.Calls{},
	}
	for _, a := range row.Item {
		if name, is := strings.CutPrefix(a.Name, operationPrefix); is {
			u.Operations[name] = r.number(a.Name)
		} else if name, is := strings.CutPrefix(a.Name, scopePrefix); is {
			u.Scopes[name] = r.number(a.Name)
		} else if name, is := strings.CutPrefix(a.Name, callerPrefix); is && name != "" {
			address, agent, _ := strings.Cut(name, " ")
			u.Callers[usage.Caller{Address: address, Agent: agent}] = usage.Calls{Count: r.number(a.Name), LastAt: r.time(seenPrefix + name)}
		}
	}
	u.Others = usage.Others{Operations: u.Operations[""], Scopes: u.Scopes[""], Callers: r.number(callerPrefix)}
	delete(u.Operations, "")
	delete(u.Scopes, "")
	if r.err != nil {
		return usage.Row{}, fmt.Errorf("read %s: %w", row.Key, r.err)
	}
	return u, nil
}

// usagePage is how many days are read at once.
const usagePage = 200

// Usage reads what some tokens were used for from a day on, as far as that is
// written yet, token by token and day by day.
func (s *Store) Usage(ctx context.Context, ids []token.ID, from usage.Day) ([]usage.Row, error) {
	var all []usage.Row
	for _, id := range ids {
		for _, prefix := range []string{dayPrefix, reusePrefix} {
			// A tilde comes after all that may follow a day in a key.
			q := Query{Partition: usagePartition(id), Prefix: prefix, After: prefix + (from - 1).String() + "~", Limit: usagePage}
			for {
				page, err := s.backend.Query(ctx, q)
				if err != nil {
					return nil, fmt.Errorf("read the usage of token %s: %w", id, err)
				}
				for _, row := range page {
					u, err := decodeUsage(row)
					if err != nil {
						return nil, err
					}
					all = append(all, u)
				}
				if len(page) < usagePage {
					break
				}
				q.After = page[len(page)-1].Key.Sort
			}
		}
	}
	return all, nil
}

// LastUses tells when each of some tokens was last used, as far as that is
// written yet; those that were not are left out.
func (s *Store) LastUses(ctx context.Context, ids []token.ID) (map[token.ID]time.Time, error) {
	uses := make(map[token.ID]time.Time, len(ids))
	pointers := make([]Key, len(ids))
	for n, id := range ids {
		pointers[n] = lastKey(id)
	}
	newest, err := s.lastUses(ctx, uses, pointers)
	if err != nil {
		return nil, err
	}
	var days []Key
	for _, k := range newest {
		if k.Sort == "" {
			continue
		}
		days = append(days, k)
		// After a rotation was cancelled, uses lie where those before it do.
		if end := len(dayPrefix) + dayLength; len(k.Sort) > end {
			days = append(days, Key{k.Partition, k.Sort[:end]})
		}
	}
	_, err = s.lastUses(ctx, uses, days)
	return uses, err
}

// lastUses enters the last uses that some items tell of, unless a later one is
// known, and gives the keys of those that they point to.
func (s *Store) lastUses(ctx context.Context, uses map[token.ID]time.Time, keys []Key) (newest []Key, err error) {
	items, err := s.backend.GetAll(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read last uses: %w", err)
	}
	newest = make([]Key, len(keys))
	for n, item := range items {
		r := &reader{item: item}
		id := token.ID(strings.TrimPrefix(keys[n].Partition, usagePrefix))
		if at := r.time(attributeLastUseAt); at.After(uses[id]) {
			uses[id] = at
		}
		newest[n] = Key{keys[n].Partition, r.text(attributeNewest)}
		if r.err != nil {
			return nil, fmt.Errorf("read %s: %w", keys[n], r.err)
		}
	}
	return newest, nil
}
