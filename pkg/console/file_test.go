package console

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

func TestFileOfActivityEndsInTimeAndSaysSo(t *testing.T) {
	start := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	fault := errors.New("down")
	for name, c := range map[string]struct {
		found, pages int // in each page, and how many there are
		fault        error
		looks, all   int
		missing      string
	}{
		"all of it":         {500, 3, nil, 3, 1500, ""},
		"just all of it":    {500, 10, nil, 10, 5000, ""},
		"more than fits":    {500, 11, nil, 10, 5000, "since 2027-03-01T02:00:00.000Z. For what was before, pick days up to 2027-03-01."},
		"rare and complete": {1, 15, nil, 15, 15, ""},
		"rare":              {0, 1000, nil, 15, 0, "since 2027-02-28T21:00:00.000Z. For what was before, pick days up to 2027-03-01."},
		"a fault":           {500, 3, fault, 1, 0, ""},
	} {
		looks := 0
		all, missing, err := newest(time.FixedZone("", 4*60*60), func(string) ([]manage.Entry, string, error) {
			looks++
			if looks == c.pages || c.fault != nil {
				return make([]manage.Entry, c.found), "", c.fault
			}
			return make([]manage.Entry, c.found), string(fact.Fact{At: start.Add(-time.Duration(looks) * time.Hour)}.Place()), nil
		})
		if looks != c.looks || len(all) != c.all || !errors.Is(err, c.fault) || !strings.HasSuffix(missing, c.missing) || (missing == "") != (c.missing == "") {
			t.Errorf("%s: %d entries after %d looks, %q, %v", name, len(all), looks, missing, err)
		}
	}
}
