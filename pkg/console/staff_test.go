package console_test

import (
	"slices"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// edit opens the page of a person under My Staff.
func (b *browser) edit(email string) *screen {
	b.s.t.Helper()
	return b.get("/settings").follow().click("My Staff").want(200, email).
		at("/settings/staff/" + account.MemberID(rig.Issuer, email))
}

// permit sets what a person may do, as an admin does it.
func (b *browser) permit(email, level string) *screen {
	b.s.t.Helper()
	f := b.edit(email).want(200, "Roles & Permissions").form("Save")
	if level == "" {
		return f.untick("Private Integrations").press("Save")
	}
	return f.tick("Private Integrations").tick(level).press("Save")
}

func TestPeopleAppearOnceTheyHaveSignedIn(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	admin.get("/settings/staff").want(200, "admin@acme.test (you)", "Admin", "Manage").lacks("staff@acme.test")
	s.staff("acme").get(home).want(403)
	s.staff("globex").get(home)
	admin.get("/settings/staff").want(200, "staff@acme.test", "Staff", "No access", "comes with the role").lacks("globex")
}

// A switch that shows what it does, and does it with the next request.
func TestPermissionsHoldFromTheNextRequestOn(t *testing.T) {
	s := newSite(t)
	issued := s.Create(t, "acme")
	admin, staff := s.admin("acme"), s.staff("acme")
	first := home + "/" + issued.ID + "/first-call?token=" + string(issued.Token.ID())

	if got := staff.get(home).want(403, "You don't have access to this page").menu(); !slices.Equal(got, []string{"Help"}) {
		t.Errorf("the menu of somebody without rights: %q", got)
	}
	admin.permit("staff@acme.test", "View").follow().want(200, "The changes are saved.")
	staff.get(home).want(200, "Shop").lacks("Create New Integration")
	staff.get(home + "/new").want(403)

	staff.get(first).want(204)

	admin.permit("staff@acme.test", "Manage").follow().want(200)
	staff.get(home).want(200, "Create New Integration")
	page := staff.get(home + "/new").want(200)

	admin.permit("staff@acme.test", "").follow().want(200)
	page.form("Next").fill("Name", "Late").press("Next").want(403)
	staff.get(first).want(403)
	admin.get("/settings/staff").want(200, "staff@acme.test Staff No access 2 Jan")
}

// A page that was open meanwhile does not show what it could: the switch is off,
// and behind it the smaller of both rights is picked.
func TestPersonsFormShowsWhatHolds(t *testing.T) {
	s := newSite(t)
	s.staff("acme").get(home)
	admin := s.admin("acme")
	f := admin.edit("staff@acme.test").form("Save")
	if f.ticked("Private Integrations") || !f.ticked("View") || f.ticked("Manage") {
		t.Errorf("staff: %v", f.fields)
	}
	f = admin.edit("admin@acme.test").form("Save")
	if !f.ticked("Private Integrations") || f.ticked("View") || !f.ticked("Manage") {
		t.Errorf("admin: %v", f.fields)
	}
}

func TestLastManagerStays(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	s.staff("acme").get(home)
	for _, level := range []string{"", "View"} {
		p := admin.permit("admin@acme.test", level).
			want(409, "Somebody has to be left who may manage. Nothing was changed.", "admin@acme.test is the last person")
		if f := p.form("Save"); f.ticked("Private Integrations") != (level != "") {
			t.Errorf("%q: the form does not show what was asked for: %v", level, f.fields)
		}
	}
	admin.get(home + "/new").want(200)

	admin.permit("staff@acme.test", "Manage")
	admin.permit("admin@acme.test", "").follow().want(200)
	admin.get(home).want(403)
	// Whoever is admin can still give the right back, to themselves as well.
	admin.permit("admin@acme.test", "Manage").follow().want(200)
	admin.get(home).want(200)
}

// Rights of this kind are for admins by role, whatever else a person may do.
func TestStaffWhoManageDecideNothingAboutPeopleAndSettings(t *testing.T) {
	s := newSite(t)
	admin, staff := s.admin("acme"), s.staff("acme")
	staff.get(home)
	admin.permit("staff@acme.test", "Manage")
	if got := staff.get(home).want(200).lacks("Preferences").menu(); !slices.Equal(got, []string{"Private Integrations", "Help"}) {
		t.Errorf("the menu of staff who manage: %q", got)
	}
	person := "/settings/staff/" + account.MemberID(rig.Issuer, "staff@acme.test")
	for _, path := range []string{"/settings/staff", person, "/settings/labs", home + "/preferences"} {
		staff.get(path).want(403, "You don't have access to this page").lacks("admin@acme.test")
	}
	for _, path := range []string{person, "/settings/labs", home + "/preferences"} {
		staff.post(path, nil).want(403, "You don't have access to this page")
	}
	admin.get("/settings/labs").want(200, "Switching off does not stop them")
}

func TestUnknownPeopleAndThoseOfOthersAreNotFound(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	s.staff("globex").get(home)
	for _, id := range []string{"x", account.MemberID(rig.Issuer, "nobody"), account.MemberID(rig.Issuer, "staff@globex.test")} {
		admin.get("/settings/staff/"+id).want(404, "There is no such person")
		admin.post("/settings/staff/"+id, map[string][]string{"privateIntegrations": {"on"}, "permission": {"view"}}).
			want(404, "There is no such person")
	}
}

// What no form of ours sends is refused, and changes nothing.
func TestUnknownPermissionsAreRefused(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	s.staff("acme").get(home)
	person := "/settings/staff/" + account.MemberID(rig.Issuer, "staff@acme.test")
	for _, level := range []string{"", "owner", "none\n"} {
		admin.post(person, map[string][]string{"privateIntegrations": {"on"}, "permission": {level}}).want(400, "The form could not be read")
	}
	admin.get("/settings/staff").want(200, "staff@acme.test Staff No access")
}
