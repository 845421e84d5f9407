package console

import (
	"fmt"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

// The chart's measures, in units of its own. A slot has a bar and the gap beside
// it.
const (
	chartSlot  = 24
	chartBar   = 18
	chartTop   = 20
	chartHigh  = 140 // the highest bar
	chartFloor = chartTop + chartHigh
	chartLeast = 2 // the lowest part of a bar: one call can be seen beside a million
	// chartNamed is how many operations are told apart, those with the most calls.
	chartNamed = 4
)

// chart is a bar for each day, of what passed, by operation, and on top of it what
// was refused and what came with dead tokens, as the figures tell them.
type chart struct {
	Width, Height, Floor, Top int
	Most                      int64  // what the highest bar stands for
	Parts                     []part // that bars have, from below
	Bars                      []bar
	Summary                   string
}

// part is what a part of the bars stands for.
type part struct{ Class, Name string }

// bar is one day.
type bar struct {
	usage.DayCount
	Day            string
	X, Width       int
	Blocks         []block
	Says           string
	Label          string // below it; empty below most
	LabelX, LabelY int
}

// block is a part of a bar.
type block struct {
	Class     string
	Y, Height int
}

func chartOf(r usage.Report) chart {
	days := len(r.Days)
	c := chart{Width: chartSlot * days, Height: chartFloor + chartTop, Floor: chartFloor, Top: chartTop, Parts: partsOf(r)}
	for _, d := range r.Days {
		c.Most = max(c.Most, d.Count+d.Refused+d.Reused)
	}
	for n, d := range r.Days {
		b := c.bar(d)
		b.X, b.Width = n*chartSlot, chartBar
		// From the last day back, so that today has a label.
		if (days-1-n)%7 == 0 {
			b.Label, b.LabelX, b.LabelY = d.Day.Start().Format("2 Jan"), b.X+chartBar, c.Height-4
		}
		c.Bars = append(c.Bars, b)
	}
	c.Summary = fmt.Sprintf("Calls per day over %s: %d passed, %d refused", plural(days, "day"), r.Count, r.Refused)
	if r.Reused > 0 {
		c.Summary += fmt.Sprintf(", %d with dead tokens", r.Reused)
	}
	c.Summary += fmt.Sprintf("; at most %d on one day.", c.Most)
	return c
}

// partsOf names what there is to tell apart.
func partsOf(r usage.Report) []part {
	var parts []part
	passed := r.Count
	for n, o := range r.Operations[:min(chartNamed, len(r.Operations))] {
		parts = append(parts, part{fmt.Sprintf("part%d", n+1), o.Name})
		passed -= o.Count
	}
	if passed > 0 {
		parts = append(parts, part{"rest", "other operations"})
	}
	if r.Refused > 0 {
		parts = append(parts, part{"missed", "refused"})
	}
	if r.Reused > 0 {
		parts = append(parts, part{"dead", "with dead tokens"})
	}
	return parts
}

// bar stacks the parts of a day.
func (c chart) bar(d usage.DayCount) bar {
	b := bar{DayCount: d, Day: dated(d.Day)}
	rest, sum, top := d.Count, int64(0), chartFloor
	var told []string
	for _, p := range c.Parts {
		var calls int64
		switch p.Class {
		case "rest":
			calls = rest
		case "missed":
			calls = d.Refused
		case "dead":
			calls = d.Reused
		default:
			calls = d.Operations[p.Name]
			rest -= calls
		}
		if calls == 0 {
			continue
		}
		sum += calls
		y := min(top-chartLeast, chartFloor-c.high(sum))
		b.Blocks = append(b.Blocks, block{p.Class, y, top - y})
		told = append(told, fmt.Sprintf("%s %d", p.Name, calls))
		top = y
	}
	b.Says = b.Day + ": " + strings.Join(told, ", ")
	if told == nil {
		b.Says += "none"
	}
	return b
}

// high is how high so many calls stand; what its parts are at least still fits.
func (c chart) high(calls int64) int {
	room := chartHigh - chartLeast*len(c.Parts)
	return int(float64(calls) / float64(c.Most) * float64(room))
}
