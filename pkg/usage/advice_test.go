package usage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

var today = usage.DayOf(start)

// used is a day on which scopes were used, so many days ago.
func used(ago int, scopes ...string) usage.Row {
	counts := map[string]int64{}
	for _, name := range scopes {
		counts[name] = 1
	}
	return usage.Row{Key: usage.Key{Day: today - usage.Day(ago)}, Scopes: counts}
}

func TestScopeThatWasHeldAndNotUsedFor45DaysIsNotNeeded(t *testing.T) {
	granted := scope.NewSet("a", "b", "c")
	nameless, dead := used(3), used(1, "c")
	nameless.Others.Scopes, dead.Dead = 1, true
	for what, c := range map[string]struct {
		rows   []usage.Row
		since  map[string]time.Time
		partly bool
		known  bool
		unused []usage.Unused
		narrow scope.Set
	}{
		"nothing is known":            {known: false, narrow: granted},
		"watched for 44 days":         {rows: []usage.Row{used(44, "a"), used(0, "a")}, narrow: granted},
		"watched for 45 days":         {rows: []usage.Row{used(45, "a"), used(0, "a")}, known: true, unused: []usage.Unused{{"b", 0}, {"c", 0}}, narrow: scope.Set{"a"}},
		"used 44 days ago":            {rows: []usage.Row{used(60, "a", "b"), used(44, "a", "b")}, known: true, unused: []usage.Unused{{"c", 0}}, narrow: scope.Set{"a", "b"}},
		"used 45 days ago":            {rows: []usage.Row{used(60, "a"), used(45, "a", "b"), used(2, "a")}, known: true, unused: []usage.Unused{{"b", today - 45}, {"c", 0}}, narrow: scope.Set{"a"}},
		"by a dead token":             {rows: []usage.Row{used(60, "a", "b"), used(2, "a", "b"), dead}, known: true, unused: []usage.Unused{{"c", 0}}, narrow: scope.Set{"a", "b"}},
		"granted 44 days ago":         {rows: []usage.Row{used(60, "a"), used(0, "a", "b")}, since: map[string]time.Time{"c": start.Add(-44 * day)}, known: true, narrow: granted},
		"granted 45 days ago":         {rows: []usage.Row{used(60, "a"), used(0, "a", "b")}, since: map[string]time.Time{"c": start.Add(-45 * day)}, known: true, unused: []usage.Unused{{"c", 0}}, narrow: scope.Set{"a", "b"}},
		"counted without a name":      {rows: []usage.Row{used(60, "a"), nameless}, narrow: granted},
		"of too many tokens":          {rows: []usage.Row{used(60, "a")}, partly: true, narrow: granted},
		"all of them are used":        {rows: []usage.Row{used(60, "a"), used(1, "a", "b", "c")}, known: true, narrow: granted},
		"not used at all in the time": {rows: []usage.Row{used(60, "a")}, known: true, unused: []usage.Unused{{"a", today - 60}, {"b", 0}, {"c", 0}}},
	} {
		got := usage.Advise(usage.Granted{Scopes: granted, Since: c.since, Partly: c.partly}, c.rows, start)
		want := usage.Advice{Known: c.known, Unused: c.unused, Narrow: c.narrow}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(usage.Advice{}, "Watched"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

func TestPreviewSaysWhatANarrowerSetWouldHaveRefused(t *testing.T) {
	c, err := catalog.New([]catalog.Scope{{Name: "a"}, {Name: "b"}, {Name: "c"}}, []catalog.Operation{
		{Method: "GET", Path: "/either", Requirement: []scope.Set{{"a"}, {"b"}}},
		{Method: "GET", Path: "/both", Requirement: []scope.Set{{"a", "b"}}},
		{Method: "PUT", Path: "/c", Requirement: []scope.Set{{"c"}}},
		{Method: "GET", Path: "/any", Unscoped: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := usage.Report{
		Operations: []usage.Count{{"GET /either", 9, today}, {"PUT /c", 8, today}, {"GET /any", 7, today}, {"GET /gone", 6, today}, {"GET /both", 5, today - 1}},
		Others:     usage.Others{Operations: 4},
	}
	for scopes, want := range map[string][]string{"a b c": nil, "a b": {"PUT /c"}, "a": {"PUT /c", "GET /both"}, "b c": {"GET /both"}, "c": {"GET /either", "GET /both"}} {
		p := usage.Foresee(r, scope.NewSet(strings.Fields(scopes)...), c)
		var got []string
		sum := int64(0)
		for _, o := range p.Refused {
			got = append(got, o.Operation.Name())
			sum += o.Count
		}
		if diff := cmp.Diff(want, got); diff != "" || p.Count != sum || p.Unknown != 4 {
			t.Errorf("%s: %d calls, %d unknown, refused (-want +got):\n%s", scopes, p.Count, p.Unknown, diff)
		}
	}
}
