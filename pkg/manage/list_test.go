package manage_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// list reads a list to its end in pages and tells the names on it.
func list(t *testing.T, r *rig.Rig, f manage.Filter, limit int) []string {
	t.Helper()
	names := []string{}
	for page := (manage.Page{Limit: limit}); ; {
		views, next, err := r.Manage.List(t.Context(), rig.Admin("acme"), "acme", f, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(views) > limit || next != "" && len(views) < limit {
			t.Errorf("%d on a page of %d, then %q", len(views), limit, next)
		}
		for _, v := range views {
			names = append(names, v.Name)
		}
		if next == "" {
			return names
		}
		page.After = next
	}
}

// named makes an integration with a name, a millisecond after the last.
func named(t *testing.T, r *rig.Rig, name string) manage.Issued {
	t.Helper()
	r.Clock.Advance(time.Millisecond)
	issued, err := r.Manage.Create(t.Context(), rig.Admin("acme"), integration.New{Account: "acme", Name: name, Scopes: []string{rig.Readonly}}, never)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func TestLongListIsReadInPagesNewestFirst(t *testing.T) {
	r := rig.New(t)
	r.Manage.Max = 300
	r.Create(t, "globex")
	var all, even []string
	for n := range 250 {
		name := fmt.Sprintf("Number %03d", n)
		issued := named(t, r, name)
		switch {
		case n%50 == 7:
			if err := r.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(issued)); err != nil {
				t.Fatal(err)
			}
			continue
		case n%2 == 0:
			even = append(even, name)
			if _, err := r.Manage.Expire(t.Context(), rig.Admin("acme"), rig.Target(issued)); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, name)
	}
	slices.Reverse(all)
	slices.Reverse(even)
	for _, limit := range []int{1, 7, 100, 245, 250, 1000} {
		if diff := cmp.Diff(all, list(t, r, manage.Filter{}, limit)); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
		}
		if diff := cmp.Diff(even, list(t, r, manage.Filter{Status: integration.StatusExpired}, limit)); diff != "" {
			t.Errorf("expired, pages of %d (-want +got):\n%s", limit, diff)
		}
	}
	if got := list(t, r, manage.Filter{Query: "number 00", Status: integration.StatusActive}, 3); !slices.Equal(got, []string{"Number 009", "Number 005", "Number 003", "Number 001"}) {
		t.Errorf("query and status: %q", got)
	}
	if got := list(t, r, manage.Filter{Query: "no such"}, 10); len(got) != 0 {
		t.Errorf("no such: %q", got)
	}
}

func TestWhatIsMadeOrDeletedBetweenPagesDisturbsNone(t *testing.T) {
	r := rig.New(t)
	var ids []manage.Issued
	for _, name := range []string{"a", "b", "c", "d"} {
		ids = append(ids, named(t, r, name))
	}
	first, next, err := r.Manage.List(t.Context(), rig.Admin("acme"), "acme", manage.Filter{}, manage.Page{Limit: 2})
	if err != nil || len(first) != 2 || first[1].Name != "c" || next != first[1].ID {
		t.Fatalf("%+v, %q, %v", first, next, err)
	}
	named(t, r, "e")
	for _, gone := range []int{1, 2} {
		if err := r.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(ids[gone])); err != nil {
			t.Fatal(err)
		}
	}
	second, next, err := r.Manage.List(t.Context(), rig.Admin("acme"), "acme", manage.Filter{}, manage.Page{After: next, Limit: 2})
	if err != nil || len(second) != 1 || second[0].Name != "a" || next != "" {
		t.Errorf("%+v, %q, %v", second, next, err)
	}
}

