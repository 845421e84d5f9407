package stories_test

import (
	"time"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

// field is how a field takes a date and time; the browsers sit in London.
const field = "2006-01-02T15:04"

func (w *world) in(d time.Duration) string {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		w.t.Fatal(err)
	}
	return w.Clock.Now().Add(d).In(london).Format(field)
}

func followCreate(w *world, r *reader) {
	menu(r.Page).Click("link", "Private Integrations")
	r.Has("heading", "Private Integrations")
	r.See("Other Settings")
	r.Click("link", "Create New Integration")
	r.Has("heading", "Basic Info")
	r.Fill("Name", "Trial")
	r.Fill("Description", "For the contractor")
	r.See("Expires")
	r.See("Never")
	r.Check("On a date")
	r.Fill("Date and time", w.in(48*time.Hour))
	r.Click("button", "Next")
	r.Fill("Search scopes", "contacts")
	r.Check("contacts.readonly")
	w.count(admin, "acme", 0) // until here nothing is created
	r.Click("button", "Generate Access Token")
	r.See("share it with trusted parties only")
	secret := r.token(w.t)
	w.works(secret)
	r.Nowhere(secret)
}

func followFirstCall(w *world, r *reader) {
	secret := create(w.t, r.Page, "First call", "contacts.readonly")
	r.See("curl " + w.APIURL + "/token -H 'Authorization: Bearer " + secret)
	if told := w.API("GET", "/token", "Bearer "+secret); told.Status != 200 {
		w.t.Errorf("ask about the token: %s", told)
	}
	r.See("Waiting for the first call…")
	r.See("curl " + w.APIURL + "/contacts -H")
	w.works(secret)
	r.See("Connected, first call")
}

// rotateLater rotates, from the page of the integration, and gives the new token.
func (r *reader) rotateLater(w *world, of given) string {
	w.t.Helper()
	r.Visit(home)
	r.Click("link", of.name)
	r.Click("link", "Rotate and expire this token later")
	r.Has("combobox", "The old token stops")
	r.Click("button", "Continue")
	return r.token(w.t)
}

func followRotateLater(w *world, r *reader) {
	export := w.given("Rotated later")
	secret := r.rotateLater(w, export)
	w.works(export.token, secret)
	r.See("Connected, first call")
	r.Click("link", "Go to “Rotated later”")
	r.See("Last used")
	r.Has("link", "Expire Now") // of the old token
	r.Lacks("link", "Rotate and expire this token later")
}

func followRotateNow(w *world, r *reader) {
	export := w.given("Rotated now")
	r.Reload()
	r.Click("link", export.name)
	r.Click("link", "Rotate and expire this token now")
	w.works(export.token) // nothing stops before
	r.Click("button", "Continue")
	secret := r.token(w.t)
	w.works(secret)
	w.refused(export.token)
}

func followCancel(w *world, r *reader) {
	export := w.given("Cancelled")
	unused := r.rotateLater(w, export)
	r.Click("link", "Go to “Cancelled”")
	r.Click("link", "Cancel rotation")
	r.Click("link", "Go back")
	r.Lacks("dialog", "")
	w.works(export.token)
	r.Click("link", "Cancel rotation")
	r.Lacks("alert", "")
	r.SeeNot("has been in use since")
	r.Click("button", "Continue")
	r.Has("link", "Rotate and expire this token later")
	w.works(export.token)
	w.refused(unused)

	used := r.rotateLater(w, export)
	w.works(used)
	r.See("Connected, first call")
	r.Click("link", "Go to “Cancelled”")
	r.Click("link", "Cancel rotation")
	r.Page.Within("dialog", "Cancel rotation").See("The new token has been in use since")
	r.Click("button", "Continue")
	r.Has("link", "Rotate and expire this token later")
	w.works(export.token)
	w.refused(used)
}

func followEndOld(w *world, r *reader) {
	export := w.given("Ended early")
	secret := r.rotateLater(w, export)
	w.works(secret)
	r.Click("link", "Go to “Ended early”")
	r.See("Old token")
	r.See("Last used")

	r.Click("link", "Change when it expires")
	r.Fill("The old token stops on", w.in(3*time.Hour))
	r.Click("button", "Continue")
	r.See("in 2 hours")
	w.works(export.token, secret)

	r.Click("link", "Expire Now")
	r.Page.Within("dialog", "Expire the old token now").See("keeps working")
	r.Click("button", "Continue")
	r.SeeNot("A rotation is in progress.")
	w.works(secret)
	w.refused(export.token)
}

func followExpireNow(w *world, r *reader) {
	export := w.given("Expired now")
	r.Reload()
	r.Click("link", export.name)
	r.Click("link", "Expire Now")
	r.Click("button", "Continue")
	r.See("No token works at present.")
	w.refused(export.token)
	r.Click("button", "Generate Access Token")
	first := r.token(w.t)
	w.works(first)

	second := r.rotateLater(w, given{name: export.name})
	r.Click("link", "Go to “Expired now”")
	w.works(first, second)
	r.Click(browser.Disclosure, "More actions")
	r.Click("link", "Expire all tokens")
	r.Click("button", "Continue")
	r.See("No token works at present.")
	w.refused(first, second)
}

func followExpireLater(w *world, r *reader) {
	export := w.given("Expired later")
	r.Reload()
	r.Click("link", export.name)
	r.Click("link", "Expire Later")
	r.Fill("The token stops on", w.in(3*time.Hour))
	r.Click("button", "Continue")
	r.See("in 2 hours")
	w.works(export.token)
	w.expires(export, true)

	r.Click("link", "Remove expiry")
	r.Page.Within("dialog", "Remove expiry").See("no longer stops on")
	r.Click("button", "Continue")
	r.Lacks("link", "Remove expiry")
	w.expires(export, false)
}

// expires wants the token to tell whoever has it that it has an expiry, or none.
func (w *world) expires(of given, want bool) {
	w.t.Helper()
	var told struct {
		Active    bool   `json:"active"`
		ExpiresAt string `json:"expiresAt"`
	}
	answer := w.API("GET", "/token", of.token)
	if err := answer.Into(&told); err != nil || !told.Active || (told.ExpiresAt != "") != want {
		w.t.Errorf("about the token: %s", answer)
	}
}
