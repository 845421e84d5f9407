package stories_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/infra/local/browser"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// packed are all payloads, as many in each text as fit in so many characters: what
// lets one of them out of its place loses the letters after it, and is seen.
func packed(most int) []string {
	var texts []string
	for _, payload := range browser.Payloads() {
		last := len(texts) - 1
		if last >= 0 && utf8.RuneCountInString(texts[last]+" "+payload) <= most {
			texts[last] += " " + payload
		} else {
			texts = append(texts, payload)
		}
	}
	return texts
}

// held are the values of the fields as the page has given them.
const held = `[...document.querySelectorAll("main input, main textarea")].map((e) => [e.name, e.defaultValue])`

// holds fails the test where the page's fields are not as they should be, letter
// by letter, or the browser has found anything.
func holds(t *testing.T, p *browser.Page, want map[string]string) {
	t.Helper()
	p.ShowsAsText()
	var fields [][2]string
	p.Script(held, &fields)
	for name, value := range want {
		if !slices.Contains(fields, [2]string{name, value}) {
			t.Errorf("%s does not hold %q as its %s: %q", p.URL(), value, name, fields)
		}
	}
}

// same is a form in which each field has the same value.
func same(value string, fields ...string) url.Values {
	form := url.Values{}
	for _, field := range fields {
		form.Set(field, value)
	}
	return form
}

// each goes through the pages of a list, and gives all that can be seen in them.
func each(p *browser.Page, address string) string {
	var shown strings.Builder
	for older := address; older != ""; {
		p.Visit(older)
		p.ShowsAsText()
		shown.WriteString(p.Shown() + "\n")
		p.Script(`[...document.querySelectorAll("main footer a")].find((a) => a.text === "Older")?.getAttribute("href") || ""`, &older)
	}
	return shown.String()
}

// all fails the test unless each of the texts can be seen in a list, some of which
// may come a little later.
func all(t *testing.T, p *browser.Page, list string, texts []string) {
	t.Helper()
	var missing []string
	for range 5 {
		shown := each(p, list)
		missing = nil
		for _, text := range texts {
			if !strings.Contains(shown, strings.Join(strings.Fields(text), " ")) {
				missing = append(missing, text)
			}
		}
		if missing == nil {
			return
		}
	}
	t.Errorf("%s does not show %q", list, missing)
}

// Names and descriptions: the pages of the integration and of its usage, its two
// forms, the questions before what is done with it, the lists and the activity.
func TestWhatIsStoredShowsAsText(t *testing.T) {
	t.Parallel()
	w := start(t)
	texts := packed(integration.MaxName)
	ids := map[string]string{}
	for _, payload := range texts {
		text, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		created := w.Manage("POST", integrations, fmt.Sprintf(`{"name":%s,"description":%s,"scopes":["contacts.readonly"]}`, text, text))
		if created.Status != http.StatusCreated {
			t.Fatalf("create %s: %s", payload, created)
		}
		ids[created.ID()] = payload
	}
	p := w.open(home, admin)
	for n, id := range slices.Sorted(maps.Keys(ids)) {
		payload, page := ids[id], home+"/"+id
		p.Visit(page)
		p.ShowsAsText(payload+" Active "+payload, "created the integration")
		p.Visit(page + "/edit")
		p.ShowsAsText("Edit “" + payload + "”")
		holds(t, p, map[string]string{"name": payload, "description": payload})
		p.Click("button", "Next")
		p.ShowsAsText("Scopes of “" + payload + "”")
		holds(t, p, map[string]string{"name": payload, "description": payload})
		p.Visit(page + "/delete")
		p.ShowsAsText("Delete “"+payload+"”", "The name is "+payload)
		if n%10 == 0 {
			for _, part := range []string{"/usage", "/rotate-later", "/expire"} {
				p.Visit(page + part)
				p.ShowsAsText(payload)
			}
		}
	}
	for _, list := range []string{home, home + "/compromised", "/settings/activity"} {
		all(t, p, list, texts)
	}
}

// What comes back from a form that is not right yet, from a search and a filter;
// and what must not: tokens, and names typed to confirm.
func TestWhatIsEnteredComesBackAsText(t *testing.T) {
	t.Parallel()
	w := start(t)
	export := w.given("Nightly export")
	p := w.open(home, admin)
	for _, payload := range packed(integration.MaxName) {
		p.Visit(home + "/new?" + same(payload, "name", "description", "expires", "on", "zone", "version", "key", "scope", "account", "seen", "step").Encode())
		holds(t, p, map[string]string{"name": payload, "description": payload, "on": payload})
		p.Click("button", "Next")
		p.ShowsAsText("Scopes of “" + payload + "”")
		holds(t, p, map[string]string{"name": payload, "description": payload})
	}
	for _, payload := range packed(200) {
		for _, list := range []string{home, home + "/compromised"} {
			p.Visit(list + "?" + same(payload, "query", "status", "done", "return", "after").Encode())
			holds(t, p, map[string]string{"query": payload})
		}
	}
	for _, payload := range packed(300) {
		p.Visit("/settings/activity?" + same(payload, "actor", "kind", "from", "to", "after").Encode())
		p.ShowsAsText("Nothing fits")
		holds(t, p, map[string]string{"actor": payload})
	}
	preferences := []string{"graceHours", "reminderDays", "quietMinutes", "idleDays"}
	for _, payload := range packed(1000) {
		p.Post(home+"/preferences", same(payload, append(preferences, "version")...))
		p.ShowsAsText("Some of it is not right yet.")
		want := map[string]string{}
		for _, field := range preferences {
			want[field] = payload
		}
		holds(t, p, want)

		p.Post(export.path+"/delete", same(payload, "confirm", "version", "key", "force", "expires", "on"))
		p.ShowsAsText("Is not the name of the integration; nothing was deleted.")
		p.Post(home+"/find", same(payload, "token"))
		p.ShowsAsText("This is not a whole token of this API")
		for _, part := range strings.Fields(payload) {
			if len(part) > 8 && strings.Contains(p.Source(), part) {
				t.Errorf("what was pasted for a token is in the page: %s", part)
			}
		}
	}
	w.works(export.token)
}
