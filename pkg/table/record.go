package table

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// races is how often an addition is worked out anew after another writer was
// faster.
const races = 5

// AddUsage adds to what is stored of tokens and days, of which no two may have
// the same key, and tells what became of each addition. Numbers are added, so
// that many may add to one row at once; only new names and later instants are
// conditional. A fault may leave an addition stored that is told not to be.
func (s *Store) AddUsage(ctx context.Context, additions []usage.Addition) []usage.Added {
	became := make([]usage.Added, len(additions))
	waiting := make([]*adding, len(additions))
	for n := range additions {
		a := &adding{Addition: &additions[n], became: &became[n]}
		a.read, a.points = !a.Named, a.New && !a.Dead
		waiting[n] = a
	}
	for range races {
		if len(waiting) == 0 {
			return became
		}
		waiting = s.addUsage(ctx, s.readStored(ctx, waiting))
	}
	for _, a := range waiting {
		a.fail(integration.ErrConflict)
	}
	return became
}

// adding is an addition on its way.
type adding struct {
	*usage.Addition
	became *usage.Added
	points bool // it has to be made the token's newest
	read   bool // stored has to be known
	stored Item // as it was read; nil: there was none
}

func (a *adding) fail(err error) {
	a.became.Err = errors.Join(a.became.Err, fmt.Errorf("add to %s: %w", usageKey(a.Key), err))
}

// readStored reads the rows that have to be known and gives the additions that
// can go on.
func (s *Store) readStored(ctx context.Context, all []*adding) []*adding {
	var (
		keys   []Key
		needed []*adding
	)
	for _, a := range all {
		if a.read {
			keys, needed = append(keys, usageKey(a.Key)), append(needed, a)
		}
	}
	if len(keys) == 0 {
		return all
	}
	items, err := s.backend.GetAll(ctx, keys)
	if err != nil {
		for _, a := range needed {
			a.fail(err)
		}
		return slices.DeleteFunc(all, func(a *adding) bool { return a.read })
	}
	for n, a := range needed {
		a.stored = items[n]
	}
	return all
}

// addUsage writes additions and gives those that another writer was faster than.
func (s *Store) addUsage(ctx context.Context, all []*adding) (refused []*adding) {
	var (
		writes []Write
		of     []*adding
	)
	for _, a := range all {
		if w := a.write(); w.something() {
			writes, of = append(writes, Write{Key: usageKey(a.Key), Update: &Update{Set: w.set, Add: w.add}, If: w.conditions}), append(of, a)
		} else {
			a.became.Done = true
		}
	}
	ofDays := len(writes)
	for _, a := range all {
		if a.points {
			writes, of = append(writes, pointer(a.Row)), append(of, a)
		}
	}
	for n, err := range s.backend.WriteEach(ctx, writes) {
		a, ofDay := of[n], n < ofDays
		switch {
		case ofDay && errors.Is(err, ErrRefused):
			a.read = true
			refused = append(refused, a)
		case err != nil && !errors.Is(err, ErrRefused): // of a pointer: a later day is the newest
			a.fail(err)
		case ofDay:
			a.became.Done = true
		default:
			a.points = false
		}
	}
	return refused
}

// pointer makes a row's the newest day of its token, unless a later one is.
func pointer(r usage.Row) Write {
	from := r.Day.Start()
	if r.RetiringSince.After(from) {
		from = r.RetiringSince
	}
	var set Item
	set.text(attributeNewest, usageKey(r.Key).Sort)
	set.time(attributeNewestFrom, from)
	set.time(attributeLastUseAt, r.LastAt)
	set.ttl(r.LastAt.Add(usage.KeptFor))
	return Write{
		Key: lastKey(r.Token), Update: &Update{Set: set},
		If: []Condition{{Attribute: attributeNewestFrom, Test: AbsentOrAtMost, Number: from.UnixMilli()}},
	}
}