func TestStatusFilterFollowsTheClock(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	named(t, r, "active")
	rotating := named(t, r, "rotating")
	if _, err := r.Manage.Rotate(t.Context(), admin, rig.Target(rotating), later, never); err != nil {
		t.Fatal(err)
	}
	ends := r.Clock.Now().Add(time.Hour)
	for _, c := range []struct {
		at       time.Time
		rotating []string
		active   []string
	}{
		{ends.Add(-time.Millisecond), []string{"rotating"}, []string{"active"}},
		{ends, []string{}, []string{"rotating", "active"}},
	} {
		r.Clock.Set(c.at)
		for status, want := range map[integration.Status][]string{integration.StatusRotating: c.rotating, integration.StatusActive: c.active, integration.StatusInactive: {}} {
			if diff := cmp.Diff(want, list(t, r, manage.Filter{Status: status}, 10)); diff != "" {
				t.Errorf("%s at %v:\n%s", status, c.at, diff)
			}
		}
	}
}

func TestListIsSearchedByNameAndPublicTokenID(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	shop, till := named(t, r, "Web SHOP"), named(t, r, "Straße")
	rotated, err := r.Manage.Rotate(t.Context(), admin, rig.Target(shop), later, never)
	if err != nil {
		t.Fatal(err)
	}
	id := func(i manage.Issued) string { return string(i.Token.ID()) }
	secret := strings.SplitN(till.Token.Reveal(), "_", 3)[2]
	for query, want := range map[string][]string{
		"":                        {"Straße", "Web SHOP"},
		"shop":                    {"Web SHOP"},
		"B sH":                    {"Web SHOP"},
		"STRAßE":                  {"Straße"},
		id(shop):                  {"Web SHOP"}, // it retires
		id(rotated)[:10]:          {"Web SHOP"},
		"pit_" + id(rotated)[:6]:  {"Web SHOP"}, // the hint
		"pit_" + id(till):         {"Straße"},
		id(till)[1:]:              {},
		id(till) + "_":            {},
		strings.ToLower(id(till)): {},
		secret:                    {},
		secret[:8]:                {},
		till.Token.Reveal():       {},
		"p":                       {"Web SHOP"},
		"pit":                     {},
		"pit_":                    {},
	} {
		if got := list(t, r, manage.Filter{Query: query}, 10); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	r.Clock.Advance(time.Hour) // the grace is over: the newest dead token is found still
	if got := list(t, r, manage.Filter{Query: id(shop)}, 10); !slices.Equal(got, []string{"Web SHOP"}) {
		t.Errorf("dead token: %q", got)
	}
}

func TestLookupFindsWhoseATokenIsDeadOrAlive(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	living, deleted, foreign := r.Create(t, "acme"), r.Create(t, "acme"), r.Create(t, "globex")
	retiring := r.Create(t, "acme")
	if _, err := r.Manage.Rotate(t.Context(), admin, rig.Target(retiring), later, never); err != nil {
		t.Fatal(err)
	}
	if err := r.Manage.Delete(t.Context(), admin, rig.Target(deleted)); err != nil {
		t.Fatal(err)
	}
	lookup := func(text string) (manage.Found, error) {
		t.Helper()
		return r.Manage.Lookup(t.Context(), admin, "acme", text)
	}
	for _, c := range []struct {
		issued manage.Issued
		status integration.Status
		reason integration.Reason
	}{
		{living, integration.StatusActive, ""},
		{deleted, integration.StatusDeleted, integration.ReasonDeleted},
		{retiring, integration.StatusRotating, ""},
	} {
		got, err := lookup("  " + c.issued.Token.Reveal() + "\n")
		if err != nil || got.ID != c.issued.ID || got.Credential.ID != c.issued.Token.ID() || got.Status != c.status {
			t.Errorf("%+v, %v", got, err)
			continue
		}
		if (got.Ended == nil) != (c.reason == "") || got.Ended != nil && got.Ended.Reason != c.reason {
			t.Errorf("ended: %+v, want %q", got.Ended, c.reason)
		}
	}
	r.Clock.Advance(time.Hour)
	got, err := lookup(retiring.Token.Reveal())
	if err != nil || got.Ended == nil || got.Ended.Reason != integration.ReasonGrace || got.Status != integration.StatusActive {
		t.Errorf("after its grace: %+v, %v", got, err)
	}
	r.Clock.Set(rig.Start.Add(integration.TombstoneAge - time.Millisecond))
	if got, err = lookup(deleted.Token.Reveal()); err != nil || got.Ended == nil || got.Ended.Reason != integration.ReasonDeleted {
		t.Errorf("until its tombstone's last millisecond: %+v, %v", got, err)
	}
	r.Clock.Advance(time.Millisecond)
	if _, err := lookup(deleted.Token.Reveal()); !errors.Is(err, integration.ErrNotFound) {
		t.Errorf("after that: %v", err)
	}
	if _, err := lookup(living.Token.Reveal()); err != nil {
		t.Errorf("one that lives on: %v", err)
	}
	if _, err := lookup(foreign.Token.Reveal()); !errors.Is(err, integration.ErrNotFound) {
		t.Errorf("of another account: %v", err)
	}
}

func TestLookupNeedsTheWholeTokenAndItsSecret(t *testing.T) {
	r := rig.New(t)
	version, pepper, err := r.Peppers.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	right, wrong := r.Format.Mint(token.Entropy{0: 1}), r.Format.Mint(token.Entropy{0: 1, 47: 1})
	change, err := integration.Create(integration.New{ID: "i1", Account: "acme", Name: "Shop", Scopes: []string{rig.Readonly}}, r.Catalog,
		integration.Minted{ID: right.ID(), MAC: pepper.MAC(right), PepperVersion: version}, rig.Admin("acme").Actor, rig.Start)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Store.Commit(t.Context(), change, 100, nil); err != nil {
		t.Fatal(err)
	}
	lookup := func(text string) error {
		_, err := r.Manage.Lookup(t.Context(), rig.Admin("acme"), "acme", text)
		return err
	}
	if err := lookup(right.Reveal()); err != nil {
		t.Errorf("the token: %v", err)
	}
	for what, other := range map[string]token.Token{"wrong secret": wrong, "unknown id": r.Format.Mint(token.Entropy{0: 2})} {
		if err := lookup(other.Reveal()); err != integration.ErrNotFound { //nolint:errorlint // nothing may tell the two apart
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, text := range []string{"", "pit_", right.Reveal()[:40], right.Reveal() + "0", string(right.ID()), "Bearer " + right.Reveal()} {
		var invalid *integration.Invalid
		if err := lookup(text); !errors.As(err, &invalid) || invalid.Fields[0].Field != "token" || len(text) > 4 && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := r.DB.Write(t.Context(), []table.Write{{
		Key:    table.Key{Partition: "TOKEN#" + string(right.ID()), Sort: "TOKEN"},
		Update: &table.Update{Set: table.Item{{Name: "pepper", Kind: table.Number, Number: 9}}},
	}}); err != nil {
		t.Fatal(err)
	}
	if err := lookup(right.Reveal()); err == nil || errors.Is(err, integration.ErrNotFound) {
		t.Errorf("a pepper that is not there: %v", err)
	}
}

func TestLessThanFourCharactersOfATokenIDFindNothing(t *testing.T) {
	r := rig.New(t)
	id := string(r.Create(t, "acme", rig.Readonly).Current.ID)
	for query, want := range map[string]int{id[:3]: 0, id[:4]: 1, "pit_" + id[:3]: 0, "pit_" + id[:4]: 1, "pit_": 0, id: 1} {
		if found := list(t, r, manage.Filter{Query: query}, 10); len(found) != want {
			t.Errorf("query %q finds %d, want %d", query, len(found), want)
		}
	}
}

// DynamoDB takes no sort key of more than 1 KB.
func TestListAfterWhatIsNoIntegrationIsEmpty(t *testing.T) {
	r := rig.New(t)
	named(t, r, "Shop")
	for _, after := range []string{"x", strings.Repeat("Z", 25), strings.Repeat("Z", 2000)} {
		views, next, err := r.Manage.List(t.Context(), rig.Admin("acme"), "acme", manage.Filter{}, manage.Page{After: after, Limit: 2})
		if len(views) > 0 || next != "" || err != nil {
			t.Errorf("after %.30q: %d, %q, %v", after, len(views), next, err)
		}
	}
}
