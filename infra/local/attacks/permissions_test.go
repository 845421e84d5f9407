package attacks_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/table"
)

const (
	members  = "/api/v1/accounts/acme/members"
	settings = "/api/v1/accounts/acme/settings"
	staff    = "staff@acme.test"
	agency   = "agency@acme.test"
)

// viewing are the operations that need no more than the right to view.
var viewing = []string{"list-integrations", "get-integration", "get-rotation", "list-events", "lookup-token", "get-usage", "get-advice", "list-notifications"}

// inAccounts gives the operations on something in an account.
func inAccounts() []api.Operation {
	return slices.DeleteFunc(slices.Clone(api.Operations), func(o api.Operation) bool { return !strings.Contains(o.Path, "{accountId}") })
}

// people lists the members of acme, by e-mail address.
func (w *world) people(t testing.TB) map[string]api.Member {
	t.Helper()
	var list api.Members
	if err := w.obeyed(t, "GET", members, "").Into(&list); err != nil {
		t.Fatal(err)
	}
	all := map[string]api.Member{}
	for _, m := range list.Members {
		all[m.Email] = m
	}
	return all
}

// permission is the path of what a member of acme may do, who is made known if
// they are not.
func (w *world) permission(t testing.TB, email string) string {
	t.Helper()
	w.as(email).ask(t, "GET", acme, "")
	m, known := w.people(t)[email]
	if !known {
		t.Fatalf("%s is not known", email)
	}
	return members + "/" + m.UserID + "/permissions"
}

// permit lets staff do something.
func (w *world) permit(t testing.TB, permission string) {
	t.Helper()
	w.obeyed(t, "PUT", w.permission(t, staff), `{"privateIntegrations":"`+permission+`"}`)
}

