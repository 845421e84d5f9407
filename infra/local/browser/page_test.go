package browser_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

func TestAFormIsFilledAndSentAsAPersonDoes(t *testing.T) {
	for name, options := range map[string][]browser.Option{
		"with scripts": nil, "without": {browser.NoScript}, "on a telephone": {browser.Narrow}, "dark": {browser.Dark},
	} {
		t.Run(name, func(t *testing.T) {
			p := browser.Open(t, site(t), options...)
			p.Fill("Name", "Ada")
			p.Fill("Name", "Grace")
			p.Fill("Day", "2027-01-31")
			p.Choose("Colour", "Green")
			p.Check("Send news")
			p.Check("Send news")
			p.Click("button", "Save")
			p.Has("heading", "Saved")
			p.See("colour=g&day=2027-01-31&name=Grace&news=yes")
			p.See("cookie true")
		})
	}
}

func TestWhatTheBrowserRefusesToSendStaysOnThePage(t *testing.T) {
	p := browser.Open(t, site(t))
	p.Click("button", "Save") // the name is required
	p.Has("heading", "Home")
	if !p.Look("textbox", "Name").Invalid {
		t.Error("the name is not told to be missing")
	}
}

func TestAnActWaitsForWhatItLeadsTo(t *testing.T) {
	p := browser.Open(t, site(t))
	p.Click("link", "Other page")
	if got := p.Text("heading", ""); got != "Other page" {
		t.Errorf("heading %q", got)
	}
	p.Back()
	if p.Title() != "Home" {
		t.Errorf("title %q", p.Title())
	}
	p.Click("link", "Below")
	if !strings.HasSuffix(p.URL(), "/#below") {
		t.Errorf("at %s", p.URL())
	}
	p.Click("button", "Ask the server")
	if got := p.Text("status", ""); got != "from the server" {
		t.Errorf("answer %q", got)
	}
	p.Reload()
	if got := p.Text("status", ""); got != "" {
		t.Errorf("answer %q", got)
	}
}

func TestPartsOfAPageAreTalkedToAlone(t *testing.T) {
	p := browser.Open(t, site(t))
	p.Row("Second").Click("button", "Delete")
	p.See("First")
	p.SeeNot("Second")
	p.Within("navigation", "Pages").Has("link", "Below")
	p.Within("navigation", "Pages").Lacks("button", "Save")
	p.Lacks("dialog", "Are you sure?")
	p.Click("button", "More")
	p.Lacks("button", "Save") // behind the dialog
	p.Within("dialog", "Are you sure?").Click("button", "Go back")
	p.Has("button", "Save")
}

func TestThingsAreToldOfAsAssistiveTechnologyIs(t *testing.T) {
	p := browser.Open(t, site(t))
	p.Fill("Name", "Ada")
	want := browser.Element{Role: "textbox", Name: "Name", Description: "As others see it", Value: "Ada"}
	if diff := cmp.Diff(want, p.Look("textbox", "Name")); diff != "" {
		t.Error(diff)
	}
	if box := p.Look("checkbox", "Send news"); box.Checked != "false" {
		t.Errorf("the box is told to be %+v", box)
	}
	if !p.Look("button", "Save later").Disabled {
		t.Error("the button is not told to be disabled")
	}
	if got := p.Names("button"); !slices.Contains(got, "Save later") {
		t.Errorf("buttons %q", got)
	}
	p.SeeNot("Secret words")
	if outline := p.Outline(); !strings.Contains(outline, `button "Save"`) {
		t.Error(outline)
	}
}

func TestKeysDoWhatTheyDoForAPerson(t *testing.T) {
	p := browser.Open(t, site(t))
	p.Fill("Name", "Ada")
	p.Press("Enter")
	p.Has("heading", "Saved")
}

func TestTabsShareTheirCookiesAndTestsDoNot(t *testing.T) {
	address := site(t)
	p := browser.Open(t, address)
	p.Fill("Name", "Ada")
	p.Click("button", "Save")
	p.Tab(address + "/saved").See("cookie true")
	browser.Open(t, address+"/saved").See("cookie false")
}

func TestTheClockAndTheZoneAreThoseOfThePerson(t *testing.T) {
	address := site(t)
	browser.Open(t, address, browser.Zone("Asia/Tokyo")).See("Time: 31/01/2027, 21:00:00")
	browser.Open(t, address, browser.Zone("America/New_York")).See("Time: 31/01/2027, 07:00:00")
	browser.Open(t, address, browser.NoScript).See("Time: 2027-01-31 12:00 UTC")
}

func TestAPageThatAnswersWithAnErrorIsShown(t *testing.T) {
	p := browser.Open(t, site(t)+"/gone")
	p.Has("heading", "Gone")
	if p.Status() != 410 {
		t.Errorf("status %d", p.Status())
	}
}
