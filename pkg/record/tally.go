package record

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// tally is what has been noted under one key. Names stay in it, with 0 beside
// them, after they were written: so it knows which are stored already.
type tally struct {
	key                  key
	account, integration string

	count, refused  int64
	firstAt, lastAt time.Time // of what waits
	operations      names
	scopes          names
	callers         []caller
	noMoreCallers   bool
	otherCallers    int64

	waits   bool // something is to be written
	written bool // it is being written just now
	stored  bool // its row exists and is known as the newest
	named   bool // every name in it is stored
	dueAt   int64
}

// names counts by name, up to so many names, and the others together. They lie
// in a row, since a request that comes after those of a thousand other tokens
// finds nothing in the processor's cache, and a map would be two places more.
type names struct {
	list   []named
	max    int
	full   bool // the row has no room for more
	others int64
}

type named struct {
	name string
	n    int64
}

type caller struct {
	hash uint64 // of the Caller
	usage.Caller
	usage.Calls
}

// seed makes the hashes of callers such that nobody can choose two callers of
// one hash, and they need not be compared beyond that.
var seed = maphash.MakeSeed()

func hashOf(c usage.Caller) uint64 {
	return bits.RotateLeft64(maphash.String(seed, c.Address), 1) ^ maphash.String(seed, c.Agent)
}

func newTally(k key, u *usage.Use) *tally {
	return &tally{
		key: k, account: u.Account, integration: u.Integration, named: true,
		operations: names{max: usage.MaxOperations}, scopes: names{max: usage.MaxScopes},
	}
}

// add counts n under a name, and reports whether that is new.
func (s *names) add(name string, n int64) (isNew bool) {
	for i := range s.list {
		if s.list[i].name == name {
			s.list[i].n += n
			return false
		}
	}
	if s.full || len(s.list) >= s.max {
		s.others += n
		return false
	}
	s.list = append(s.list, named{name, n})
	return true
}

// take gives what was counted, and counts anew.
func (s *names) take() (counts map[string]int64, others int64) {
	counts, others = map[string]int64{}, s.others
	for i := range s.list {
		if of := &s.list[i]; of.n != 0 {
			counts[of.name], of.n = of.n, 0
		}
	}
	s.others = 0
	return counts, others
}

// drop forgets names that there is no room for.
func (s *names) drop(nameless []string) {
	for _, name := range nameless {
		i := slices.IndexFunc(s.list, func(of named) bool { return of.name == name })
		s.others += s.list[i].n
		s.list = slices.Delete(s.list, i, i+1)
		s.full = true
	}
}

// note counts a use.
func (t *tally) note(u *usage.Use) {
	switch u.Outcome {
	case usage.Refused:
		t.refused++
	default:
		t.count++
	}
	if u.Operation != "" && t.operations.add(u.Operation, 1) {
		t.named = false
	}
	for _, name := range u.Scopes {
		if t.scopes.add(name, 1) {
			t.named = false
		}
	}
	t.call(u.Caller, usage.Calls{Count: 1, LastAt: u.At})
	t.at(u.At, u.At)
}

func (t *tally) at(first, last time.Time) {
	if t.firstAt.IsZero() || first.Before(t.firstAt) {
		t.firstAt = first
	}
	if last.After(t.lastAt) {
		t.lastAt = last
	}
}

// call counts calls. Few have a token, and one of them calls most of the time.
func (t *tally) call(c usage.Caller, calls usage.Calls) {
	hash := hashOf(c)
	for n := range t.callers {
		if known := &t.callers[n]; known.hash == hash {
			known.Count += calls.Count
			if calls.LastAt.After(known.LastAt) {
				known.LastAt = calls.LastAt
			}
			return
		}
	}
	if t.noMoreCallers || len(t.callers) >= usage.MaxCallers {
		t.otherCallers += calls.Count
		return
	}
	t.callers = append(t.callers, caller{hash, c, calls})
	t.named = false
}

// take gives what waits to be written, and counts anew.
func (t *tally) take() usage.Addition {
	a := usage.Addition{New: !t.stored, Named: t.named && t.stored, Row: usage.Row{
		Key:     usage.Key{Token: token.ID(t.key.token), Day: t.key.day, Dead: t.key.dead},
		Account: t.account, Integration: t.integration,
		Count: t.count, Refused: t.refused, FirstAt: t.firstAt, LastAt: t.lastAt,
		Callers: map[usage.Caller]usage.Calls{},
	}}
	if t.key.retiringSince != 0 {
		a.RetiringSince = time.UnixMilli(t.key.retiringSince).UTC()
	}
	a.Operations, a.Others.Operations = t.operations.take()
	a.Scopes, a.Others.Scopes = t.scopes.take()
	for n := range t.callers {
		if c := &t.callers[n]; c.Count != 0 {
			a.Callers[c.Caller] = c.Calls
			c.Count = 0
		}
	}
	a.Others.Callers = t.otherCallers
	t.count, t.refused, t.otherCallers = 0, 0, 0
	t.firstAt, t.lastAt = time.Time{}, time.Time{}
	t.waits, t.written, t.named = false, true, true
	return a
}

// keep notes that an addition is stored. If that is all, and it is not known as
// its token's newest, it waits on for that.
func (t *tally) keep(a usage.Addition, added usage.Added) {
	t.operations.drop(added.Nameless.Operations)
	t.scopes.drop(added.Nameless.Scopes)
	for _, c := range added.Nameless.Callers {
		n := slices.IndexFunc(t.callers, func(known caller) bool { return known.Caller == c })
		t.otherCallers += t.callers[n].Count
		t.callers = slices.Delete(t.callers, n, n+1)
		t.noMoreCallers = true
	}
	if t.stored = added.Err == nil; !t.stored {
		t.at(a.FirstAt, a.LastAt)
		t.waits = true
	}
}

// giveBack counts again what could not be stored.
func (t *tally) giveBack(a usage.Addition) {
	t.count += a.Count
	t.refused += a.Refused
	for name, n := range a.Operations {
		t.operations.add(name, n)
	}
	for name, n := range a.Scopes {
		t.scopes.add(name, n)
	}
	for c, calls := range a.Callers {
		t.call(c, calls)
	}
	t.operations.others += a.Others.Operations
	t.scopes.others += a.Others.Scopes
	t.otherCallers += a.Others.Callers
	t.at(a.FirstAt, a.LastAt)
	t.waits = true
	if !a.Named {
		t.named = false
	}
}