// write works out what adds a to what is stored, and notes which of its names
// there is no room for.
func (a *adding) write() *usageWrite {
	w := &usageWrite{add: map[string]int64{}, stored: a.stored}
	if a.read && a.stored == nil {
		w.set = encodeUsageStart(a.Row)
	}
	w.count(attributeUses, a.Count)
	w.count(attributeRefused, a.Refused)
	w.count(operationPrefix, a.Others.Operations)
	w.count(scopePrefix, a.Others.Scopes)
	w.count(callerPrefix, a.Others.Callers)
	nameless := &a.became.Nameless
	nameless.Operations = w.counts(operationPrefix, usage.MaxOperations, a.Operations, a.read)
	nameless.Scopes = w.counts(scopePrefix, usage.MaxScopes, a.Scopes, a.read)
	nameless.Callers = w.callers(a.Callers, a.read)
	if a.read {
		w.name()
		w.first(a.FirstAt)
	}
	w.raise(attributeLastUseAt, a.LastAt)
	return w
}

// usageWrite gathers an update of a row.
type usageWrite struct {
	stored     Item
	set        Item
	add        map[string]int64
	conditions []Condition
	named      int64 // how many names are new
}

func (w *usageWrite) something() bool { return len(w.set)+len(w.add) > 0 }

func (w *usageWrite) count(attribute string, n int64) {
	if n != 0 {
		w.add[attribute] += n
	}
}

// room is how many more names of a kind are kept.
func (w *usageWrite) room(prefix string, max int) int {
	for _, a := range w.stored {
		if strings.HasPrefix(a.Name, prefix) && len(a.Name) > len(prefix) {
			max--
		}
	}
	return max
}

// counts adds numbers by name, and gives the names that there is no room for. If
// nothing was read, all of them are stored already.
func (w *usageWrite) counts(prefix string, max int, numbers map[string]int64, read bool) (nameless []string) {
	room := w.room(prefix, max)
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		if _, found := w.stored.Get(prefix + name); read && !found {
			if room <= 0 {
				nameless = append(nameless, name)
				w.count(prefix, numbers[name])
				continue
			}
			room--
			w.named++
		}
		w.count(prefix+name, numbers[name])
	}
	return nameless
}

// callers does the same for callers, and notes when they called last.
func (w *usageWrite) callers(all map[usage.Caller]usage.Calls, read bool) (nameless []usage.Caller) {
	numbers, of := make(map[string]int64, len(all)), make(map[string]usage.Caller, len(all))
	for c, calls := range all {
		numbers[callerName(c)], of[callerName(c)] = calls.Count, c
	}
	for _, name := range w.counts(callerPrefix, usage.MaxCallers, numbers, read) {
		nameless = append(nameless, of[name])
		delete(of, name)
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		w.raise(seenPrefix+name, all[of[name]].LastAt)
	}
	return nameless
}

// name counts the names that are new, on condition that nobody else has added
// some: else there could be more than there is room for.
func (w *usageWrite) name() {
	if w.named == 0 {
		return
	}
	w.count(attributeNames, w.named)
	w.unchanged(attributeNames)
}

// unchanged makes the write conditional on a number being as it was read.
func (w *usageWrite) unchanged(attribute string) {
	c := Condition{Attribute: attribute, Test: Absent}
	if was, found := w.stored.Get(attribute); found {
		c = Condition{Attribute: attribute, Test: Equal, Number: was.Number}
	}
	w.conditions = append(w.conditions, c)
}

// first lowers the instant of the first use, if that is what at does.
func (w *usageWrite) first(at time.Time) {
	if was, found := w.stored.Get(attributeFirstUseAt); found && was.Number <= at.UnixMilli() {
		return
	}
	w.unchanged(attributeFirstUseAt)
	w.set.time(attributeFirstUseAt, at)
}

// raise sets an instant that only ever grows, whoever writes later.
func (w *usageWrite) raise(attribute string, at time.Time) {
	if was, found := w.stored.Get(attribute); found && was.Number >= at.UnixMilli() {
		return
	}
	w.set.time(attribute, at)
	w.conditions = append(w.conditions, Condition{Attribute: attribute, Test: AbsentOrAtMost, Number: at.UnixMilli()})
}
