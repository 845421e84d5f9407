package console_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// call makes a request with a token as a program at an address would, and has it
// written.
func (s *site) call(i manage.Issued, method, address, agent string) {
	s.t.Helper()
	uses := record.New(record.ForFunctions(s.Store, s.Clock.Now))
	_, err := authorize.New(s.Format, s.Store, s.Peppers, s.Catalog, uses, s.Clock.Now).Authorize(s.t.Context(), authorize.Request{
		Method: method, Path: rig.Path, Credentials: []string{i.Token.Reveal()}, Address: address, Agent: agent,
	})
	var lacking *authorize.ScopeError
	if err != nil && !errors.Is(err, authorize.ErrUnauthorized) && !errors.As(err, &lacking) {
		s.t.Fatal(err)
	}
	if err := uses.Close(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// The story of a rotation: nobody has moved, somebody has been left behind, all
// have moved.
func TestRotationTellsWhetherTheOldTokenCanBeExpired(t *testing.T) {
	s := newSite(t)
	old := s.Create(t, "acme")
	s.call(old, "GET", "192.0.2.6", "curl/8.5.0")
	s.Clock.Advance(time.Hour)
	renewed := s.rotateLater(old)
	s.admin("acme").get(pathOf(old)).want(http.StatusOK, "Nobody has used the new token yet.",
		"The old one was last used on 2 Jan 2026, 03:04, before the rotation.").lacks("192.0.2.6", "Expire the old token")
	const list = "/settings/private-integrations"
	s.admin("acme").get(list).want(http.StatusOK, "never used old token: 2 Jan 2026")

	s.Clock.Advance(time.Hour)
	s.call(old, "GET", "192.0.2.7", "nightly/1.2")
	s.call(renewed, "GET", "192.0.2.8", "nightly/2.0")
	last := s.Clock.Now()
	s.admin("acme").get(pathOf(old)).want(http.StatusOK, "The old token is still in use.",
		"The old one was last used on 2 Jan 2026, 05:04 from 192.0.2.7 (nightly/1.2). Since the rotation it was used on GET /contacts/{id}.",
		"it counts as silent from 3 Jan 2026, 05:05 on",
		"Address Program Calls Last 192.0.2.7 nightly/1.2 1 2 Jan 2026, 05:04", "Operation Calls Last day GET /contacts/{id} 1 2 Jan 2026").
		lacks("192.0.2.8", "Safe to expire", "Expire the old token")

	s.Clock.Set(last.Add(account.Defaults.QuietFor + usage.Unwritten))
	s.call(renewed, "GET", "192.0.2.8", "nightly/2.0")
	s.admin("acme").get(list).want(http.StatusOK, "2 Jan 2026 3 Jan 2026").lacks("old token: ")
	page := s.admin("acme").get(pathOf(old)).want(http.StatusOK, "Safe to expire.",
		"The old token has been silent since 2 Jan 2026, 05:04, and the new one is in use: last on 3 Jan 2026, 05:05.")
	page.click("Expire the old token").form("Continue").press("Continue").follow().want(http.StatusOK, "The old token is refused from now on.")
	s.wantWorking(1, renewed.Token.Reveal(), old.Token.Reveal())
}

func TestWhatProgramsCallThemselvesShowsAsText(t *testing.T) {
	s := newSite(t)
	old, renewed := s.inWindow()
	for _, payload := range []string{`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `{{7*7}}`, `%s%d%!`, `</title><script>`} {
		s.Clock.Advance(time.Minute)
		s.call(old, "GET", "192.0.2.7", payload)
		s.call(renewed, "GET", "192.0.2.8", payload)
		page := s.admin("acme").get(pathOf(old)).want(http.StatusOK, "from 192.0.2.7 ("+payload+")")
		if strings.ContainsAny(payload, `<>"`) && strings.Contains(page.body, payload) {
			t.Errorf("%s has %s as it is", page.asked, payload)
		}
	}
}
