package stories_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

// injected is an account that has a payload for the name and the description of
// each of its integrations, by id.
func injected(t *testing.T) (*world, map[string]string) {
	t.Helper()
	w := start(t)
	ids := map[string]string{}
	for _, payload := range browser.Payloads() {
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
	return w, ids
}

func TestWhatIsStoredShowsAsText(t *testing.T) {
	w, ids := injected(t)
	p := w.open(home, admin)
	for id, payload := range ids {
		p.Visit(home + "/" + id)
		p.ShowsAsText(payload, "created the integration")
		if shown := p.Text("heading", payload); shown != payload {
			t.Errorf("the heading is %q, not %q", shown, payload)
		}
	}
	var listed []string
	for p.Visit(home); ; p.Click("link", "Older") {
		listed = append(listed, p.Names("link")...)
		p.ShowsAsText()
		if !slices.Contains(p.Names("link"), "Older") {
			break
		}
	}
	for _, payload := range ids {
		if !slices.Contains(listed, payload) {
			t.Errorf("no list shows %s", payload)
		}
	}
}

func TestWhatIsStoredIsInFormsAsItIs(t *testing.T) {
	w, ids := injected(t)
	p := w.open(home, admin)
	tenth := 0
	for id, payload := range ids {
		p.Visit(home + "/" + id + "/edit")
		for _, field := range []string{"Name", "Description (optional)"} {
			if value := p.Look("textbox", field).Value; value != payload {
				t.Errorf("%s holds %q, not %q", field, value, payload)
			}
		}
		if tenth++; tenth%10 == 0 {
			p.Click("button", "Next")
			p.ShowsAsText("Scopes of “" + payload + "”")
			p.Visit(home + "/" + id + "/delete")
			p.ShowsAsText(payload)
			p.Fill("Type the name to confirm", payload)
			p.Click("button", "Continue")
			p.ShowsAsText("The integration is deleted.")
		}
	}
}

func TestWhatIsEnteredComesBackAsText(t *testing.T) {
	w := start(t)
	edit := w.given("Website").path + "/edit/scopes?"
	p := w.open(home, admin)
	for n, payload := range browser.Payloads() {
		all := url.Values{}
		for _, field := range []string{"name", "description", "expires", "on", "zone", "version", "key", "scope", "account", "seen"} {
			all.Set(field, payload)
		}
		p.Visit(edit + all.Encode())
		p.ShowsAsText("Scopes of “" + payload + "”")
		all = url.Values{}
		for _, field := range []string{"query", "status", "done", "return"} {
			all.Set(field, payload)
		}
		p.Visit(home + "?" + all.Encode())
		p.ShowsAsText("Nothing fits")
		if value := p.Look("searchbox", "Search").Value; value != payload {
			t.Errorf("the search holds %q, not %q", value, payload)
		}
		if n%10 == 0 {
			p.Visit(home + "/find")
			p.Fill("Token", payload)
			p.Click("button", "Find")
			p.ShowsAsText("Find by token")
		}
	}
}
