package stories_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/runner"
)

// told is all that a page says, in texts and in fields.
const told = `[
	document.querySelector("main").innerText,
	...[...document.querySelectorAll("main option")].map((e) => e.text),
	...[...document.querySelectorAll("main input:not([name=key])")].map((e) => [e.name, e.value, e.min, e.max].join(" ")),
]`

// The first page after a journey is made for the zone before it. Its script makes
// of it what the next page is.
func TestAPageAfterAJourneyIsAsTheNextOne(t *testing.T) {
	t.Parallel()
	begin := when("2026-02-11 15:30")
	w := start(t, func(c *runner.Config) { c.Begin = begin.Add(-time.Minute) })
	if err := w.Clock.Stop(begin); err != nil {
		t.Fatal(err)
	}
	deadline := begin.Add(20 * 24 * time.Hour).Format(time.RFC3339)
	dated, rotated := w.given("Dated"), w.given("Rotated")
	for path, body := range map[string]string{
		dated.path + "/expire": `{"at":"` + deadline + `"}`, rotated.path + "/rotate": `{"expireOld":"later"}`,
	} {
		if done := w.Manage("POST", strings.Replace(path, home, integrations, 1), body); done.Status >= http.StatusMultipleChoices {
			t.Fatalf("%s: %s", path, done)
		}
	}
	w.works(dated.token, rotated.token)
	p := w.open(home, admin)
	zones := []string{"Asia/Tokyo", "UTC", "America/Los_Angeles"}
	for n, path := range []string{
		home, dated.path, rotated.path, dated.path + "/rotate-later", dated.path + "/expire-later", dated.path + "/remove-expiry",
		rotated.path + "/move-end", home + "/new?expires=on&on=2026-03-01T10:00&zone=Europe%2FBerlin",
	} {
		zone := zones[n%len(zones)]
		p.TravelTo(zone)
		p.Visit(path)
		var first, next []string
		p.Script(told, &first)
		p.Reload()
		p.Script(told, &next)
		if diff := cmp.Diff(next, first); diff != "" {
			t.Errorf("%s: the first page in %s is not the next: %s", path, zone, diff)
		}
	}

	p.TravelTo("Pacific/Kiritimati")
	p.Visit(dated.path + "/expire-later")
	p.See("In the time zone Pacific/Kiritimati.")
	p.Fill("The token stops on", "2026-02-12T06:30") // an hour from now; in the zone before, yesterday
	p.Click("button", "Continue")
	p.See("2026-02-11 16:30:00.000 UTC")
}

func TestADateIsThatOfThePageItWasEnteredOn(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.open(home+"/new", admin)
	p.Fill("Name", "Export")
	p.Check("On a date")
	p.Fill("Date and time", "2030-01-01T12:00") // in London
	p.TravelTo("Asia/Tokyo")
	p.Click("button", "Next")
	p.Check("contacts.readonly")
	p.Click("button", "Generate Access Token")
	p.Click("link", "Go to “Export”")
	p.See("1 Jan 2030, 21:00")
	p.See("2030-01-01 12:00:00.000 UTC")
}
