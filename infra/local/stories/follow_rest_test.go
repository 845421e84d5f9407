package stories_test

import (
	"strings"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

func followEdit(w *world, r *reader) {
	export := w.given("Edited")
	w.mayWrite(export.token, false)
	r.Reload()
	r.Click(browser.Disclosure, "Actions for Edited")
	r.Page.Row(export.name).Click("link", "Edit")
	r.meet("Edit")
	r.Fill("Name", "Edited, and renamed")
	r.Fill("Description", "Writes as well")
	r.Click("button", "Next")
	r.See("This does not create a new token")
	r.Check("contacts.write")
	w.mayWrite(export.token, false)
	r.Click("button", "Update")
	r.Has("heading", "Edited, and renamed")
	r.See("Writes as well")
	w.works(export.token)
	w.mayWrite(export.token, true)

	r.Click("link", "Edit")
	r.Click("button", "Next")
	r.Uncheck("contacts.write")
	r.Click("button", "Update")
	r.Has("heading", "Edited, and renamed")
	w.works(export.token)
	w.mayWrite(export.token, false)
}

func followDelete(w *world, r *reader) {
	export := w.given("Deleted")
	r.Reload()
	r.Click(browser.Disclosure, "Actions for Deleted")
	r.Row(export.name).Click("link", "Delete")
	r.Fill("Type the name to confirm", "another")
	r.Click("button", "Continue")
	r.See("Is not the name of the integration; nothing was deleted.")
	w.works(export.token)
	r.Fill("Type the name to confirm", export.name)
	r.Click("button", "Continue")
	r.Has("heading", "Private Integrations")
	r.Lacks("link", export.name)
	w.refused(export.token)
}

func followCompromised(w *world, r *reader) {
	export, other := w.given("Leaked"), w.given("Leaked, and not needed")
	r.Has("heading", "Private Integrations")
	r.Click("link", "Token compromised?")
	r.Fill("Token", export.token)
	r.Click("button", "Find")
	r.See("Alive")
	r.Nowhere(export.token)
	r.Click("link", "Rotate and expire this token now")
	r.Click("button", "Continue")
	secret := r.token(w.t)
	w.works(secret)
	w.refused(export.token)
	r.Click("link", "Go to “Leaked”")
	r.See("Last used")
	r.Click("link", "Usage")
	r.See("With dead tokens")

	r.Visit(home + "/compromised")
	r.Row(other.name).Click("link", "Expire Now")
	r.Click("button", "Continue")
	r.Has("heading", other.name)
	w.refused(other.token)
}

func followFind(w *world, r *reader) {
	export := w.given("Found")
	r.Has("heading", "Private Integrations")
	r.Click("link", "Find by token")
	r.Fill("Token", export.token)
	r.Click("button", "Find")
	r.Has("heading", "Found")
	r.See("Alive")
	r.Nowhere(export.token)

	hint := strings.Join(strings.Split(export.token, "_")[:2], "_")
	r.Click("link", "Find another")
	r.Fill("Token", hint)
	r.Click("button", "Find")
	r.Has("link", export.name)

	r.Visit(home + "/find")
	r.Fill("Token", export.token[:len(export.token)-1])
	r.Click("button", "Find")
	r.See("This is not a whole token of this API")
	w.works(export.token)
}

func followPermissions(w *world, r *reader) {
	may := func(status int) {
		w.t.Helper()
		if list := w.As(staff).Manage("GET", integrations, ""); list.Status != status {
			w.t.Errorf("staff asks for the list: %s", list)
		}
	}
	may(403)
	r.Click("link", "My Staff")
	r.Row(staff).Click("link", "Edit")
	r.Has("tab", "Roles & Permissions")
	r.Check("Private Integrations")
	r.Has("radio", "Manage")
	r.Check("View")
	r.Click("button", "Save")
	r.Has("status", "")
	may(200)
	r.Uncheck("Private Integrations")
	r.Click("button", "Save")
	r.Has("status", "")
	may(403)
}

func followLabs(w *world, r *reader) {
	export := w.given("Works on")
	r.Click("link", "Labs")
	r.Uncheck("Private Integrations")
	r.Click("button", "Save")
	r.See("keep working and can't be rotated or expired meanwhile")
	r.Click("button", "Continue")
	r.See("It is switched off")
	w.works(export.token)
	r.Visit(home)
	r.Has("heading", "Private Integrations is switched off")
	r.Click("button", "Switch on Private Integrations")
	r.Has("link", export.name)
}

func followPreferences(w *world, r *reader) {
	export := w.given("As preferred")
	r.Has("heading", "Private Integrations")
	r.Click("link", "Preferences")
	r.Fill("Old token keeps working for", "48")
	r.Has("spinbutton", "Time to rotate after")
	r.Has("spinbutton", "An old token is safe to expire after silence for")
	r.Has("spinbutton", "Tokens that nobody uses expire after")
	r.Click("button", "Save")
	r.Has("status", "")
	r.rotateLater(w, export)
	if until := r.Shown(); !soon("2 days", "1 day 23 hours").MatchString(until) {
		w.t.Errorf("the old token works on as %s", until)
	}
	r.Visit(home + "/preferences")
	r.Fill("Old token keeps working for", "168")
	r.Click("button", "Save")
	r.Has("status", "")
}
