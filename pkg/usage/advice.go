package usage

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

// What least privilege is judged by.
const (
	// UnusedFor is how many days a scope has to be granted without being used
	// before it is said not to be needed.
	UnusedFor = 45
	// PreviewOf is over how many days it is said what a narrower set would have
	// refused.
	PreviewOf = 30
	// LookBack is how many days are looked through for when a scope was used last.
	LookBack = 120
)

// Granted is the scopes of an integration and since when it holds each of them.
type Granted struct {
	Scopes scope.Set
	Since  map[string]time.Time // of those that were added within LookBack days
	Partly bool                 // there may be others that were
}

// Advice says which scopes an integration does not need.
type Advice struct {
	// Watched is the first day of which something is known; what was used before
	// can't be told. Known says whether that is long enough to judge.
	Watched Day
	Known   bool
	Unused  []Unused  // by name
	Narrow  scope.Set // the scopes without those
}

// Unused is a scope that was granted all along and not used.
type Unused struct {
	Scope   string
	LastDay Day // that it was used on; 0: on none since Watched
}

// Advise judges scopes by the rows of all tokens of the integration over the
// last [LookBack] days. It says nothing where it can't tell: while less is known
// than [UnusedFor] days, and where scopes were counted without their names.
func Advise(g Granted, rows []Row, now time.Time) Advice {
	today := DayOf(now)
	a := Advice{Watched: today, Narrow: g.Scopes}
	recent := today - UnusedFor
	last := map[string]Day{}
	var nameless int64
	for _, row := range rows {
		if row.Dead {
			continue
		}
		a.Watched = min(a.Watched, row.Day)
		for name := range row.Scopes {
			last[name] = max(last[name], row.Day)
		}
		if row.Day > recent {
			nameless += row.Others.Scopes
		}
	}
	if a.Known = a.Watched <= recent && nameless == 0 && !g.Partly; !a.Known {
		return a
	}
	a.Narrow = nil
	for _, name := range g.Scopes {
		if last[name] > recent || DayOf(g.Since[name]) > recent {
			a.Narrow = append(a.Narrow, name)
			continue
		}
		a.Unused = append(a.Unused, Unused{name, last[name]})
	}
	return a
}

// Preview says which calls a narrower set of scopes would have refused.
type Preview struct {
	Scopes  scope.Set
	Refused []RefusedCall // most first
	Count   int64         // of the calls that would have been refused
	// Unknown is how many calls were counted without the name of their operation:
	// what would have become of them can't be told.
	Unknown int64
}

// RefusedCall is an operation that the scopes don't cover.
type RefusedCall struct {
	Operation catalog.Operation
	Count     int64
	Last      Day
}

// Foresee says what scopes would have refused of what a report counts. An
// operation that the catalogue does not have any more is refused already.
func Foresee(r Report, scopes scope.Set, c *catalog.Catalog) Preview {
	p := Preview{Scopes: scopes, Unknown: r.Others.Operations}
	for _, called := range r.Operations {
		o, found := c.Named(called.Name)
		if !found || o.Permits(scopes) {
			continue
		}
		p.Refused = append(p.Refused, RefusedCall{*o, called.Count, called.Last})
		p.Count += called.Count
	}
	return p
}
