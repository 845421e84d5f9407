package manage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

func idOf(c manage.Caller) string { return account.MemberID(c.Issuer, c.ID) }

// permit has the admin of acme let somebody do something, who has been seen
// there.
func permit(t *testing.T, r *rig.Rig, c manage.Caller, p account.Permission) {
	t.Helper()
	if _, err := r.Manage.Access(t.Context(), c, "acme"); err != nil {
		t.Fatal(err)
	}
	if m, err := r.Manage.SetPermission(t.Context(), rig.Admin("acme"), "acme", idOf(c), p); err != nil || m.Permission() != p {
		t.Fatalf("%+v, %v", m, err)
	}
}

// labs switches the feature on or off.
func labs(t *testing.T, r *rig.Rig, of string, on bool) {
	t.Helper()
	if _, err := r.Manage.SetSettings(t.Context(), rig.Admin(of), of, nil, account.Edit{PrivateIntegrations: &on}); err != nil {
		t.Fatal(err)
	}
}

// facts are those of an account, oldest first.
func facts(t *testing.T, r *rig.Rig, of string) []fact.Fact {
	t.Helper()
	all, err := r.Store.AccountFacts(t.Context(), of, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	for n, f := range all {
		if f.Seq != int64(n+1) {
			t.Fatalf("fact %d has seq %d", n+1, f.Seq)
		}
	}
	return all
}

func TestPermissionHoldsFromTheNextRequestOn(t *testing.T) {
	r := rig.New(t)
	staff := rig.Staff("acme")
	target := func() manage.Target { return rig.Target(r.Create(t, "acme")) }
	changing := func(m method) bool { return !isViewing(m) }

	permit(t, r, staff, account.View)
	answers(t, r, only(onOne, isViewing), staff, target(), nil)
	answers(t, r, only(onAccount, isViewing), staff, target(), nil)
	answers(t, r, only(onOne, changing), staff, target(), manage.ErrForbidden)
	answers(t, r, only(onAccount, changing), staff, target(), manage.ErrForbidden)

	permit(t, r, staff, account.Manage)
	answers(t, r, onAccount, staff, target(), nil)
	answers(t, r, onOne, staff, target(), nil)
	answers(t, r, onPeople, staff, target(), manage.ErrForbidden)

	permit(t, r, staff, account.None)
	answers(t, r, onOne, staff, target(), manage.ErrForbidden)
	answers(t, r, onAccount, staff, target(), manage.ErrForbidden)
}

func TestAdminWithoutThePermissionStillDecidesAboutPeople(t *testing.T) {
	r := rig.New(t)
	admin, staff := rig.Admin("acme"), rig.Staff("acme")
	target := rig.Target(r.Create(t, "acme"))
	permit(t, r, staff, account.Manage)
	permit(t, r, admin, account.None)
	answers(t, r, onOne, admin, target, manage.ErrForbidden)
	answers(t, r, onAccount, admin, target, manage.ErrForbidden)
	answers(t, r, onPeople, admin, target, nil) // among them is to take the right back
	answers(t, r, onOne, admin, target, nil)
}

func TestSwitchedOffHidesManagementAndNotTokens(t *testing.T) {
	r := rig.New(t)
	admin, staff := rig.Admin("acme"), rig.Staff("acme")
	issued := r.Create(t, "acme")
	permit(t, r, staff, account.Manage)
	other := rig.Target(r.Create(t, "globex"))
	labs(t, r, "acme", false)
	for _, c := range []manage.Caller{admin, staff} {
		answers(t, r, onOne, c, rig.Target(issued), manage.ErrFeatureDisabled)
		answers(t, r, onAccount, c, rig.Target(issued), manage.ErrFeatureDisabled)
		if a, err := r.Manage.Access(t.Context(), c, "acme"); err != nil || a.Permission != account.Manage || a.Account.PrivateIntegrations {
			t.Errorf("access: %+v, %v", a, err)
		}
	}
	answers(t, r, onPeople, admin, rig.Target(issued), nil)
	answers(t, r, onOne, rig.Admin("globex"), other, nil)
	if _, err := r.Authorizer.Authorize(t.Context(), rig.Get(issued.Token.Reveal())); err != nil {
		t.Errorf("the token: %v", err)
	}
	labs(t, r, "acme", true)
	answers(t, r, onOne, staff, rig.Target(issued), nil)
}

func TestDenialIsOneFactForEachMemberOperationAndMinute(t *testing.T) {
	r := rig.New(t)
	issued := r.Create(t, "acme")
	staff := rig.Staff("acme")
	elsewhere := staff
	elsewhere.Issuer = "https://other.test" // the same subject of another issuer
	get := func(c manage.Caller) {
		t.Helper()
		if _, err := r.Manage.Get(t.Context(), c, "acme", issued.ID); !errors.Is(err, manage.ErrForbidden) {
			t.Fatal(err)
		}
	}
	for range 3 {
		get(staff)
	}
	get(elsewhere)
	if _, err := r.Manage.Members(t.Context(), staff, "acme"); !errors.Is(err, manage.ErrForbidden) {
		t.Fatal(err)
	}
	r.Clock.Advance(time.Minute - time.Millisecond)
	get(staff)
	r.Clock.Advance(time.Millisecond)
	get(staff)
	labs(t, r, "acme", false)
	if err := r.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(issued)); !errors.Is(err, manage.ErrFeatureDisabled) {
		t.Fatal(err)
	}
	denied := func(c manage.Caller, operation, why string, at time.Duration, count int64) fact.Fact {
		return fact.Fact{
			Account: "acme", Type: fact.AccessDenied, At: rig.Start.Add(at), Actor: c.Actor, Member: idOf(c), MemberEmail: c.Email,
			Operation: operation, Reason: why, Count: count,
		}
	}
	want := []fact.Fact{
		denied(staff, "get-integration", "forbidden", 0, 4),
		denied(elsewhere, "get-integration", "forbidden", 0, 1),
		denied(staff, "list-members", "forbidden", 0, 1),
		denied(staff, "get-integration", "forbidden", time.Minute, 1),
		{
			Account: "acme", Type: fact.LabsSwitched, At: rig.Start.Add(time.Minute), Actor: rig.Admin("acme").Actor,
			Changes: []fact.Delta{{Field: "labs.privateIntegrations", From: "true", To: "false"}},
		},
		denied(rig.Admin("acme"), "delete-integration", "feature_disabled", time.Minute, 1),
	}
	if diff := cmp.Diff(want, facts(t, r, "acme"), cmpopts.IgnoreFields(fact.Fact{}, "Seq", "Prev", "Hash")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestForeignAccountKeepsNoTrace(t *testing.T) {
	r := rig.New(t)
	target := rig.Target(r.Create(t, "acme"))
	for _, methods := range [][]method{onAccount, onOne, onPeople} {
		answers(t, r, methods, rig.Admin("globex"), target, integration.ErrNotFound)
	}
	if _, err := r.Manage.Access(t.Context(), rig.Admin("globex"), "acme"); !errors.Is(err, integration.ErrNotFound) {
		t.Errorf("access: %v", err)
	}
	members, err := r.Store.Members(t.Context(), "acme")
	if err != nil || len(members) != 1 || len(facts(t, r, "acme")) != 0 {
		t.Errorf("%d members, facts %+v, %v", len(members), facts(t, r, "acme"), err)
	}
}

func TestPeopleAreToldApartByIssuerAndSubject(t *testing.T) {
	r := rig.New(t)
	target := rig.Target(r.Create(t, "acme"))
	staff := rig.Staff("acme")
	elsewhere := staff
	elsewhere.Issuer = "https://other.test"
	permit(t, r, staff, account.View)
	answers(t, r, only(onOne, isViewing), staff, target, nil)
	answers(t, r, onOne, elsewhere, target, manage.ErrForbidden)
	permit(t, r, elsewhere, account.Manage)
	answers(t, r, only(onOne, func(m method) bool { return m.name == "edit" }), staff, target, manage.ErrForbidden)
	ofGlobex := staff
	ofGlobex.Roles = map[string]account.Role{"globex": account.RoleStaff}
	answers(t, r, onOne, ofGlobex, rig.Target(r.Create(t, "globex")), manage.ErrForbidden) // a right is one account's
}

func TestMembersAreKnownFromTheirFirstCallOn(t *testing.T) {
	r := rig.New(t)
	admin, staff := rig.Admin("acme"), rig.Staff("acme")
	list := func(t *testing.T) []account.Member {
		t.Helper()
		members, err := r.Manage.Members(t.Context(), admin, "acme")
		if err != nil {
			t.Fatal(err)
		}
		return members
	}
	member := func(c manage.Caller, seen time.Duration) account.Member {
		return account.Member{
			Account: "acme", ID: idOf(c), Issuer: rig.Issuer, Subject: c.ID, Email: c.Email, Role: c.Roles["acme"], SeenAt: rig.Start.Add(seen),
		}
	}
	wants := func(want ...account.Member) {
		t.Helper()
		if diff := cmp.Diff(want, list(t)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	wants(member(admin, 0))
	if _, err := r.Manage.Get(t.Context(), staff, "acme", "x"); !errors.Is(err, manage.ErrForbidden) {
		t.Fatal(err)
	}
	wants(member(admin, 0), member(staff, 0))
	r.Clock.Advance(24*time.Hour - time.Millisecond)
	wants(member(admin, 0), member(staff, 0))
	r.Clock.Advance(time.Millisecond)
	wants(member(admin, 24*time.Hour), member(staff, 0))
	staff.Email, staff.Roles = "", map[string]account.Role{"acme": account.RoleAdmin}
	if a, err := r.Manage.Access(t.Context(), staff, "acme"); err != nil || a.Permission != account.Manage || a.Role != account.RoleAdmin {
		t.Errorf("access: %+v, %v", a, err)
	}
	promoted := member(staff, 24*time.Hour)
	promoted.Email = "staff@acme.test"
	wants(member(admin, 24*time.Hour), promoted)
	if m, err := r.Manage.Member(t.Context(), admin, "acme", idOf(staff)); err != nil || m != promoted {
		t.Errorf("%+v, %v", m, err)
	}
	r.Create(t, "globex")
	for _, id := range []string{"", "x", idOf(rig.Admin("globex")), idOf(rig.Staff("nobody"))} {
		if _, err := r.Manage.Member(t.Context(), admin, "acme", id); !errors.Is(err, account.ErrNoMember) {
			t.Errorf("member %q: %v", id, err)
		}
		if _, err := r.Manage.SetPermission(t.Context(), admin, "acme", id, account.View); !errors.Is(err, account.ErrNoMember) {
			t.Errorf("permission of %q: %v", id, err)
		}
	}
}

func TestSettingsAreChangedInTheVersionThatIsNamed(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	set := func(versions []int64, hours time.Duration) (account.Account, error) {
		grace := hours * time.Hour
		return r.Manage.SetSettings(t.Context(), admin, "acme", versions, account.Edit{Grace: &grace})
	}
	a, err := set([]int64{1}, 5)
	if err != nil || a.Version != 2 {
		t.Fatalf("%+v, %v", a, err)
	}
	if _, err := set([]int64{1, 3}, 6); !errors.Is(err, manage.ErrVersion) {
		t.Errorf("a stale version: %v", err)
	}
	if _, err := r.Manage.Get(t.Context(), rig.Staff("acme"), "acme", "x"); !errors.Is(err, manage.ErrForbidden) {
		t.Fatal(err)
	}
	if a, err = set([]int64{2}, 7); err != nil || a.Version != 3 { // a denial moves no version
		t.Errorf("%+v, %v", a, err)
	}
	if read, err := r.Manage.Settings(t.Context(), admin, "acme"); err != nil || read != a {
		t.Errorf("%+v, %v, want %+v", read, err, a)
	}
}

func TestRotationThatNamesNoGraceTakesTheAccounts(t *testing.T) {
	r := rig.New(t)
	admin := rig.Admin("acme")
	ends := func(r *rig.Rig, grace time.Duration) time.Duration {
		t.Helper()
		issued := r.Create(t, "acme")
		after, err := r.Manage.Rotate(t.Context(), admin, rig.Target(issued), integration.Rotation{Grace: grace}, never)
		if err != nil {
			t.Fatal(err)
		}
		return after.Retiring.WindowEndsAt.Sub(rig.Start)
	}
	if got := ends(r, manage.AccountGrace); got != week {
		t.Errorf("at first: %v", got)
	}
	grace := 36 * time.Hour
	if _, err := r.Manage.SetSettings(t.Context(), admin, "acme", nil, account.Edit{Grace: &grace}); err != nil {
		t.Fatal(err)
	}
	if got := ends(r, manage.AccountGrace); got != grace {
		t.Errorf("by the settings: %v", got)
	}
	if got := ends(r, time.Hour); got != time.Hour {
		t.Errorf("by the rotation: %v", got)
	}
}

// atOnceDo does things at the same time.
func atOnceDo(things ...func()) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for _, do := range things {
		all.Go(func() { <-start; do() })
	}
	close(start)
	all.Wait()
}

func TestTwoAdminsCanNotTakeEachOthersRightAtOnce(t *testing.T) {
	r := rig.New(t)
	for round := range 30 {
		id := fmt.Sprint("account", round)
		one, other := rig.Admin(id), rig.Admin(id)
		other.ID, other.Email = "other", "other@acme.test"
		for _, c := range []manage.Caller{one, other} {
			if _, err := r.Manage.Access(t.Context(), c, id); err != nil {
				t.Fatal(err)
			}
		}
		errs := make([]error, 2)
		take := func(n int, by, of manage.Caller) func() {
			return func() { _, errs[n] = r.Manage.SetPermission(context.Background(), by, id, idOf(of), account.None) }
		}
		atOnceDo(take(0, one, other), take(1, other, one))
		refused := 0
		for _, err := range errs {
			if errors.Is(err, account.ErrLastManager) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if refused != 1 || len(facts(t, r, id)) != 1 {
			t.Fatalf("%v, facts %+v", errs, facts(t, r, id))
		}
	}
}

func TestDenialsAtOnceAreCountedExactly(t *testing.T) {
	r := rig.New(t)
	issued := r.Create(t, "acme")
	const requests = 40
	things := make([]func(), requests)
	for n := range things {
		things[n] = func() {
			c := rig.Staff("acme")
			if n%2 == 1 {
				c.ID, c.Email = "other", "other@acme.test"
			}
			if _, err := r.Manage.Get(context.Background(), c, "acme", issued.ID); !errors.Is(err, manage.ErrForbidden) {
				t.Error(err)
			}
		}
	}
	atOnceDo(things...)
	all := facts(t, r, "acme")
	if len(all) != 2 || all[0].Count+all[1].Count != requests || all[0].Count != requests/2 {
		t.Errorf("%+v", all)
	}
}

// unwritable is a store that can't write account facts.
type unwritable struct{ manage.Store }

func (unwritable) CommitAccount(context.Context, account.Change) error {
	return integration.ErrConflict
}

func TestDenialThatCanNotBeRecordedIsAFault(t *testing.T) {
	r := rig.New(t)
	issued := r.Create(t, "acme")
	r.Manage.Store = unwritable{r.Manage.Store}
	_, err := r.Manage.Get(t.Context(), rig.Staff("acme"), "acme", issued.ID)
	for _, told := range []error{nil, manage.ErrForbidden, integration.ErrConflict, integration.ErrNotFound} {
		if errors.Is(err, told) {
			t.Errorf("%v: clients would be told that it is %v", err, told)
		}
	}
}
