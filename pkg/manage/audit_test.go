package manage_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// audited reads an audit to its end in pages.
func audited(t *testing.T, r *rig.Rig, f manage.AuditFilter, limit int) []manage.Entry {
	t.Helper()
	var all []manage.Entry
	for page := (manage.Page{Limit: limit}); ; {
		entries, next, err := r.Manage.Audit(t.Context(), rig.Admin("acme"), "acme", f, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) > limit {
			t.Errorf("%d on a page of %d", len(entries), limit)
		}
		all = append(all, entries...)
		if next == "" {
			return all
		}
		if next == page.After {
			t.Fatalf("the page after %q ends there", next)
		}
		page.After = next
	}
}

// told is a line for each entry.
func told(entries []manage.Entry) []string {
	lines := []string{}
	for _, e := range entries {
		lines = append(lines, fmt.Sprintf("%s %s %q by %s", e.ID(), e.Type, e.Name, e.Actor.Name()))
	}
	return lines
}

// eventful is an account in which all sorts of things have happened, and what.
func eventful(t *testing.T) (r *rig.Rig, first, second manage.Issued, want []manage.Entry) {
	t.Helper()
	r = rig.New(t)
	first, second = named(t, r, "First"), named(t, r, "Second")
	r.Create(t, "globex")
	admin, staff := rig.Admin("acme"), rig.Staff("acme")
	renamed := "Renamed"
	grace := 2 * time.Hour
	for _, do := range []func() error{
		func() error {
			_, err := r.Manage.Edit(t.Context(), admin, rig.Target(first), integration.Edit{Name: &renamed})
			return err
		},
		func() error {
			_, err := r.Manage.Get(t.Context(), staff, "acme", first.ID)
			if errors.Is(err, manage.ErrForbidden) {
				return nil
			}
			return fmt.Errorf("staff: %w", err)
		},
		func() error {
			_, err := r.Manage.SetPermission(t.Context(), admin, "acme", account.MemberID(staff.Issuer, staff.ID), account.Manage)
			return err
		},
		func() error { return r.Manage.Delete(t.Context(), staff, rig.Target(second)) },
		func() error {
			_, err := r.Manage.SetSettings(t.Context(), admin, "acme", nil, account.Edit{Grace: &grace})
			return err
		},
	} {
		r.Clock.Advance(time.Second)
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	names := map[string]string{first.ID: "Renamed", second.ID: "Second"}
	for id, name := range names {
		facts, err := r.Store.Facts(t.Context(), "acme", id, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			want = append(want, manage.Entry{Fact: f, Name: name})
		}
	}
	own, err := r.Store.AccountFacts(t.Context(), "acme", 0, 100)
	if err != nil || len(own) != 3 {
		t.Fatalf("%v, %v", own, err)
	}
	for _, f := range own {
		want = append(want, manage.Entry{Fact: f})
	}
	slices.SortFunc(want, func(a, b manage.Entry) int { return strings.Compare(string(b.Place()), string(a.Place())) })
	return r, first, second, want
}

func TestAuditHasAllThatHappenedInTheAccountNewestFirst(t *testing.T) {
	r, _, _, want := eventful(t)
	for _, limit := range []int{1, 2, 3, len(want) - 1, len(want), len(want) + 1, 500} {
		if diff := cmp.Diff(told(want), told(audited(t, r, manage.AuditFilter{}, limit))); diff != "" {
			t.Errorf("in pages of %d (-want +got):\n%s", limit, diff)
		}
	}
	if diff := cmp.Diff(want, audited(t, r, manage.AuditFilter{}, 500)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAuditIsNarrowed(t *testing.T) {
	r, first, second, all := eventful(t)
	staff := rig.Staff("acme")
	denied := all[4].At
	for name, c := range map[string]struct {
		filter manage.AuditFilter
		keep   func(fact.Fact) bool
		some   int
	}{
		"an integration":         {manage.AuditFilter{Integration: first.ID}, func(f fact.Fact) bool { return f.Integration == first.ID }, 3},
		"a deleted one":          {manage.AuditFilter{Integration: second.ID}, func(f fact.Fact) bool { return f.Integration == second.ID }, 4},
		"an actor's id":          {manage.AuditFilter{Actor: staff.ID}, func(f fact.Fact) bool { return f.Actor.ID == staff.ID }, 3},
		"an actor's address":     {manage.AuditFilter{Actor: strings.ToUpper(staff.Email)}, func(f fact.Fact) bool { return f.Actor.ID == staff.ID }, 3},
		"a type":                 {manage.AuditFilter{Kind: "token.created"}, func(f fact.Fact) bool { return f.Type == fact.TokenCreated }, 2},
		"types that begin so":    {manage.AuditFilter{Kind: "token"}, func(f fact.Fact) bool { return f.Type == fact.TokenCreated || f.Type == fact.TokenEnded }, 3},
		"not by half a word":     {manage.AuditFilter{Kind: "tok"}, func(fact.Fact) bool { return false }, 0},
		"from an instant on":     {manage.AuditFilter{From: denied}, func(f fact.Fact) bool { return !f.At.Before(denied) }, 5},
		"before an instant":      {manage.AuditFilter{To: denied}, func(f fact.Fact) bool { return f.At.Before(denied) }, 5},
		"between two":            {manage.AuditFilter{From: denied, To: denied.Add(time.Millisecond)}, func(f fact.Fact) bool { return f.At.Equal(denied) }, 1},
		"one, before an instant": {manage.AuditFilter{Integration: first.ID, To: denied}, func(f fact.Fact) bool { return f.Integration == first.ID && f.At.Before(denied) }, 3},
		"all at once": {
			manage.AuditFilter{Integration: second.ID, Actor: staff.Email, Kind: "token", From: denied, To: denied.Add(time.Hour)},
			func(f fact.Fact) bool {
				return f.Integration == second.ID && f.Actor.ID == staff.ID && f.Type == fact.TokenEnded
			}, 1,
		},
		"no integration": {manage.AuditFilter{Integration: "01KAN2W8QG7T5Y9C3ZB4D6EXMP"}, func(fact.Fact) bool { return false }, 0},
		"no id at all":   {manage.AuditFilter{Integration: "x"}, func(fact.Fact) bool { return false }, 0},
	} {
		want := slices.DeleteFunc(slices.Clone(all), func(e manage.Entry) bool { return !c.keep(e.Fact) })
		for _, limit := range []int{1, 2, 100} {
			if diff := cmp.Diff(told(want), told(audited(t, r, c.filter, limit))); diff != "" {
				t.Errorf("%s, in pages of %d (-want +got):\n%s", name, limit, diff)
			}
		}
		if len(want) != c.some {
			t.Errorf("%s: %d entries, want %d", name, len(want), c.some)
		}
	}
}

func TestAuditOfAnotherAccountsIntegrationIsEmpty(t *testing.T) {
	r := rig.New(t)
	r.Create(t, "acme")
	foreign := r.Create(t, "globex")
	if got := audited(t, r, manage.AuditFilter{Integration: foreign.ID}, 100); got != nil {
		t.Errorf("%v", got)
	}
}

func TestAuditIsForAdminsAlone(t *testing.T) {
	r := rig.New(t)
	r.Create(t, "acme")
	audit := func(c manage.Caller) error {
		_, _, err := r.Manage.Audit(t.Context(), c, "acme", manage.AuditFilter{}, manage.Page{Limit: 10})
		return err
	}
	if err := audit(rig.Admin("globex")); !errors.Is(err, integration.ErrNotFound) {
		t.Errorf("another account's admin: %v", err)
	}
	for range 3 {
		if err := audit(rig.Staff("acme")); !errors.Is(err, manage.ErrForbidden) {
			t.Errorf("staff: %v", err)
		}
	}
	off := false
	if _, err := r.Manage.SetSettings(t.Context(), rig.Admin("acme"), "acme", nil, account.Edit{PrivateIntegrations: &off}); err != nil {
		t.Fatal(err)
	}
	// Switched off, its past can still be looked into.
	entries := audited(t, r, manage.AuditFilter{Kind: "access"}, 10)
	if len(entries) != 1 || entries[0].Operation != "list-audit" || entries[0].Count != 3 {
		t.Errorf("%+v", entries)
	}
}

func TestAuditThatLittleFitsIsReadInBoundedSteps(t *testing.T) {
	r := rig.New(t)
	issued := r.Create(t, "acme")
	const facts = 5000
	i, err := r.Store.Integration(t.Context(), "acme", issued.ID)
	if err != nil {
		t.Fatal(err)
	}
	c := integration.Change{Before: &i, After: i}
	for n := range facts {
		text := fmt.Sprint(n)
		e, err := c.After.Edit(integration.Edit{Description: &text}, r.Catalog, fact.System, rig.Start.Add(time.Duration(n)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		c.After, c.Facts = e.After, append(c.Facts, e.Facts...)
	}
	if err := r.Store.Commit(t.Context(), c, 100, nil); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{"", issued.ID} {
		f := manage.AuditFilter{Integration: of, Kind: "integration.created"}
		entries, next, err := r.Manage.Audit(t.Context(), rig.Admin("acme"), "acme", f, manage.Page{Limit: 1})
		if err != nil || len(entries) != 0 || next == "" {
			t.Errorf("%v, next %q, %v, want an empty page and one after it", entries, next, err)
		}
		if all := audited(t, r, f, 1); len(all) != 1 || all[0].Seq != 1 {
			t.Errorf("%v", all)
		}
	}
}
