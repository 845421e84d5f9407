package integration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

// create tries to make an integration of what was entered.
func create(n integration.New, o integration.Offer) error {
	_, err := integration.Create(n, o, integration.Minted{ID: "a"}, ada, start)
	return err
}

func shop() integration.New {
	return integration.New{ID: "i1", Account: "acme", Name: "Shop", Scopes: []string{"contacts.readonly"}}
}

// both tries a field in a new integration and in an edit of one.
func both(t *testing.T, n integration.New, e integration.Edit) [2]error {
	t.Helper()
	_, err := begin(t, time.Time{}).Edit(e, offered, ada, start)
	return [2]error{create(n, offered), err}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		valid bool
	}{
		{"Shop", true},
		{"x", true},
		{" Shop  of Ada ", true},
		{"Straße 1 – „Büro“", true},
		{"متجر", true},
		{"商店", true},
		{"\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family", true},
		{"\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", true},
		{"\u2764\ufe0f\u200d\U0001f525 1\ufe0f\u20e3 \u00a9\ufe0f \U0001f44d\U0001f3fd", true}, // emoji
		{"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", true},                             // Persian
		{"\u0915\u094d\u200d\u0937 \u0d28\u0d4d\u200d", true},                                  // Hindi and Malayalam
		{"\u845b\U000e0100", true},             // a variant of an ideograph
		{"\u2803\u2800\u2803", true},           // Braille
		{"\u0600\u0661", true},                 // a visible format character
		{strings.Repeat("e\u0301", 100), true}, // 100 characters when composed
		{"<img onerror=alert(1)>", true},       // shown as text wherever it is shown
		{strings.Repeat("x", 100), true},
		{strings.Repeat("é", 100), true},
		{strings.Repeat("💡", 100), true},
		{"", false},
		{"   ", false},
		{"\u00a0\u2003\u3000", false},
		{"\u200b", false},
		{"\u200b\u200d\u2060\u00ad", false},
		{"\u3164", false},
		{"\uffa0\u115f\u1160", false},
		{"\u2800", false},
		{"\ufe0f", false},
		{"a\u3164b", false},
		{"a\u200bb", false},
		{"a\u200db", false},
		{"a\u200cb", false},
		{"\u200d\U0001f469", false},
		{"\U0001f469\u200d\u200d\U0001f469", false},
		{"a\ufe0fb", false},
		{"\u2764\ufe0f\ufe0f", false},
		{"a\u2060b", false},
		{"a\u00adb", false},
		{"a\u034fb", false},
		{"a\u180eb", false},
		{"a\U000e0041b", false},
		{"\U0001f44d\U000e0041", false},
		{strings.Repeat("x", 101), false},
		{strings.Repeat("💡", 101), false},
		{"two\nlines", false},
		{"tab\tstop", false},
		{"zero\x00byte", false},
		{"escape\x1b[31m", false},
		{"delete\x7f", false},
		{"next line\u0085", false},
		{"Shop \u202egnp.exe", false},
		{"Shop \u2066isolated\u2069", false},
		{"mark\u200f", false},
		{"line\u2028separator", false},
		{"paragraph\u2029separator", false},
		{"private \ue000 use", false},
		{"no character \ufdd0", false},
		{"no character \U0010ffff", false},
		{"byte order \ufeffmark", false},
		{"not UTF-8 \xff", false},
		{"lone surrogate \xed\xa0\x80", false},
		{"replaced \ufffd", false},
	} {
		n := shop()
		n.Name = c.name
		for where, err := range both(t, n, integration.Edit{Name: &c.name}) {
			if got := faults(err); c.valid != (err == nil) || !c.valid && !slices.Equal(got, []string{"name"}) {
				t.Errorf("%q (%d): faults in %q (%v), want valid: %v", c.name, where, got, err, c.valid)
			}
		}
	}
}

func TestTextsAreKeptInOneForm(t *testing.T) {
	const composed, decomposed = "Café 한", "Cafe\u0301 \u1112\u1161\u11ab"
	n := shop()
	n.Name, n.Description = decomposed, decomposed
	made, err := integration.Create(n, offered, integration.Minted{ID: "a"}, ada, start)
	if err != nil || made.After.Name != composed || made.After.Description != composed || made.Facts[0].Changes[0].To != composed {
		t.Errorf("made %+q, %+v, %v", made.After.Name, made.Facts, err)
	}
	text := decomposed
	edited, err := begin(t, time.Time{}).Edit(integration.Edit{Name: &text, Description: &text}, offered, ada, start)
	if err != nil || edited.After.Name != composed || edited.After.Description != composed {
		t.Errorf("edited %+q, %v", edited.After.Name, err)
	}
	if again, err := made.After.Edit(integration.Edit{Name: &text}, offered, ada, start); err != nil || len(again.Facts) != 0 {
		t.Errorf("the same name in another form is a change: %+v, %v", again.Facts, err)
	}
	if err := integration.CheckInfo(strings.Repeat("e\u0301", 100), strings.Repeat("e\u0301", 500), time.Time{}, start); err != nil {
		t.Error(err)
	}
}

func TestTextsThatLookTheSameAreAlike(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		alike bool
	}{
		{"Café", " Cafe\u0301\t", true},
		{"a\u200b\U000e0041b", "ab", true},
		{"a \u00a0 b", "a b", true},
		{"ab", "a b", false},
		{"Cafe", "Café", false},
		{"Shop", "shop", false},
		{"", "x", false},
	} {
		if got := integration.LookAlike(c.a, c.b); got != c.alike {
			t.Errorf("%+q and %+q: %v", c.a, c.b, got)
		}
	}
}

