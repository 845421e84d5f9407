package console_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// find pastes a text under "Find by token".
func (b *browser) find(text string) *screen {
	b.s.t.Helper()
	return b.get(home).click("Find by token").want(200).form("Find").fill("Token", text).press("Find")
}

func TestWholeTokenIsFoundAliveOrDead(t *testing.T) {
	s := newSite(t)
	admin := s.admin("acme")
	first := s.Create(t, "acme")
	text := first.Token.Reveal()
	p := admin.find(text).want(200, "Shop", "Alive", "This is the current token. It works, and does not expire by itself.", "never used")
	for label, path := range map[string]string{"Rotate and expire this token now": "/rotate-now", "Expire Now": "/expire", "Go to “Shop”": ""} {
		if got := p.link(label); got != home+"/"+first.ID+path {
			t.Errorf("%s leads to %s", label, got)
		}
	}
	s.rotate(first)
	admin.find(text).want(200, "Alive", "This is the old token of a rotation. It works until 9 Jan 2026, 03:04, in 7 days")
	s.Clock.Advance(integration.DefaultGrace)
	admin = s.admin("acme")
	p = admin.find(text).want(200, "Shop", "Dead", "it was replaced, and the time for which it kept working is over", "9 Jan 2026")
	if p.has("Expire Now") || p.has("Rotate and expire this token now") {
		t.Error("a dead token can be ended")
	}
	if err := s.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(first)); err != nil {
		t.Fatal(err)
	}
	p = admin.find(text).want(200, "Dead", "Integration deleted")
	if p.has("Go to “Shop”") {
		t.Error("a deleted integration has a link")
	}
	s.Clock.Advance(integration.TombstoneAge)
	s.admin("acme").find(text).want(422, "No token of this account is this one.")
}

func TestPastedTokenIsFoundWithWhatStoodAroundIt(t *testing.T) {
	s := newSite(t)
	text := s.Create(t, "acme").Token.Reveal()
	for _, around := range []string{" %s\n", "Bearer %s", "Authorization: Bearer %s", `"%s"`, `-H 'Authorization: %s'`} {
		s.admin("acme").find(strings.Replace(around, "%s", text, 1)).want(200, "Alive")
	}
}

// A token that was pasted stands in no address, no page and no log, whatever
// becomes of it, nor does the secret of one that was cut or mistyped.
func TestPastedTokenGoesNowhere(t *testing.T) {
	s := newSite(t)
	issued, foreign := s.Create(t, "acme"), s.Create(t, "globex")
	text := issued.Token.Reveal()
	secret := text[strings.LastIndex(text, "_")+1:]
	mistyped := text[:len(text)-1] + "!"
	forged := s.Format.Mint([48]byte{1}).Reveal()
	for _, pasted := range []string{text, mistyped, text[:len(text)-9], text[:40], forged, foreign.Token.Reveal(), secret, "sk_live_" + secret, text + text} {
		p := s.admin("acme").find(pasted)
		shown := p.body + p.header.Get("Location") + s.log.String()
		for _, part := range []string{pasted, secret, secret[:9], pasted[len(pasted)-9:]} {
			if strings.Contains(shown, part) {
				t.Errorf("%d characters of %q came back:\n%s", len(part), pasted, shown)
			}
		}
	}
	// Not even where somebody makes it one of an address.
	p := s.admin("acme").get(home + "/find?token=" + url.QueryEscape(text)).follow().want(200)
	if strings.Contains(p.body, secret) {
		t.Error("the token of an address is shown")
	}
}

func TestTokensOfOthersAreNotFound(t *testing.T) {
	s := newSite(t)
	foreign, forged := s.Create(t, "globex").Token.Reveal(), s.Format.Mint([48]byte{1}).Reveal()
	a, b := s.admin("acme").find(foreign).want(422, "No token of this account is this one."), s.admin("acme").find(forged)
	if a.body != b.body {
		t.Error("a foreign token is answered otherwise than one that does not exist")
	}
	s.admin("globex").find(foreign).want(200, "Alive")
}

func TestFirstCharactersLeadToTheSearch(t *testing.T) {
	s := newSite(t)
	issued := s.Create(t, "acme")
	hint := s.Format.Hint(issued.Current.ID)
	for _, text := range []string{hint, hint + "…", hint + "...", s.Format.Public(issued.Current.ID), "Bearer " + hint} {
		p := s.admin("acme").find(text).follow().want(200, "Shop")
		if !strings.HasPrefix(p.asked, home+"?query=pit_") {
			t.Errorf("%q leads to %s", text, p.asked)
		}
	}
	// A cut one names it too, but is not sent on by itself.
	text := issued.Token.Reveal()
	s.admin("acme").find(text[:50]).want(422, "This is not a whole token of this API").
		click("search for "+s.Format.Public(issued.Current.ID)).want(200, "Shop")
	for _, text := range []string{"pit_", "pit_abc", "nonsense", "pit_" + strings.Repeat("x", 23), "pit_?query=&x"} {
		if p := s.admin("acme").find(text).want(422, "This is not a whole token of this API"); strings.Contains(p.body, "search for") {
			t.Errorf("%q leads to a search", text)
		}
	}
}

func TestCompromisedTokenIsOneClickFromItsEnd(t *testing.T) {
	s := newSite(t)
	issued := s.Create(t, "acme")
	dead := s.Create(t, "acme")
	if _, err := s.Manage.Expire(t.Context(), rig.Admin("acme"), rig.Target(dead)); err != nil {
		t.Fatal(err)
	}
	admin, staff := s.admin("acme"), s.staff("acme")
	p := admin.get(home).click("Token compromised?").want(200, "Stop it first", "No living token")
	if got := p.link("Expire Now"); got != home+"/"+issued.ID+"/expire" {
		t.Errorf("Expire Now leads to %s", got)
	}
	if n := strings.Count(p.body, ">Expire Now</a>"); n != 1 {
		t.Errorf("%d integrations can be expired, one lives", n)
	}
	p.form("Find").fill("Token", issued.Token.Reveal()).press("Find").want(200, "Alive")
	p.form("Search").fill("Search", "nothing").press("Search").follow().want(200, "No integration has this name or token.")

	staff.get(home)
	admin.permit("staff@acme.test", "View")
	p = staff.get(home+"/compromised").want(200, "You may look at integrations, not change them.", "Shop")
	if p.has("Expire Now") {
		t.Error("who may view can expire")
	}
	if staff.find(issued.Token.Reveal()).want(200, "Alive").has("Expire Now") {
		t.Error("who may view can expire what they find")
	}
}

func TestCompromisedListGoesOn(t *testing.T) {
	s := newSite(t)
	for range 21 {
		s.Clock.Advance(time.Second)
		s.Create(t, "acme")
	}
	admin := s.admin("acme")
	p := admin.get(home + "/compromised").want(200)
	if n := strings.Count(p.body, ">Expire Now</a>"); n != 20 {
		t.Errorf("%d integrations on the first page", n)
	}
	p = p.click("Older").want(200)
	if n := strings.Count(p.body, ">Expire Now</a>"); n != 1 {
		t.Errorf("%d integrations on the second page", n)
	}
}
