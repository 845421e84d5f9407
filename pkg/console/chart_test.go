package console

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

func TestBarsTellTheMostCalledOperationsApartAndHideNothing(t *testing.T) {
	of := func(day usage.Day, refused int64, counts map[string]int64, nameless int64) usage.Row {
		row := usage.Row{Key: usage.Key{Day: day}, Refused: refused, Operations: counts, Count: nameless}
		row.Others.Operations = nameless
		for _, n := range counts {
			row.Count += n
		}
		return row
	}
	c := chartOf(usage.Sum([]usage.Row{
		of(1, 1, map[string]int64{"GET /a": 1_000_000, "GET /b": 1, "GET /c": 1, "GET /d": 1, "GET /e": 1}, 1),
		of(2, 0, map[string]int64{"GET /e": 2, "GET /d": 20, "GET /c": 30, "GET /b": 40}, 0),
		{Key: usage.Key{Day: 2, Dead: true}, Count: 3},
	}, 0, 2))
	want := []part{
		{"part1", "GET /a"}, {"part2", "GET /b"}, {"part3", "GET /c"}, {"part4", "GET /d"}, {"rest", "other operations"}, {"missed", "refused"}, {"dead", "with dead tokens"},
	}
	if diff := cmp.Diff(want, c.Parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	for n, says := range []string{
		"1 Jan 1970: none",
		"2 Jan 1970: GET /a 1000000, GET /b 1, GET /c 1, GET /d 1, other operations 2, refused 1",
		"3 Jan 1970: GET /b 40, GET /c 30, GET /d 20, other operations 2, with dead tokens 3",
	} {
		b := c.Bars[n]
		if b.Says != says {
			t.Errorf("%q, want %q", b.Says, says)
		}
		below := c.Floor
		for _, k := range b.Blocks {
			if k.Y+k.Height != below || k.Height < chartLeast || k.Y < c.Top {
				t.Errorf("%s: %s does not stand on the one below, or in the picture", b.Day, fmt.Sprint(b.Blocks))
			}
			below = k.Y
		}
	}
}
