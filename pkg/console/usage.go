package console

import (
	"html/template"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

// using is who used tokens and for what, as pages list it.
type using struct {
	Callers    []sighting
	Operations []counted
	// How many requests were counted without the name of that.
	OtherCallers, OtherOperations int64
}

// sighting is who called, how often and when last.
type sighting struct {
	usage.Seen
	Last template.HTML
}

// counted is what was called, how often and on which day last.
type counted struct {
	usage.Count
	Last string
}

func (v *visit) using(r usage.Report) using {
	u := using{Callers: v.sightings(r.Callers), OtherCallers: r.Others.Callers, OtherOperations: r.Others.Operations}
	for _, o := range r.Operations {
		u.Operations = append(u.Operations, counted{o, dated(o.Last)})
	}
	return u
}

func (v *visit) sightings(seen []usage.Seen) []sighting {
	all := make([]sighting, len(seen))
	for n, s := range seen {
		all[n] = sighting{s, v.When(s.LastAt)}
	}
	return all
}

// dated writes a day, which is one of UTC.
func dated(d usage.Day) string { return d.Start().Format("2 Jan 2006") }
