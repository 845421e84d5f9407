package stories_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
	"github.com/private-integrations/private-integrations/pkg/console"
)

// view is a page of the console as somebody sees it.
type view struct {
	name string
	user string // admin, unless another is named
	at   func(s *sample) string
	then func(p *browser.Page) // leads on from there
}

func path(p string) func(*sample) string { return func(*sample) string { return p } }

func of(name, part string) func(*sample) string {
	return func(s *sample) string { return s.page(name, part) }
}

// next leads to the second step of creating an integration of this name.
func next(name string) func(*browser.Page) {
	return func(p *browser.Page) {
		p.Fill("Name", name)
		p.Click("button", "Next")
	}
}

// views are all pages there are. Those that change something come last.
var views = []view{
	{name: "list", at: path(home)},
	{name: "list-nothing-fits", at: path(home + "?query=no+such+name")},
	{name: "list-empty", user: "admin@globex.test", at: path(home)},
	{name: "list-menu", at: path(home), then: func(p *browser.Page) { p.Click(browser.Disclosure, "Actions for "+chat) }},
	{name: "new", at: path(home + "/new")},
	{name: "new-faults", at: path(home + "/new"), then: next(" ")},
	{name: "scopes", at: path(home + "/new"), then: next("Reports")},
	{name: "detail", at: of(form, "")},
	{name: "window", at: of(export, "")},
	{name: "detail-expiring", at: of(season, "")},
	{name: "detail-expired", at: of(badges, "")},
	{name: "detail-never-used", at: of(chat, "")},
	{name: "dialog", at: of(form, ""), then: func(p *browser.Page) { p.Click("link", "Rotate and expire this token later") }},
	{name: "rotate-later", at: of(form, "/rotate-later")},
	{name: "rotate-now", at: of(form, "/rotate-now")},
	{name: "expire", at: of(form, "/expire")},
	{name: "expire-later", at: of(form, "/expire-later")},
	{name: "remove-expiry", at: of(season, "/remove-expiry")},
	{name: "cancel-rotation", at: of(export, "/cancel-rotation")},
	{name: "expire-old", at: of(export, "/expire-old")},
	{name: "move-end", at: of(export, "/move-end")},
	{name: "delete", at: of(form, "/delete")},
	{name: "narrow-nothing", at: of(form, "/narrow")},
	{name: "usage", at: of(export, "/usage")},
	{name: "usage-never-used", at: of(chat, "/usage")},
	{name: "edit", at: of(form, "/edit")},
	{name: "edit-scopes", at: of(form, "/edit/scopes?name=Website&version=1")},
	{name: "find", at: path(home + "/find")},
	{name: "find-nothing", at: path(home + "/find"), then: func(p *browser.Page) {
		p.Fill("Token", "pit_6rSYFYteJPynzlLLk2bwgN_4MhXDl9ozCPB4uqsDfL1oceJWf5jlri0dKKejoXtBll0ubdqe")
		p.Click("button", "Find")
	}},
	{name: "compromised", at: path(home + "/compromised")},
	{name: "notifications", at: path(home + "/notifications")},
	{name: "preferences", at: path(home + "/preferences")},
	{name: "staff", at: path("/settings/staff")},
	{name: "member", at: path("/settings/staff"), then: func(p *browser.Page) { p.Row(staff).Click("link", "Edit") }},
	{name: "activity", at: path("/settings/activity")},
	{name: "activity-nothing-fits", at: path("/settings/activity?actor=nobody&from=2001-01-01&to=2001-01-02")},
	{name: "help", at: path("/help")},
	{name: "labs", at: path("/settings/labs")},
	{name: "not-found", at: path(home + "/01K00000000000000000000000")},
	{name: "forbidden", user: staff, at: path(home)},
	{name: "token", at: path(home + "/new"), then: func(p *browser.Page) {
		next("Reports")(p)
		p.Check("contacts.readonly")
		p.Click("button", "Generate Access Token")
	}},
	{name: "token-shown-already", at: path(home + "/new"), then: func(p *browser.Page) {
		next("More reports")(p)
		p.Check("contacts.readonly")
		p.Click("button", "Generate Access Token")
		p.Reload()
	}},
	{name: "labs-ask", at: path("/settings/labs"), then: func(p *browser.Page) {
		p.Uncheck("Private Integrations")
		p.Click("button", "Save")
	}},
	{name: "labs-off", at: path("/settings/labs"), then: func(p *browser.Page) {
		p.Uncheck("Private Integrations")
		p.Click("button", "Save")
		p.Click("button", "Continue")
		p.Visit(home)
	}},
	{name: "sign-in", at: path("/settings/labs"), then: func(p *browser.Page) {
		p.Click(browser.Disclosure, "Account acme, "+admin)
		p.Click("button", "Sign out")
	}},
}

// tour shows the views that are named, all if none is, each in the browser that
// its user has signed in at.
func tour(t *testing.T, named []string, options []browser.Option, look func(t *testing.T, v view, p *browser.Page)) {
	s := startSample(t)
	open := map[string]*browser.Page{}
	for _, v := range views {
		if len(named) > 0 && !slices.Contains(named, v.name) {
			continue
		}
		user := v.user
		if user == "" {
			user = admin
		}
		if open[user] == nil {
			open[user] = s.open(home, user, options...)
		}
		p := open[user].Visit(v.at(s))
		if v.then != nil {
			v.then(p)
		}
		look(t, v, p)
	}
}

// Half of the pages at a time, since this takes longest of all.
func TestEveryPageIsForEverybody(t *testing.T) {
	t.Parallel()
	var named []string
	for _, v := range views {
		named = append(named, v.name)
	}
	for half := range slices.Chunk(named, (len(named)+1)/2) {
		t.Run("from "+half[0], func(t *testing.T) {
			t.Parallel()
			tour(t, half, nil, func(t *testing.T, v view, p *browser.Page) {
				if title := p.Title(); strings.Contains(title, "went wrong") {
					t.Errorf("%s: %s", v.name, title)
				}
				p.Light()
				p.Accessible()
				p.Fits()
				p.Walk()
			})
		})
	}
}

func TestEveryPageIsThereWithoutScripts(t *testing.T) {
	t.Parallel()
	tour(t, nil, []browser.Option{browser.NoScript, browser.Narrow}, func(t *testing.T, v view, p *browser.Page) {
		p.Has("heading", "")
		if title := p.Title(); strings.Contains(title, "went wrong") {
			t.Errorf("%s: %s", v.name, title)
		}
		p.Fits()
	})
}

// A page that somebody adds is looked at, too.
func TestEveryPageIsAmongTheViews(t *testing.T) {
	s := &sample{ids: map[string]string{form: "ID", export: "ID", season: "ID", badges: "ID", chat: "ID"}}
	var seen []string
	for _, v := range views {
		u, err := url.Parse(v.at(s))
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, u.Path)
	}
	noPage := []string{"/", "/settings", "/signin", "/signin/callback", "/signout/provider", home + "/new/scopes", home + "/{integrationId}/first-call", "/settings/staff/{userId}", "/settings/activity/csv"}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	for _, r := range console.Routes() {
		if r.Method != "GET" || strings.HasPrefix(r.Template, "/assets/") || strings.HasPrefix(r.Template, "/help/images/") || slices.Contains(noPage, r.Template) {
			continue
		}
		if !slices.Contains(seen, parameter.ReplaceAllString(r.Template, "ID")) {
			t.Errorf("no view shows %s", r.Template)
		}
	}
}
