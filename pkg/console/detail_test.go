package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

func TestPageOfAnIntegrationTellsItsTokens(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	admin := s.admin("acme")
	admin.cookies["zone"] = "Europe%2FBerlin"
	admin.get(pathOf(i)).want(http.StatusOK, "Shop", "Active", s.Format.Hint(i.Token.ID()), "Current token",
		"Expires Never", "First used never used", "Last used never used", "Created 2 Jan 2026, 04:04", i.ID)
	s.Clock.Advance(time.Hour)
	s.wantWorking(1, i.Token.Reveal())
	admin.get(pathOf(i)).want(http.StatusOK, "First used 2 Jan 2026, 05:04", "Last used 2 Jan 2026, 05:04")
	renewed := s.rotateLater(i)
	admin.get(pathOf(i)).want(http.StatusOK, "Rotating", "A rotation is in progress.", "New token", s.Format.Hint(renewed.Token.ID()),
		"Old token", "Expires 9 Jan 2026, 05:04 in 7 days 2026-01-09 04:04:05.678 UTC", "Nobody has used the new token yet.")
}

func TestRotateHintComesAtTheAgeThatTheAccountHasSet(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	age := 30 * 24 * time.Hour
	if _, err := s.Manage.SetSettings(t.Context(), rig.Admin("acme"), "acme", nil, account.Edit{ReminderAge: &age}); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(age - time.Millisecond)
	s.admin("acme").get(pathOf(i)).want(http.StatusOK).lacks("Time to rotate")
	s.Clock.Advance(time.Millisecond)
	s.admin("acme").get(pathOf(i)).want(http.StatusOK, "Time to rotate: this token is 30 days old.")
	s.rotateLater(i)
	s.admin("acme").get(pathOf(i)).want(http.StatusOK).lacks("Time to rotate")
}

func TestPageSaysHowTheLastTokenDied(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	if _, err := s.Manage.SetExpiry(t.Context(), rig.Admin("acme"), rig.Target(i), rig.Start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(time.Hour)
	s.admin("acme").get(pathOf(i)).want(http.StatusOK, "No living token", "No token works at present.",
		"stopped on 2 Jan 2026, 04:04 : its deadline had come.")
}

func TestWhatHappenedIsToldInPlainWordsNewestFirst(t *testing.T) {
	s := newSite(t)
	i, _ := s.inWindow()
	by, target, ctx := rig.Admin("acme"), rig.Target(i), t.Context()
	at := rig.Start.Add(48 * time.Hour)
	for _, err := range []error{
		second(s.Manage.MoveWindow(ctx, by, target, at)), second(s.Manage.Cancel(ctx, by, target, false)),
		second(s.Manage.SetExpiry(ctx, by, target, at)), second(s.Manage.SetExpiry(ctx, by, target, at.Add(time.Hour))),
		second(s.Manage.SetExpiry(ctx, by, target, time.Time{})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.rotateLater(i)
	for _, err := range []error{second(s.Manage.Complete(ctx, by, target)), second(s.Manage.Expire(ctx, by, target))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	page := s.admin("acme").get(pathOf(i))
	shown := textOf(page.root)
	from := strings.Index(shown, "What happened")
	for _, told := range []string{
		"expired the token", "expired the old token", "ended the rotation before its time", "began a rotation", "generated the token",
		"removed the expiry of the token", "moved the expiry of the token", "set the token", "ended the new token", "cancelled the rotation",
		"moved the end of the old token", "began a rotation", "generated the token", "generated the token", "created the integration",
	} {
		n := strings.Index(shown[from:], "admin@acme.test "+told)
		if n < 0 {
			t.Fatalf("%q does not stand in its place:\n%s", told, shown)
		}
		from += n + 1
	}
	page.want(http.StatusOK, "from 192.0.2.1")
}

func second(_ any, err error) error { return err }

func TestEveryPartOfTheHistoryCanBeReached(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	for n := range 40 {
		name := fmt.Sprintf("Name %d.", n)
		if _, err := s.Manage.Edit(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Edit{Name: &name}); err != nil {
			t.Fatal(err)
		}
	}
	page := s.admin("acme").get(pathOf(i))
	if page.has("Newest") {
		t.Error("the newest page leads to the newest")
	}
	seen, stretches := "", 1
	for ; stretches < 10; stretches++ {
		seen += textOf(page.root)
		if !page.has("Older") {
			break
		}
		page = page.click("Older")
	}
	if stretches != 3 {
		t.Errorf("%d pages", stretches)
	}
	for n := range 40 {
		if told := fmt.Sprintf("to “Name %d.”", n); strings.Count(seen, told) != 1 {
			t.Errorf("%q is told %d times", told, strings.Count(seen, told))
		}
	}
	page.want(http.StatusOK, "created the integration").click("Newest").want(http.StatusOK, "to “Name 39.”")
	s.admin("acme").get(pathOf(i)+"?before=x").want(http.StatusOK, "to “Name 39.”")
	s.admin("acme").get(pathOf(i)+"?before=-1").want(http.StatusOK, "to “Name 39.”")
}