// stopClock holds the product's clock.
func (w *world) stopClock(t testing.TB) {
	t.Helper()
	if a := w.Manage("POST", "/dev/clock", fmt.Sprintf(`{"stop":%q}`, time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z"))); a.Status != http.StatusOK {
		t.Fatalf("stop the clock: %s", a)
	}
}

// accountFacts stops the product and reads the facts of an account itself,
// oldest first.
func (w *world) accountFacts(t testing.TB, account string) []fact.Fact {
	t.Helper()
	w.Stop()
	db, err := bolt.Open(filepath.Join(w.Config.DataDir, "data.db"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	facts, err := table.New(db).AccountFacts(t.Context(), account, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(facts)
	return facts
}

func TestStaffWithoutThePermissionMayDoNothing(t *testing.T) {
	w := start(t)
	w.stopClock(t)
	path := w.rotating(t)
	untouched := w.untouched(t, path)
	other := w.as(staff)
	asked := map[string]int64{}
	for _, o := range inAccounts() {
		t.Run(o.ID, func(t *testing.T) {
			ask := func(id string, v []string) localtest.Answer {
				asked[o.ID]++
				return other.ask(t, o.Method, fill(t, o, "acme", id), v[0], v[1:]...)
			}
			for _, v := range variants(t, o) {
				if v[0] != bodyOf(t, o) {
					continue
				}
				a := ask(idOf(path), v)
				refused(t, a, problem.Forbidden)
				if got, want := told(t, ask(unknownID, v)), told(t, a); got != want {
					t.Errorf("staff learns what exists:\n%s\nwhere it does:\n%s", got, want)
				}
			}
		})
	}
	untouched()
	denied := map[string]int64{}
	for _, f := range w.accountFacts(t, "acme") {
		if _, twice := denied[f.Operation]; twice || f.Type != fact.AccessDenied || f.MemberEmail != staff || f.Actor.Address != "127.0.0.1" {
			t.Errorf("%+v", f)
		}
		denied[f.Operation] = f.Count
	}
	for operation, n := range asked {
		if denied[operation] != n {
			t.Errorf("%s: %d denials are on record, want %d", operation, denied[operation], n)
		}
	}
	if len(denied) != len(asked) {
		t.Errorf("denials of %v, want %v", denied, asked)
	}
}

func TestStaffMayDoWhatIsPermittedFromTheNextRequestOnAndNoMore(t *testing.T) {
	w := start(t)
	for _, permission := range []string{"view", "manage", "none"} {
		for _, o := range inAccounts() {
			t.Run(permission+" "+o.ID, func(t *testing.T) {
				path := w.rotating(t)
				w.permit(t, permission)
				untouched := w.untouched(t, path)
				a := w.as(staff).ask(t, o.Method, fill(t, o, "acme", idOf(path)), conditionalBody(t, o))
				allowed := permission == "manage" || permission == "view" && slices.Contains(viewing, o.ID)
				switch {
				case o.Admins || !allowed:
					refused(t, a, problem.Forbidden)
					untouched()
				case o.ID == "lookup-token":
					refused(t, a, problem.ValidationFailed, "token") // of the body, past the rights
				case a.Status != o.Status:
					t.Errorf("got %s", a)
				}
			})
		}
	}
	if a := w.as(staff).ask(t, "GET", "/api/v1/scopes", ""); a.Status != http.StatusOK {
		t.Errorf("scopes are for whoever is signed in: %s", a)
	}
}

func TestWithTheFeatureOffManagementIsRefusedAndTokensWork(t *testing.T) {
	w := start(t)
	path, token := w.create(t)
	w.permit(t, "manage")
	w.obeyed(t, "PUT", settings, `{"labs":{"privateIntegrations":false}}`)
	for _, user := range []string{localtest.Admin, staff} {
		for _, o := range inAccounts() {
			if o.Admins {
				continue
			}
			t.Run(user+" "+o.ID, func(t *testing.T) {
				a := w.as(user).ask(t, o.Method, fill(t, o, "acme", idOf(path)), bodyOf(t, o))
				refused(t, a, problem.FeatureDisabled)
				none := w.as(user).ask(t, o.Method, fill(t, o, "acme", unknownID), bodyOf(t, o))
				if got, want := told(t, none), told(t, a); got != want {
					t.Errorf("it is told what exists:\n%s\nwhere it does:\n%s", got, want)
				}
			})
		}
	}
	if a := w.API("GET", "/contacts/ada", token); a.Status != http.StatusOK {
		t.Errorf("the token: %s", a)
	}
	if a := w.as("admin@globex.test").ask(t, "GET", globex, ""); a.Status != http.StatusOK {
		t.Errorf("another account: %s", a)
	}
	w.permit(t, "view") // people and settings can be managed
	w.obeyed(t, "PUT", settings, `{"labs":{"privateIntegrations":true}}`)
	w.as(staff).obeyed(t, "GET", path, "")
}

func TestTheLastManagersRightCanNotBeTaken(t *testing.T) {
	w := start(t)
	own := w.permission(t, localtest.Admin)
	for _, permission := range []string{"none", "view"} {
		refused(t, w.ask(t, "PUT", own, `{"privateIntegrations":"`+permission+`"}`), problem.LastManager)
	}
	w.permit(t, "manage")
	w.obeyed(t, "PUT", own, `{"privateIntegrations":"none"}`)
	refused(t, w.ask(t, "GET", acme, ""), problem.Forbidden)
	refused(t, w.ask(t, "PUT", w.permission(t, staff), `{"privateIntegrations":"view"}`), problem.LastManager)
	w.obeyed(t, "PUT", own, `{"privateIntegrations":"manage"}`) // an admin decides about people with or without it
	w.obeyed(t, "GET", acme, "")
}

func TestOfTwoAdminsWhoTakeEachOthersRightOneRemains(t *testing.T) {
	w := start(t)
	other := w.as(agency)
	paths := []string{w.permission(t, localtest.Admin), w.permission(t, agency)}
	for range 20 {
		for _, path := range paths {
			w.obeyed(t, "PUT", path, `{"privateIntegrations":"manage"}`)
		}
		var both sync.WaitGroup
		both.Go(func() { w.Manage("PUT", paths[1], `{"privateIntegrations":"none"}`) })
		both.Go(func() { other.Manage("PUT", paths[0], `{"privateIntegrations":"none"}`) })
		both.Wait()
		people := w.people(t)
		one, two := people[localtest.Admin].Permissions, people[agency].Permissions
		if one == two {
			t.Fatalf("%v and %v", one, two)
		}
	}
}

func TestForeignMembersAreAsGoodAsNone(t *testing.T) {
	w := start(t)
	other := w.as("admin@globex.test")
	other.obeyed(t, "GET", globex, "")
	var list api.Members
	if err := other.obeyed(t, "GET", "/api/v1/accounts/globex/members", "").Into(&list); err != nil || len(list.Members) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	set := func(id string) localtest.Answer {
		return w.ask(t, "PUT", members+"/"+id+"/permissions", `{"privateIntegrations":"manage"}`)
	}
	none := set(unknownUser)
	refused(t, none, problem.NotFound)
	for name, id := range map[string]string{
		"foreign": list.Members[0].UserID, "short": "x", "long": strings.Repeat("a", 2_000), "upper case": strings.ToUpper(list.Members[0].UserID),
		"a key of the store": "MEMBER", "a subject": "5a3f0c1e-7d42-4b86-9e15-c0d8a2f47b31", "a role": "admin",
	} {
		if got, want := told(t, set(id)), told(t, none); got != want {
			t.Errorf("%s:\n%s\nunknown:\n%s", name, got, want)
		}
	}
}

func TestAForeignAdminLeavesNoTrace(t *testing.T) {
	w := start(t)
	w.obeyed(t, "GET", acme, "")
	foreign := w.as("admin@globex.test")
	for _, o := range inAccounts() {
		refused(t, foreign.ask(t, o.Method, fill(t, o, "acme", unknownID), bodyOf(t, o)), problem.NotFound)
	}
	if people := w.people(t); len(people) != 1 {
		t.Errorf("known: %v", people)
	}
	if facts := w.accountFacts(t, "acme"); len(facts) > 0 {
		t.Errorf("%+v", facts)
	}
}
