package console

import "net/http"

// Route is a method and a path that the console answers.
type Route struct {
	Method   string
	Template string // as package route has them

	open   bool // to who has not signed in, too
	handle func(*Console, *visit) (*page, error)
}

const (
	home       = "/settings/private-integrations"
	one        = home + "/{integrationId}"
	staffPath  = "/settings/staff"
	labsPath   = "/settings/labs"
	helpPath   = "/help"
	signInPath = "/signin"
	leavePath  = "/signout/provider"
)

// routes is the table of contents of the console.
var routes = append(actionRoutes(), []Route{
	{Method: "GET", Template: "/", handle: goTo(home)},
	{Method: "GET", Template: "/settings", handle: goToSettings},

	{Method: "GET", Template: signInPath, open: true, handle: (*Console).signIn},
	{Method: "GET", Template: signInPath + "/callback", open: true, handle: (*Console).signedIn},
	{Method: "POST", Template: "/signout", open: true, handle: (*Console).signOut},
	{Method: "GET", Template: leavePath, open: true, handle: (*Console).leave},
	{Method: "POST", Template: "/account", handle: (*Console).switchAccount},

	{Method: "GET", Template: home, handle: (*Console).list},
	{Method: "POST", Template: home, handle: search(home, "")},
	{Method: "GET", Template: newPath, handle: (*Console).newInfo},
	{Method: "POST", Template: newPath, handle: stepsOf((*Console).newInfo, (*Console).newScopes)},
	{Method: "GET", Template: newPath + "/scopes", handle: (*Console).resumeScopes},
	{Method: "POST", Template: newPath + "/scopes", handle: (*Console).create},
	{Method: "GET", Template: one, handle: (*Console).detail},
	{Method: "GET", Template: one + "/first-call", handle: (*Console).firstCall},
	{Method: "GET", Template: one + "/usage", handle: (*Console).usage},
	{Method: "GET", Template: one + "/edit", handle: (*Console).editInfo},
	{Method: "POST", Template: one + "/edit", handle: stepsOf((*Console).editInfo, (*Console).editScopes)},
	{Method: "GET", Template: one + "/edit/scopes", handle: (*Console).editScopes},
	{Method: "POST", Template: one + "/edit/scopes", handle: (*Console).update},

	{Method: "GET", Template: findPath, handle: (*Console).find},
	{Method: "POST", Template: findPath, handle: (*Console).lookUp},
	{Method: "GET", Template: compromisedPath, handle: (*Console).compromised},
	{Method: "POST", Template: compromisedPath, handle: search(compromisedPath, pickFragment)},
	{Method: "GET", Template: noticesPath, handle: (*Console).notices},
	{Method: "GET", Template: preferencesPath, handle: (*Console).preferences},
	{Method: "POST", Template: preferencesPath, handle: (*Console).setPreferences},
	{Method: "GET", Template: staffPath, handle: (*Console).staff},
	{Method: "GET", Template: memberPath, handle: (*Console).member},
	{Method: "POST", Template: memberPath, handle: (*Console).setPermission},
	{Method: "GET", Template: activityPath, handle: (*Console).activity},
	{Method: "GET", Template: activityFile, handle: (*Console).activityCSV},
	{Method: "GET", Template: labsPath, handle: (*Console).labs},
	{Method: "POST", Template: labsPath, handle: (*Console).setLabs},

	{Method: "GET", Template: helpPath, open: true, handle: (*Console).help},
	{Method: "GET", Template: helpPath + "/images/{name}", open: true, handle: (*Console).helpImage},

	{Method: "GET", Template: stylePath, open: true, handle: (*Console).sendStyle},
	{Method: "GET", Template: scriptPath, open: true, handle: sendScript},
	{Method: "GET", Template: iconPath, open: true, handle: (*Console).sendIcon},
	{Method: "GET", Template: logoPath, open: true, handle: (*Console).sendLogo},
}...)

// Routes lists what a gateway has to let through to the console, beside what
// falls to [Greedy]. None of it is behind a JWT authorizer: the console has
// sessions of its own.
func Routes() []Route { return routes }

// goToSettings leads to the first page of the menu that the person has.
func goToSettings(c *Console, v *visit) (*page, error) {
	if v.IsAdmin() && !v.CanView() {
		return goTo(staffPath)(c, v)
	}
	return goTo(home)(c, v)
}

// goTo sends the browser on.
func goTo(path string) func(*Console, *visit) (*page, error) {
	return func(*Console, *visit) (*page, error) {
		return &page{status: http.StatusFound, location: path}, nil
	}
}
