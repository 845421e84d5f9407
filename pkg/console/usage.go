package console

import (
	"html/template"
	"time"

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

// usageDays is over how many days the page tells usage.
const usageDays = 30

// measured is the data of the page that tells what an integration was used for.
type measured struct {
	row
	usage.Report
	Chart   chart
	Using   using
	Reusers []sighting // of dead tokens
	Used    time.Time  // when last, however long ago; zero: never
}

// usage shows what the tokens of an integration were used for.
func (c *Console) usage(v *visit) (*page, error) {
	i, err := c.Service.Get(v.Context(), v.caller(), v.Account(), v.PathValue("integrationId"))
	if err != nil {
		return nil, err
	}
	r, err := c.Service.Usage(v.Context(), v.caller(), v.Account(), i.ID, usageDays)
	if err != nil {
		return nil, err
	}
	m := measured{
		row: c.rowOf(v, i), Report: r, Used: r.LastUsedAt,
		Chart: chartOf(r), Using: v.using(r), Reusers: v.sightings(r.Reusers),
	}
	return &page{template: "usage", title: "Usage of “" + i.Name + "”", crumbs: ofOne(i, crumb{"Usage", ""}), data: m}, nil
}

// Never says whether nothing at all is known to have been tried.
func (m measured) Never() bool { return m.Used.IsZero() && m.Count+m.Refused+m.Reused == 0 }