func TestInvisibleCharactersAreToldByTheirNumber(t *testing.T) {
	n := shop()
	n.Name = "a\u200bb"
	if err := create(n, offered); err == nil || !strings.Contains(err.Error(), "U+200B") {
		t.Error(err)
	}
}

func TestDescriptions(t *testing.T) {
	for _, c := range []struct {
		description string
		valid       bool
	}{
		{"", true},
		{" ", true},
		{"several\r\n\tlines\nare fine", true},
		{strings.Repeat("é", 500), true},
		{"\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", true},
		{strings.Repeat("x", 501), false},
		{"zero\x00byte", false},
		{"escape\x1b[31m", false},
		{"\u202etfel ot thgir", false},
		{"zero\u200bwidth", false},
		{"tags \U000e0041\U000e0042", false},
		{"line\n\u200dbegin", false},
		{"not UTF-8 \xff", false},
	} {
		n := shop()
		n.Description = c.description
		for where, err := range both(t, n, integration.Edit{Description: &c.description}) {
			if got := faults(err); c.valid != (err == nil) || !c.valid && !slices.Equal(got, []string{"description"}) {
				t.Errorf("%q (%d): faults in %q (%v), want valid: %v", c.description, where, got, err, c.valid)
			}
		}
	}
}

func TestScopesAreOfferedOnesEachOnce(t *testing.T) {
	for _, c := range []struct {
		scopes []string
		faults []string
	}{
		{[]string{"contacts.readonly"}, nil},
		{[]string{"contacts.write", "calendars.readonly", "contacts.readonly"}, nil},
		{nil, []string{"scopes"}},
		{[]string{}, []string{"scopes"}},
		{[]string{""}, []string{"scopes[0]"}},
		{[]string{"contacts.readonly", "contacts.readonly"}, []string{"scopes[1]"}},
		{[]string{"contacts"}, []string{"scopes[0]"}},
		{[]string{"Contacts.readonly"}, []string{"scopes[0]"}},
		{[]string{"contacts.readonly "}, []string{"scopes[0]"}},
		{[]string{"contacts.readonly", "*", "contacts.write", "admin"}, []string{"scopes[1]", "scopes[3]"}},
		{[]string{"\u202e", "\u202e"}, []string{"scopes[0]", "scopes[1]"}},
	} {
		n := shop()
		n.Scopes = c.scopes
		for where, err := range both(t, n, integration.Edit{Scopes: &c.scopes}) {
			if got := faults(err); !slices.Equal(got, c.faults) || (err == nil) != (c.faults == nil) {
				t.Errorf("%q (%d): faults in %q (%v), want %q", c.scopes, where, got, err, c.faults)
			}
		}
	}
}

func TestTenThousandScopesAreRefusedInAFewWords(t *testing.T) {
	unknown, same := make([]string, 10_000), make([]string, 10_000)
	for n := range unknown {
		unknown[n], same[n] = fmt.Sprint("scope", n), "contacts.readonly"
	}
	for _, scopes := range [][]string{unknown, same} {
		n := shop()
		n.Scopes = scopes
		if err := create(n, offered); len(faults(err)) != 10 || len(err.Error()) > 1000 {
			t.Errorf("%d faults: %v", len(faults(err)), err)
		}
	}
}

func TestScopeThatLeftTheCatalogueCanBeKeptAndDroppedAndNotTakenBack(t *testing.T) {
	s := begin(t, time.Time{})
	shrunk := offer{"contacts.write"}
	kept, dropped := []string{"contacts.readonly", "contacts.write"}, []string{"contacts.write"}
	name := "Till"
	s.must(s.Edit(integration.Edit{Name: &name}, shrunk, s.by, s.now))
	s.must(s.Edit(integration.Edit{Scopes: &kept}, shrunk, s.by, s.now))
	s.must(s.Edit(integration.Edit{Scopes: &dropped}, shrunk, s.by, s.now))
	s.invalid("scopes[0]")(s.Edit(integration.Edit{Scopes: &kept}, shrunk, s.by, s.now))
	if !s.Scopes.Equal(scope.NewSet(dropped...)) {
		t.Errorf("%v", s.Scopes)
	}
}

func TestDeadlinesLieInTheFuture(t *testing.T) {
	for _, c := range []struct {
		at    time.Time
		valid bool
	}{
		{time.Time{}, true}, // none
		{start.Add(ms), true},
		{start.Add(100 * 365 * day), true},
		{start, false},
		{start.Add(-ms), false},
		{time.Unix(0, 0), false},
		{time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), false},
	} {
		n := shop()
		n.ExpiresAt = c.at
		if err := create(n, offered); c.valid != (err == nil) || !c.valid && !slices.Equal(faults(err), []string{"expiresAt"}) {
			t.Errorf("%v: %v, want valid: %v", c.at, err, c.valid)
		}
	}
}

func TestAllFaultsAreToldAtOnceAndNothingOfTheInput(t *testing.T) {
	secret := "pit_notreally"
	err := create(integration.New{Name: secret + "\x00", Description: secret + "\x00", Scopes: []string{secret}, ExpiresAt: start}, offered)
	if want := []string{"name", "description", "scopes[0]", "expiresAt"}; !slices.Equal(faults(err), want) {
		t.Errorf("faults in %q, want %q", faults(err), want)
	}
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
	if (&integration.Invalid{}).Err() != nil {
		t.Error("no fault is an error")
	}
}

func TestRefusedEditChangesNothing(t *testing.T) {
	s := begin(t, time.Time{})
	before := clone(s.Integration)
	good, bad := "Till", []string{"unknown"}
	s.invalid("scopes[0]")(s.Edit(integration.Edit{Name: &good, Scopes: &bad}, offered, s.by, s.now))
	if s.Name != before.Name || !s.Scopes.Equal(before.Scopes) {
		t.Errorf("%+v", s.Integration)
	}
}
