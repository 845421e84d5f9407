package route

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func table(t testing.TB, templates ...string) *Table {
	t.Helper()
	var routes []Route
	for _, s := range templates {
		routes = append(routes, Route{Method: "GET", Template: s})
	}
	made, err := New(routes)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestLeftmostLiteralWins(t *testing.T) {
	templates := []string{
		"/", "/calendars/", "/calendars/{id}", "/calendars/groups", "/calendars/{id}/groups", "/calendars/groups/{id}",
		"/a/{x}/c", "/a/b/d", "/a/{x}/{y}",
		"/files/{id}", "/files/{id}.json", "/files/{id}.min.json", "/files/readme.json", "/files/v{id}.json",
		"/things/{id}", "/things/{id}:cancel", "/{x}/{y}/{z}/end",
		"/same/{id}ab", "/same/a{id}b", "/same/ab{id}",
	}
	tab := table(t, templates...)
	for path, want := range map[string]string{
		"/":                       "/",
		"/calendars":              "/calendars/",
		"/calendars/":             "/calendars/",
		"/calendars/groups":       "/calendars/groups",
		"/calendars/groups/":      "/calendars/groups",
		"/calendars/g1":           "/calendars/{id}",
		"/calendars/groups/g1":    "/calendars/groups/{id}",
		"/calendars/g1/groups":    "/calendars/{id}/groups",
		"/a/b/c":                  "/a/{x}/c",
		"/a/b/d":                  "/a/b/d",
		"/a/b/e":                  "/a/{x}/{y}",
		"/files/1":                "/files/{id}",
		"/files/1.json":           "/files/{id}.json",
		"/files/1.min.json":       "/files/{id}.min.json",
		"/files/.min.json":        "/files/{id}.json",
		"/files/.json":            "/files/{id}",
		"/files/v2.json":          "/files/v{id}.json",
		"/files/readme.json":      "/files/readme.json",
		"/things/1:cancel":        "/things/{id}:cancel",
		"/things/:cancel":         "/things/{id}",
		"/things/a:b":             "/things/{id}",
		"/same/abxab":             "/same/ab{id}",
		"/same/axab":              "/same/a{id}b",
		"/same/xab":               "/same/{id}ab",
		"/calendars/groups/x/end": "/{x}/{y}/{z}/end",
	} {
		i, err := tab.Match("GET", path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if templates[i] != want {
			t.Errorf("%s matches %s, want %s", path, templates[i], want)
		}
	}
}

func TestPathsThatNoTemplateFitsAreNotFound(t *testing.T) {
	tab := table(t, "/contacts/{id}", "/contacts/{id}/notes", "/files/{id}.json", "/")
	for _, path := range []string{
		"", "contacts/1", "/contacts", "/contacts//", "/contacts//notes", "/contacts/1//", "//", "///", "/Contacts/1", "/contacts/1/notes/2",
		"/contacts/1/Notes", "/files/1.JSON", "/files/.json",
	} {
		if i, err := tab.Match("GET", path); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q = %d, %v", path, i, err)
		}
	}
	if _, err := tab.Match("POST", "/contacts/1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a method without templates: %v", err)
	}
	if _, err := tab.Match("get", "/contacts/1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a method in lower case: %v", err)
	}
}

func TestOnlyTemplatesOfTheMethodCompete(t *testing.T) {
	tab, err := New([]Route{{"GET", "/calendars/{id}"}, {"POST", "/calendars/groups"}})
	if err != nil {
		t.Fatal(err)
	}
	if i, err := tab.Match("GET", "/calendars/groups"); i != 0 || err != nil {
		t.Errorf("GET: %d, %v", i, err)
	}
	if i, err := tab.Match("GET", "/calendars/Groups"); i != 0 || err != nil {
		t.Errorf("GET of another case, without a literal of the method: %d, %v", i, err)
	}
	if i, err := tab.Match("POST", "/calendars/groups"); i != 1 || err != nil {
		t.Errorf("POST: %d, %v", i, err)
	}
}

