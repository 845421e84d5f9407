package stories_test

import (
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
	"github.com/private-integrations/private-integrations/infra/local/localtest"
)

func TestTheAPIsDescriptionIsShown(t *testing.T) {
	t.Parallel()
	address := localtest.Start(t).ManagementURL + "/docs"
	// The viewer, which is another's, puts its place in the page into the history.
	viewer := browser.Forgive("NavigationEntryMarkedSkippable")
	p := browser.Open(t, address, viewer)
	p.Has("heading", "Errors")
	// Browsers let the keys scroll what has nothing in it to focus.
	p.Accessible("scrollable-region-focusable")
	browser.Open(t, address, viewer, browser.Dark).Has("heading", "Errors")
	browser.Open(t, address, browser.NoScript).Has("link", "openapi.json")
}
