package console

import (
	"fmt"

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
)

// chart is a bar for each day: what passed, and on top of it what was refused,
// with living tokens or dead ones.
type chart struct {
	Width, Height, Floor, Top int
	Most                      int64 // what the highest bar stands for
	Bars                      []bar
	Summary                   string
}

// bar is one day.
type bar struct {
	usage.DayCount
	Day            string
	Denied         int64 // refused, with tokens living or dead
	X, Width       int
	Passed, Missed block
	Label          string // below it; empty below most
	LabelX, LabelY int
}

// block is a part of a bar.
type block struct{ Y, Height int }

func chartOf(days []usage.DayCount) chart {
	c := chart{Width: chartSlot * len(days), Height: chartFloor + chartTop, Floor: chartFloor, Top: chartTop}
	var passed, denied, reused int64
	for _, d := range days {
		c.Most = max(c.Most, d.Count+d.Refused+d.Reused)
		passed, denied, reused = passed+d.Count, denied+d.Refused+d.Reused, reused+d.Reused
	}
	for n, d := range days {
		b := bar{DayCount: d, Day: dated(d.Day), Denied: d.Refused + d.Reused, X: n * chartSlot, Width: chartBar}
		b.Passed.Height = c.high(d.Count)
		b.Passed.Y = chartFloor - b.Passed.Height
		b.Missed.Height = min(c.high(b.Denied), b.Passed.Y-chartTop)
		b.Missed.Y = b.Passed.Y - b.Missed.Height
		// From the last day back, so that today has a label.
		if (len(days)-1-n)%7 == 0 {
			b.Label, b.LabelX, b.LabelY = d.Day.Start().Format("2 Jan"), b.X+chartBar, c.Height-4
		}
		c.Bars = append(c.Bars, b)
	}
	c.Summary = fmt.Sprintf("Calls per day over %s: %d passed and %d were refused", plural(len(days), "day"), passed, denied)
	if reused > 0 {
		c.Summary += fmt.Sprintf(", %d of these with dead tokens", reused)
	}
	c.Summary += fmt.Sprintf("; at most %d on one day.", c.Most)
	return c
}

// high is how high a number of calls stands: one can be seen beside a million.
func (c chart) high(calls int64) int {
	if calls == 0 {
		return 0
	}
	return max(2, int(float64(calls)/float64(c.Most)*chartHigh))
}
