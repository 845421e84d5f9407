package scope_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/scope"
)

func TestScopesAreScopeTokensOfRFC6749(t *testing.T) {
	for _, s := range []string{"a", "contacts.readonly", "calendars/events.write", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", strings.Repeat("x", scope.MaxLength)} {
		if err := scope.Valid(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", " ", "a b", "a\"b", `a\b`, "a\nb", "a\x00", "a\x7f", "contácts", strings.Repeat("x", scope.MaxLength+1)} {
		if err := scope.Valid(s); err == nil {
			t.Errorf("%q is valid", s)
		}
	}
}

func TestSetsAreSortedWithoutDuplicatesAndApartFromTheirSource(t *testing.T) {
	names := []string{"c", "a", "b", "a", "c"}
	s := scope.NewSet(names...)
	if !slices.Equal(s, []string{"a", "b", "c"}) || s.String() != "a b c" {
		t.Errorf("%q, as text %q", []string(s), s)
	}
	if !slices.Equal(names, []string{"c", "a", "b", "a", "c"}) {
		t.Errorf("the source became %q", names)
	}
	if names[1] = "z"; s.Has("z") || !s.Has("a") {
		t.Errorf("the set changed with its source: %q", []string(s))
	}
}

func TestNoScopeImpliesAnother(t *testing.T) {
	s := scope.NewSet("contacts.write", "contacts")
	for _, name := range []string{"contacts.readonly", "contacts.", "contacts.writes", "Contacts.write", "", "contacts.write "} {
		if s.Has(name) {
			t.Errorf("%q holds %q", s, name)
		}
	}
	for _, c := range []struct {
		names []string
		has   bool
	}{
		{nil, true},
		{[]string{"contacts"}, true},
		{[]string{"contacts.write", "contacts"}, true},
		{[]string{"contacts.write", "contacts.readonly"}, false},
	} {
		if got := s.HasAll(c.names); got != c.has {
			t.Errorf("%q has all of %q: %v", s, c.names, got)
		}
	}
	var none scope.Set
	if none.Has("") || none.Has("contacts") || none.String() != "" {
		t.Error("the empty set holds something")
	}
}

func TestSetsAreEqualWhateverTheOrderOfTheirSource(t *testing.T) {
	s := scope.NewSet("b", "a")
	if !s.Equal(scope.NewSet("a", "b", "b")) || !scope.NewSet().Equal(nil) {
		t.Error("equal sets differ")
	}
	for _, other := range []scope.Set{nil, scope.NewSet("a"), scope.NewSet("a", "b", "c"), scope.NewSet("a", "B")} {
		if s.Equal(other) {
			t.Errorf("%q equals %q", s, other)
		}
	}
}