func TestParameterThatAnotherReaderTakesForALiteralIsAmbiguous(t *testing.T) {
	tab := table(t, "/calendars/{id}", "/calendars/groups", "/calendars/{id}/events",
		"/locations/{id}", "/locations/customFields",
		"/things/{id}", "/things/{id}:cancel", "/things:search", "/{x}",
		"/menu/{id}", "/menu/caf%C3%A9", "/menu/kiwi",
		"/twice/{id}", "/twice/{id}.json", "/twice/all.json", "/both/a", "/both/A", "/both/{id}/x")
	for _, path := range []string{
		"/calendars/Groups", "/calendars/GROUPS/", "/calendars/Groups/events",
		"/locations/customfields", "/locations/CustomFields",
		"/things/1:CANCEL", "/things/1%3Acancel", "/things/1%3acancel", "/things%3Asearch", "/THINGS:search",
		"/menu/caf%c3%a9", "/menu/CAF%C3%89", "/menu/%E2%84%AAiwi", "/menu/KIWI",
		"/twice/ALL.json", "/twice/a.JSON", "/twice/all.JSON", "/both/a/x",
	} {
		if i, err := tab.Match("GET", path); !errors.Is(err, ErrAmbiguous) {
			t.Errorf("%q = %d, %v", path, i, err)
		}
	}
	for _, path := range []string{
		"/calendars/groups/events", "/calendars/group", "/calendars/ve9EPM428h8vShlRW1KT", "/locations/customFields", "/things/1%3Ax",
		"/menu/caf%C3%A9", "/menu/cafe", "/twice/all.json", "/twice/ALL.jsonx", "/both/A", "/both/b/x",
	} {
		if _, err := tab.Match("GET", path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// The other reader's way need not leave from the node that the match went
// through: it may lie in a branch that led nowhere.
func TestTwinInAnAbandonedBranchIsAmbiguous(t *testing.T) {
	tab := table(t, "/{any}/{more}", "/files/v{n}", "/users/search")
	for _, path := range []string{"/files/V0", "/users/Search"} {
		if i, err := tab.Match("GET", path); !errors.Is(err, ErrAmbiguous) {
			t.Errorf("%q = %d, %v", path, i, err)
		}
	}
	if i, err := tab.Match("GET", "/users/1"); i != 0 || err != nil {
		t.Errorf("/users/1 = %d, %v", i, err)
	}
}

func TestTemplatesThatCantBeMatchedSafelyAreRefused(t *testing.T) {
	for template, want := range map[string]string{
		"contacts":          "does not begin with a slash",
		"":                  "does not begin with a slash",
		"/a/{x}{y}":         "more than one parameter",
		"/a/{x}-{y}":        "more than one parameter",
		"/a/{x":             "braces",
		"/a/{}":             "braces",
		"/a/x}":             "brace",
		"/a/x}{y}":          "braces",
		"/a/{{x}}":          "braces",
		"/a//b":             "empty segment",
		"/a/../b":           ". or .. segment",
		"/a b":              "character",
		"/contacts/{id} ":   "character",
		"/a?x={y}":          "character",
		"/a#b":              "character",
		"/%61":              "escape",
		"/%C3{x}":           "escape",
		"/a%{x}41":          "escape",
		"/contacts;v={ver}": "character",
	} {
		_, err := New([]Route{{"GET", template}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("%q", template)) {
			t.Errorf("%q: %v, want %q and the template", template, err, want)
		}
	}
}

func TestTemplatesOfOneShapeAreRefused(t *testing.T) {
	for _, pair := range [][2]string{{"/a/{x}", "/a/{y}/"}, {"/a", "/a/"}, {"/f/{x}.json", "/f/{y}.json"}, {"/", "/"}} {
		_, err := New([]Route{{"GET", pair[0]}, {"GET", pair[1]}})
		if err == nil || !strings.Contains(err.Error(), pair[0]) {
			t.Errorf("%v: %v", pair, err)
		}
		a, _ := Shape(pair[0])
		b, _ := Shape(pair[1])
		if a != b {
			t.Errorf("shapes of %v: %q and %q", pair, a, b)
		}
	}
	if s, err := Shape("/files/v{id}.json/"); s != "/files/v{}.json" || err != nil {
		t.Errorf("Shape = %q, %v", s, err)
	}
}

func TestParamsAreTheRawValues(t *testing.T) {
	got, ok := Params("/accounts/{account}/files/v{file}.json", "/accounts/acme/files/va%20b.json/")
	if diff := cmp.Diff(map[string]string{"account": "acme", "file": "a%20b"}, got); diff != "" || !ok {
		t.Error(diff)
	}
	for _, path := range []string{"", "/", "/accounts", "/accounts//files/v1.json", "/accounts/a/files/v1", "/accounts/a/file/v1.json", "/accounts/a/files/v1.json/x"} {
		if got, ok := Params("/accounts/{account}/files/v{file}.json", path); ok {
			t.Errorf("%q: %v", path, got)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	tab := table(t, "/locations/{id}/customFields/{field}", "/locations/search", "/things/{id}:cancel", "/things/{id}")
	for _, path := range []string{"/locations/ve9EPM428h8vShlRW1KT/customFields/0007BWpSzSwfiuSl0tR2", "/things/Caf%C3%A9:cancel", "/nothing"} {
		if n := testing.AllocsPerRun(100, func() { _, _ = tab.Match("GET", path) }); n != 0 {
			t.Errorf("Match(%q) allocates %v times", path, n)
		}
	}
}

// Every node of the tree is on one way from its root, so the worst path costs
// one visit of each. All 2^13 templates of "a" and "{x}" are such a tree; with
// a path as long that ends elsewhere, a matcher that came to nodes repeatedly
// would not end.
func TestBacktrackingVisitsEveryNodeAtMostOnce(t *testing.T) {
	const depth = 13
	var templates []string
	for bits := range 1 << depth {
		template := ""
		for i := range depth {
			template += []string{"/a", "/{x}"}[bits>>i&1]
		}
		templates = append(templates, template+"/end")
	}
	tab := table(t, templates...)
	nodes := count(tab.methods["GET"])
	if limit := 1<<(depth+1) + 1<<depth; nodes > limit {
		t.Errorf("%d nodes, want at most %d", nodes, limit)
	}
	if _, err := tab.Match("GET", strings.Repeat("/a", depth)+"/other"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := tab.Match("GET", strings.Repeat("/a", 100_000)); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func count(n *node) int {
	sum := 1
	for _, c := range n.literals {
		sum += count(c)
	}
	for _, m := range n.mixed {
		sum += count(m.node)
	}
	if n.param != nil {
		sum += count(n.param)
	}
	return sum
}

// reference is the rule of the package comment word by word: of all templates
// that fit, the one whose segments are, from left to right, most specific.
func reference(templates []string, path string) (int, error) {
	best := -1
	var bestRanks []segment
	for i, template := range templates {
		segments, _ := parse(template)
		if _, fits := Params(template, path); fits && (best < 0 || slices.CompareFunc(segments, bestRanks, compareSegments) < 0) {
			best, bestRanks = i, segments
		}
	}
	if best < 0 {
		return 0, ErrNotFound
	}
	return best, nil
}

func compareSegments(a, b segment) int {
	switch {
	case a.parameter != b.parameter && a.parameter:
		return 1
	case a.parameter != b.parameter:
		return -1
	case a.parameter:
		return compareMixed(a, b)
	}
	return strings.Compare(a.prefix, b.prefix)
}

// FuzzMatchAgreesWithTheRuleWordByWord draws templates and a path from a small
// alphabet, so that they often fit. Its segments have one reading, so that
// nothing is ambiguous.
func FuzzMatchAgreesWithTheRuleWordByWord(f *testing.F) {
	f.Add([]byte{0, 1, 255, 0, 4, 255, 0, 1}, []byte{0, 1})
	f.Add([]byte{1, 6, 2, 255, 1, 6, 3, 255, 1, 1, 2, 255, 5, 6, 3}, []byte{1, 1, 2})
	f.Add([]byte{6, 255, 7, 255, 8, 255, 9, 255, 6, 6, 255}, []byte{4, 3})
	words := []string{"a", "b", "ab", "aab", "bab", "x", "{p}", "a{p}", "{p}b", "a{p}b", "{p}ab"}
	f.Fuzz(func(t *testing.T, program, walk []byte) {
		seen := make(map[string]bool)
		var templates []string
		var routes []Route
		for line := range strings.SplitSeq(string(program), "\xff") {
			template := ""
			for _, c := range []byte(line) {
				template += "/" + words[int(c)%len(words)]
			}
			if template != "" && !seen[template] && len(line) < 8 && len(routes) < 64 {
				seen[template] = true
				templates = append(templates, template)
				routes = append(routes, Route{"GET", template})
			}
		}
		tab, err := New(routes)
		if err != nil {
			t.Fatal(err)
		}
		path := ""
		for _, c := range walk[:min(len(walk), 8)] {
			path += "/" + words[int(c)%6]
		}
		got, err := tab.Match("GET", path)
		want, wantErr := reference(templates, path)
		if got != want || !errors.Is(err, wantErr) {
			t.Errorf("%q in %q: %d, %v; want %d, %v", path, templates, got, err, want, wantErr)
		}
	})
}

// FuzzOtherReadersChooseTheSameRoute holds the promise of ErrAmbiguous: where
// a match stands, the path in lower case has the same one, as long as no two
// templates differ in case alone.
func FuzzOtherReadersChooseTheSameRoute(f *testing.F) {
	tab := table(f, "/calendars/{id}", "/calendars/groups", "/calendars/groups/{id}", "/calendars/{id}/free-slots", "/things/{id}:cancel",
		"/things/{id}", "/things/{id}.json", "/things/all", "/{any}", "/{any}/{more}", "/files/v{n}", "/files/v{n}.txt")
	for _, p := range []string{"/calendars/Groups", "/things/a:CANCEL", "/things/%3Acancel", "/Files/v1", "/calendars/%47roups"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if Check(path) != nil {
			return
		}
		got, err := tab.Match("GET", path)
		if err != nil {
			return
		}
		if folded := string(appendFolded(nil, path)); folded != "" {
			if again, err := tab.Match("GET", folded); again != got || err != nil {
				t.Errorf("%q matches route %d, %q: %d, %v", path, got, folded, again, err)
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	var routes []Route
	for i := range 600 {
		routes = append(routes, Route{"GET", fmt.Sprintf("/resource%d/{id}/part%d/{part}", i/6, i%6)})
	}
	tab, err := New(routes)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tab.Match("GET", "/resource42/ve9EPM428h8vShlRW1KT/part3/0007BWpSzSwfiuSl0tR2"); err != nil {
			b.Fatal(err)
		}
	}
}
