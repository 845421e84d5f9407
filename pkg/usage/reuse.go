package usage

import "time"

// Reuse is that somebody has sent a dead token.
type Reuse struct {
	Caller Caller // who did so last; empty if it was one of more than are kept
	At     time.Time
	Count  int64 // how often this was done, by anybody, on the days that were looked at
	// Known says that the address had used the token while it lived: a program
	// that was not moved, rather than a thief.
	Known bool
}

// LastReuse tells of the newest reuse in rows of one token, which have to hold
// the days on which it lived too; false: there is none.
func LastReuse(rows []Row) (r Reuse, found bool) {
	for _, row := range rows {
		if !row.Dead {
			continue
		}
		r.Count += row.Count
		if row.LastAt.Before(r.At) {
			continue
		}
		r.At, r.Caller = row.LastAt, Caller{}
		for caller, calls := range row.Callers {
			if calls.LastAt.Equal(row.LastAt) {
				r.Caller = caller
			}
		}
	}
	if r.Count == 0 {
		return Reuse{}, false
	}
	r.Known = knows(rows, r.Caller.Address)
	return r, true
}

// knows reports whether the living token was used from an address.
func knows(rows []Row, address string) bool {
	for _, row := range rows {
		for caller := range row.Callers {
			if !row.Dead && caller.Address == address {
				return true
			}
		}
	}
	return false
}
