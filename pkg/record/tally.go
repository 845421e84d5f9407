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
//
// A request that comes after those of a thousand other tokens finds none of it
// in the processor's cache. So what each request touches stands together, with
// room for the names that most tokens come along with, and nothing in a map.
type tally struct {
	count, refused  int64
	firstAt, lastAt int64 // of what waits, in milliseconds since 1970; 0: nothing
	dueAt           int64
	waits           bool // something is to be written
	written         bool // it is being written just now
	stored          bool // its row exists and is known as the newest
	named           bool // every name in it is stored
	noMoreCallers   bool
	operations      names
	scopes          names
	callers         []caller
	room            struct {
		operations, scopes [2]named
		callers            [1]caller
	}
	otherCallers int64

	key                         key
	token, account, integration string
}

// names counts by name, up to so many names, and the others together.
type names struct {
	list   []named
	max    int
	others int64
	full   bool // the row has no room for more
}

type named struct {
	name string
	n    int64
}

type caller struct {
	hash      uint64 // of the Caller
	n, lastAt int64
	usage.Caller
}

// seed makes the hashes of callers such that nobody can choose two callers of
// one hash, and they need not be compared beyond that.
var seed = maphash.MakeSeed()

func hashOf(c usage.Caller) uint64 {
	return bits.RotateLeft64(maphash.String(seed, c.Address), 1) ^ maphash.String(seed, c.Agent)
}

func newTally(k key, u *usage.Use) *tally {
	t := &tally{
		key: k, token: string(u.Token), account: u.Account, integration: u.Integration, named: true,
		operations: names{max: usage.MaxOperations}, scopes: names{max: usage.MaxScopes},
	}
	t.operations.list, t.scopes.list, t.callers = t.room.operations[:0], t.room.scopes[:0], t.room.callers[:0]
	return t
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
	at := u.At.UnixMilli()
	t.call(u.Caller, 1, at)
	t.at(at, at)
}

func (t *tally) at(first, last int64) {
	if t.firstAt == 0 || first < t.firstAt {
		t.firstAt = first
	}
	t.lastAt = max(t.lastAt, last)
}

// call counts calls. Few have a token, and one of them calls most of the time.
func (t *tally) call(c usage.Caller, n, lastAt int64) {
	hash := hashOf(c)
	for i := range t.callers {
		if known := &t.callers[i]; known.hash == hash {
			known.n += n
			known.lastAt = max(known.lastAt, lastAt)
			return
		}
	}
	if t.noMoreCallers || len(t.callers) >= usage.MaxCallers {
		t.otherCallers += n
		return
	}
	t.callers = append(t.callers, caller{hash, n, lastAt, c})
	t.named = false
}

func instant(milliseconds int64) time.Time { return time.UnixMilli(milliseconds).UTC() }

// take gives what waits to be written, and counts anew.
func (t *tally) take() usage.Addition {
	a := usage.Addition{New: !t.stored, Named: t.named && t.stored, Row: usage.Row{
		Key:     usage.Key{Token: token.ID(t.token), Day: t.key.day, Dead: t.key.dead},
		Account: t.account, Integration: t.integration,
		Count: t.count, Refused: t.refused, FirstAt: instant(t.firstAt), LastAt: instant(t.lastAt),
		Callers: map[usage.Caller]usage.Calls{},
	}}
	if t.key.retiringSince != 0 {
		a.RetiringSince = instant(t.key.retiringSince)
	}
	a.Operations, a.Others.Operations = t.operations.take()
	a.Scopes, a.Others.Scopes = t.scopes.take()
	for i := range t.callers {
		if c := &t.callers[i]; c.n != 0 {
			a.Callers[c.Caller] = usage.Calls{Count: c.n, LastAt: instant(c.lastAt)}
			c.n = 0
		}
	}
	a.Others.Callers = t.otherCallers
	t.count, t.refused, t.otherCallers = 0, 0, 0
	t.firstAt, t.lastAt = 0, 0
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
		t.otherCallers += t.callers[n].n
		t.callers = slices.Delete(t.callers, n, n+1)
		t.noMoreCallers = true
	}
	if t.stored = added.Err == nil; !t.stored {
		t.at(a.FirstAt.UnixMilli(), a.LastAt.UnixMilli())
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
		t.call(c, calls.Count, calls.LastAt.UnixMilli())
	}
	t.operations.others += a.Others.Operations
	t.scopes.others += a.Others.Scopes
	t.otherCallers += a.Others.Callers
	t.at(a.FirstAt.UnixMilli(), a.LastAt.UnixMilli())
	t.waits = true
	if !a.Named {
		t.named = false
	}
}
