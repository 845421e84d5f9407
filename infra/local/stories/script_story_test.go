package stories_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

// pressed has somebody press a button twice, the second time when they have waited
// for as long as nobody does. It says how the button looks in between.
const pressed = `(() => {
	const button = [...document.querySelectorAll("button")].find((b) => b.textContent === "Generate Access Token");
	const width = button.offsetWidth, now = Date.now, held = [];
	document.addEventListener("submit", (event) => held.push(event.defaultPrevented));
	button.click();
	Date.now = () => now() + 20000;
	button.click();
	return {Busy: button.ariaBusy, Says: getComputedStyle(button, "::after").content, Moved: button.offsetWidth !== width, Held: held};
})()`

func TestAnImpatientSecondClickLosesNoToken(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(home+"/new", admin)
	p.Fill("Name", "Nightly export")
	p.Click("button", "Next")
	p.Check("contacts.readonly")
	var button struct {
		Busy, Says string
		Moved      bool
		Held       []bool // the clicks that were kept from sending the form
	}
	p.Script(pressed, &button)
	if !slices.Equal(button.Held, []bool{false, true}) || button.Busy != "true" || button.Says != `"Wait…"` || button.Moved {
		t.Errorf("while the form is under way the button is %+v", button)
	}
	w.works(shown(t, p))
	w.count(admin, "acme", 1)
}

// Browsers that keep the page show it as it was left.
func TestAFormIsFreeAgainForWhoeverComesBack(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(home+"/preferences", admin)
	var busy []int
	p.Script(`(() => {
		const form = document.querySelector("main form"), count = () => document.querySelectorAll("[data-sent], [aria-busy]").length;
		form.addEventListener("submit", (event) => event.preventDefault());
		form.requestSubmit(form.querySelector("button"));
		const before = count();
		window.dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}));
		return [before, count()];
	})()`, &busy)
	if !slices.Equal(busy, []int{2, 0}) {
		t.Errorf("busy before and after: %d", busy)
	}
}

func TestADoubleClickAsksOneQuestion(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(w.given("Nightly export").path, admin)
	var asked int
	p.Script(`(() => {
		const link = document.querySelector("a[href$=rotate-now]"), real = fetch;
		let asked = 0;
		window.fetch = (...all) => { asked++; return real(...all); };
		link.click();
		link.click();
		return asked;
	})()`, &asked)
	if asked != 1 {
		t.Errorf("the question is asked %d times", asked)
	}
	p.Has("dialog", "Rotate and expire this token now")
	p.Press("Escape")
	p.Lacks("dialog", "")
	p.Click("link", "Expire Now")
	p.Has("dialog", "Expire Now")
}

func TestCopyingIsToldAndTheButtonKeepsItsName(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(home, admin)
	create(t, p, "Nightly export", "contacts.readonly")
	p.Script(`(window.later = [], window.setTimeout = (then) => later.push(then), 0)`, new(int))
	if request := copied(p, "Copy the request about the token"); !strings.HasPrefix(request, "curl ") {
		t.Errorf("copied %q", request)
	}
	p.See("Copied")
	p.Has("button", "Copy the request about the token")
	p.Script(`later.splice(0).map((then) => then()).length`, new(int))
	p.SeeNot("Copied")

	p.Script(`(navigator.clipboard.writeText = () => Promise.reject(), 0)`, new(int))
	p.Click("button", "Copy")
	p.See("Selected: copy it by hand")
	var selected string
	p.Script(`String(getSelection())`, &selected)
	if !whole.MatchString(selected) {
		t.Error("the token is not selected")
	}
}

// signIns are the names of the sign-ins that the browser has begun.
func signIns(p *browser.Page) (names []string) {
	for _, c := range p.Cookies() {
		if strings.Contains(c.Name, "-signin-") {
			names = append(names, c.Name)
		}
	}
	return names
}

func TestAPageThatIsLeftOpenBeginsNoSignIn(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(home, admin)
	secret := create(t, p, "Nightly export", "contacts.readonly")
	p.See("Waiting for the first call…")
	p.Forget()
	p.See("Your session has ended. Copy the token, then sign in again")
	p.See(secret)
	if begun := signIns(p); begun != nil {
		t.Errorf("the page has begun %q", begun)
	}
	for _, finding := range p.Findings() {
		if !strings.Contains(finding, "401") { // which the browser notes on its console
			t.Errorf("the browser found: %s", finding)
		}
	}
}

func TestAQuestionWithoutASessionIsAskedAfterTheSignIn(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(w.given("Nightly export").path, admin)
	p.Forget()
	p.Click("link", "Expire Now")
	if begun := signIns(p); len(begun) != 1 {
		t.Errorf("the page has begun %q", begun)
	}
	signIn(p, admin)
	p.Has("heading", "Expire Now")
	for _, finding := range p.Findings() {
		if !strings.Contains(finding, "401") {
			t.Errorf("the browser found: %s", finding)
		}
	}
}

func TestWaitingForTheFirstCallEnds(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(home, admin)
	create(t, p, "Nightly export", "contacts.readonly")
	p.See("Waiting for the first call…")
	p.Script(`(() => { const now = Date.now; Date.now = () => now() + 3600001; return 0; })()`, new(int))
	p.See("No call came within an hour.")
}
