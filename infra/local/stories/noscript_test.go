package stories_test

import (
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

func TestTheWholeLifeOfAnIntegrationNeedsNoScripts(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(home, admin, browser.NoScript)
	first := create(t, p, "Nightly export", "contacts.readonly")
	p.See("The page of the integration tells when the token was first used.")
	w.works(first)

	p.Click("link", "Go to “Nightly export”")
	p.Click("link", "Rotate and expire this token later")
	p.Has("heading", "Rotate and expire this token later")
	p.Click("button", "Continue")
	second := shown(t, p)
	w.works(first, second)

	p.Click("link", "Go to “Nightly export”")
	p.Click("link", "Cancel rotation")
	p.Click("link", "Go back")
	p.Click("link", "Cancel rotation")
	p.Click("button", "Continue")
	p.See("The rotation is cancelled")
	w.works(first)
	w.refused(second)

	p.Click("link", "Edit")
	p.Fill("Name", "Export")
	p.Click("button", "Next")
	p.Check("contacts.write")
	p.Click("button", "Update")
	p.Has("heading", "Export")
	w.mayWrite(first, true)

	p.Click("link", "Expire Now")
	p.Click("button", "Continue")
	p.See("No token works at present.")
	w.refused(first)
	p.Click("button", "Generate Access Token")
	third := shown(t, p)
	w.works(third)

	p.Click("link", "All integrations")
	p.Click(browser.Disclosure, "Actions for Export")
	p.Row("Export").Click("link", "Delete")
	p.Fill("Type the name to confirm", "Export")
	p.Click("button", "Continue")
	p.See("The integration is deleted.")
	p.Has("heading", "No integrations yet")
	w.refused(third)
}
