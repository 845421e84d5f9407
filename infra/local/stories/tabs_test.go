package stories_test

import (
	"net/http"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

func TestTheSecondOfTwoTabsIsToldWhatTheFirstHasChanged(t *testing.T) {
	t.Parallel()
	w := start(t)
	export := w.given("Nightly export")
	edit := func(p *browser.Page, name string) {
		p.Click("link", "Edit")
		p.Fill("Name", name)
		p.Click("button", "Next")
		p.Has("button", "Update")
	}
	second := w.open(export.path, admin)
	first := second.Tab(export.path)
	edit(second, "Of the second tab")
	edit(first, "Of the first tab")
	first.Click("button", "Update")
	first.Has("heading", "Of the first tab")

	second.Check("contacts.write")
	second.Click("button", "Update")
	if second.Status() != http.StatusConflict {
		t.Errorf("the second update is answered with %d", second.Status())
	}
	second.See("It has changed since you began. Nothing of yours was saved yet.")
	second.Within("alert", "").See(admin)
	second.Within("alert", "").See("Of the first tab")
	w.mayWrite(export.token, false)
	second.Has("heading", "Scopes of “Of the second tab”")
	if box := second.Look("checkbox", "contacts.write Create, change and delete contacts"); box.Checked != "true" {
		t.Error("the scope that was picked is gone")
	}

	second.Click("button", "Update")
	second.Has("heading", "Of the second tab")
	w.mayWrite(export.token, true)
	w.works(export.token)
}

func TestAFormOfAnotherAccountIsRefusedKindly(t *testing.T) {
	t.Parallel()
	w := start(t)
	form := w.open(home, agency)
	form.Has("heading", "No integrations yet")
	form.Click("link", "Create New Integration")
	form.Fill("Name", "For acme")
	form.Click("button", "Next")
	form.Check("contacts.readonly")

	other := form.Tab(home)
	other.Click(browser.Disclosure, "Account acme, "+agency)
	other.Click("button", "globex")
	other.Has(browser.Disclosure, "Account globex, "+agency)

	form.Click("button", "Generate Access Token")
	form.Has("heading", "You have switched to another account")
	form.See("Nothing was changed.")
	w.count(agency, "acme", 0)
	w.count(agency, "globex", 0)

	other.Click(browser.Disclosure, "Account globex, "+agency)
	other.Click("button", "acme")
	other.Has(browser.Disclosure, "Account acme, "+agency)
	form.Back()
	form.Has("heading", "Scopes of “For acme”")
	form.Check("contacts.readonly")
	form.Click("button", "Generate Access Token")
	w.works(shown(t, form))
	w.count(agency, "acme", 1)
	w.count(agency, "globex", 0)
}

func TestAFormOutlivesItsSession(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(home, admin)
	p.Click("link", "Create New Integration")
	p.Fill("Name", "Nightly export")
	p.Fill("Description", "At two in the morning")
	p.Click("button", "Next")
	p.Check("contacts.readonly")
	p.Forget()
	p.Click("button", "Generate Access Token")
	p.Has("heading", "Your session has ended")
	p.See("Nothing was done with the form that you sent.")
	w.count(admin, "acme", 0)

	p.Click("link", "Sign in and go on")
	signIn(p, admin)
	p.See("You have signed in again. Nothing has been done yet.")
	p.Has("heading", "Scopes of “Nightly export”")
	w.count(admin, "acme", 0)
	p.Click("button", "Generate Access Token")
	w.works(shown(t, p))
	w.count(admin, "acme", 1)
	p.Click("link", "Go to “Nightly export”")
	p.See("At two in the morning")

	p.Click("link", "Rotate and expire this token later")
	p.Choose("The old token stops", p.Names("option")[0])
	p.Forget()
	p.Click("button", "Continue")
	p.Has("heading", "Your session has ended")
	p.Click("link", "Sign in and go on")
	signIn(p, admin)
	p.Has("heading", "Rotate and expire this token later")
	p.Click("button", "Continue")
	w.works(shown(t, p))
	if until := p.Shown(); !soon("1 hour", "59 minutes").MatchString(until) {
		t.Errorf("what was chosen is not what was done: %s", until)
	}
}
