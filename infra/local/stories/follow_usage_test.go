package stories_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/runner"
)

// written has the authorizer write what it has counted.
func (w *world) written() {
	w.t.Helper()
	if written := w.Manage("POST", "/dev/usage", ""); written.Status != http.StatusOK {
		w.t.Fatalf("write usage: %s", written)
	}
}

// later moves the clock on, and signs in anew: nobody stays signed in for days.
func (w *world) later(days time.Duration) {
	w.t.Helper()
	if err := w.Clock.Advance(days * 24 * time.Hour); err != nil {
		w.t.Fatal(err)
	}
	w.Runner = w.As(admin)
}

// A world of its own, in which it is noon: all is of one day.
func followUsage(w *world, r *reader) {
	w = start(w.t, func(c *runner.Config) { c.Begin = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) })
	export := w.given("Used")
	w.works(export.token, export.token, export.token)
	w.mayWrite(export.token, false)
	rotated := w.Manage("POST", strings.Replace(export.path, home, integrations, 1)+"/rotate", `{"expireOld":"now"}`)
	w.works(rotated.Token())
	w.refused(export.token, export.token)
	w.written()
	r.Page = w.open(home, admin)
	r.Click("link", export.name)
	r.Click("link", "Usage")
	r.Has("heading", "Usage of “Used”")
	for _, figure := range []string{"Passed 4", "Refused 1", "With dead tokens 2"} {
		r.See(figure)
	}
	r.Has("image", "Calls per day over 30 days: 4 passed, 1 refused, 2 with dead tokens; at most 7 on one day.")
	r.Page.Row("GET /contacts/{contactId}").See("4")
	r.Page.Row("127.0.0.1").See("5")
}

// A world of its own, in which time passes.
func followNarrow(w *world, r *reader) {
	w = start(w.t)
	export := w.given("Too much", "contacts.write")
	w.works(export.token)
	w.later(45)
	w.works(export.token)
	w.written()
	r.Page = w.open(home, admin)

	r.Click("link", export.name)
	r.See("1 scope was not used for 45 days.")
	r.Click("link", "See what would change")
	r.See("contacts.write would be taken out.")
	r.See("it would have refused none.")
	r.Accessible()
	w.mayWrite(export.token, true)
	r.Click("button", "Narrow scopes")
	r.See("The token is the same as before.")
	w.works(export.token)
	w.mayWrite(export.token, false)
}

func followActivity(w *world, r *reader) {
	w.given("Seen by all")
	w.As(staff).Manage("GET", integrations, "")
	today := w.Clock.Now().UTC()
	r.Click("link", "Activity")
	r.See("Seen by all")
	r.Fill("Whole e-mail address", staff)
	r.Fill("From", today.AddDate(0, 0, -1).Format(time.DateOnly))
	r.Fill("to", today.AddDate(0, 0, 1).Format(time.DateOnly))
	r.Click("button", "Filter")
	r.SeeNot("Seen by all")
	r.See(staff)
	r.Has("link", "Download CSV")
	r.Fill("From", "2001-01-01")
	r.Fill("to", "2001-01-02")
	r.Click("button", "Filter")
	r.See("Nothing fits")
}
