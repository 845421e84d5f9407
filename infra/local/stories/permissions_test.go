package stories_test

import (
	"net/http"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

// allow has an admin decide about staff on its page under My Staff, which a has
// open.
func allow(a *browser.Page, permission string) {
	if permission == "" {
		a.Uncheck("Private Integrations")
	} else {
		a.Check("Private Integrations")
		a.Check(permission)
	}
	a.Click("button", "Save")
	a.See("The changes are saved.")
}

// closed wants staff to see neither menu nor page, and the API to refuse the same.
func (w *world) closed(s *browser.Page) {
	w.t.Helper()
	s.Has("heading", "You don't have access to this page")
	menu(s).Lacks("link", "Private Integrations")
	if s.Status() != http.StatusForbidden {
		w.t.Errorf("the page is %d", s.Status())
	}
	if list := w.As(staff).Manage("GET", integrations, ""); list.Status != http.StatusForbidden || list.Code() != "forbidden" {
		w.t.Errorf("the list for staff: %s", list)
	}
}

func TestStaffMayWhatAnAdminAllowsFromTheNextPageOn(t *testing.T) {
	t.Parallel()
	w := start(t)
	export := w.given("Nightly export")
	s := w.open(home, staff)
	w.closed(s)

	a := w.open("/settings/staff", admin)
	a.Row(staff).Click("link", "Edit")
	allow(a, "View")
	s.Reload()
	menu(s).Has("link", "Private Integrations")
	s.Has("link", export.name)
	s.Lacks("link", "Create New Integration")
	s.Click("link", export.name)
	s.Has("heading", export.name)
	for _, button := range []string{"Edit", "Delete", "Expire Now", "Expire Later", "Rotate and expire this token now", "Rotate and expire this token later"} {
		s.Lacks("link", button)
	}
	s.Visit(home + "/new")
	s.Has("heading", "You don't have access to this page")

	allow(a, "Manage")
	s.Visit(home)
	w.works(create(t, s, "By staff", "contacts.readonly"))
	s.Visit(home)
	s.Has("link", "By staff")

	s.Click("link", export.name)
	s.Click("link", "Expire Now")
	allow(a, "")
	s.Click("button", "Continue") // the dialog was open all the while
	w.closed(s)
	w.works(export.token)
	s.Visit(home)
	w.closed(s)
}
