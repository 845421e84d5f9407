package console_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
)

// lists are the pages that have a search, with the button that sends it.
var lists = map[string]string{home: "Filter", home + "/compromised": "Search"}

// A token that is pasted into a search gets into no address and onto no page, as
// little as where it belongs; and it is not denied that it exists.
func TestTokenInASearchIsLookedUp(t *testing.T) {
	s := newSite(t)
	text := s.Create(t, "acme").Token.Reveal()
	secret := text[strings.LastIndex(text, "_")+1:]
	cut, mistyped := text[:60], strings.Replace(text, text[4:6], text[4:5], 1)
	for path, button := range lists {
		search := func(pasted string) *screen {
			p := s.admin("acme").get(path).form(button).fill("Search", pasted).press(button)
			if shown := p.asked + p.body + p.header.Get("Location") + s.log.String(); strings.Contains(shown, secret[:9]) {
				t.Errorf("%s: the secret came back:\n%s", path, shown)
			}
			return p
		}
		for _, around := range []string{"%s", " %s ", "Bearer %s", `"%s"`, `curl -H 'Authorization: %s' https://api.test`} {
			search(strings.Replace(around, "%s", text, 1)).want(200, "Found by token", "Shop", "Alive")
		}
		for _, broken := range []string{cut, mistyped, text + "x", "Bearer " + cut + "…"} {
			search(broken).want(422, "This is not a whole token of this API")
		}
	}
}

func TestSearchOtherwiseLeadsToAnAddressThatCanBeShared(t *testing.T) {
	s := newSite(t)
	issued := s.Create(t, "acme")
	hint, admin := s.Format.Hint(issued.Current.ID), s.admin("acme")
	for path, button := range lists {
		fragment := map[string]string{"Search": "#pick"}[button]
		for text, want := range map[string]string{
			" a shop & more ": "?query=a+shop+%26+more", "": "", "Shop…": "?query=Shop%E2%80%A6", "pit_lane": "?query=pit_lane",
			hint: "?query=" + hint, hint + "…": "?query=" + hint, hint + "...": "?query=" + hint, `"` + hint + `"`: "?query=" + hint,
			s.Format.Public(issued.Current.ID): "?query=" + s.Format.Public(issued.Current.ID),
		} {
			p := admin.get(path).form(button).fill("Search", text).press(button).want(303)
			if got := p.header.Get("Location"); got != path+want+fragment {
				t.Errorf("%q leads to %s, want %s", text, got, path+want+fragment)
			}
		}
		admin.get(path+"?query="+url.QueryEscape(hint+"…")).want(200, "Shop").lacks("No integration has this name")
		admin.get(path+"?query="+hint[:7]).want(200, "Of a token at least the first 8 characters are needed.")
		admin.get(path+"?query=pit_none").want(200, "No integration has this name").lacks("characters are needed")
	}
	form := admin.get(home).form("Filter").fill("Search", "shop").fill("Status", "rotating")
	p := form.press("Filter").follow().want(200, "Nothing fits")
	if p.asked != home+"?query=shop&status=rotating" || p.form("Filter").fields.Get("status") != "rotating" {
		t.Errorf("%s, and the status picked is %q", p.asked, p.form("Filter").fields.Get("status"))
	}
}

// Old bookmarks, and whoever writes addresses by hand.
func TestTokenOfAnAddressLeadsAwayFromIt(t *testing.T) {
	s := newSite(t)
	text := s.Create(t, "acme").Token.Reveal()
	secret := text[strings.LastIndex(text, "_")+1:]
	for _, b := range []*browser{s.admin("acme"), s.stranger()} {
		for path := range lists {
			for _, query := range []string{"?query=", "?query=Bearer+", "?status=active&query=", "?after=", "?x="} {
				p := b.get(path + query + text).want(303)
				if got := p.header.Get("Location"); got != home+"/find?withheld=1" || strings.Contains(p.body, secret) {
					t.Errorf("%s leads to %s:\n%s", path+query, got, p.body)
				}
			}
		}
	}
	s.admin("acme").get(home+"?query="+text).follow().want(200, "There was a token in the address.").
		form("Find").fill("Token", text).press("Find").want(200, "Alive")
}

func TestSearchAfterTheSessionHasEndedKeepsNoToken(t *testing.T) {
	s := newSite(t)
	text := s.Create(t, "acme").Token.Reveal()
	for _, pasted := range []string{text, text[:60]} {
		b := s.signedIn(account.RoleAdmin, "acme")
		form := b.get(home).form("Filter").fill("Search", pasted)
		s.Clock.Advance(9 * time.Hour)
		form.press("Filter").want(401, "Your session has ended").lacks(pasted)
		if b.cookies["draft"] != "" {
			t.Error("a token is kept for after the next sign-in")
		}
	}
}
