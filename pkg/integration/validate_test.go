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
		{"<img onerror=alert(1)>", true}, // shown as text wherever it is shown
		{strings.Repeat("x", 100), true},
		{strings.Repeat("é", 100), true},
		{strings.Repeat("💡", 100), true},
		{"", false},
		{"   ", false},
		{"\u00a0\u2003\u3000", false},
		{"\u200b", false},
		{"\u200b\u200d\u2060\u00ad", false},
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
