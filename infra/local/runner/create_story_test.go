package runner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
)

func TestATokenWithoutADeadlineWorksUntilSomebodyEndsIt(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.is("active, version 1", "current")
		l.at(10 * 365 * day)
		l.is("active, version 1", "current")
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
		)
	})
}

func TestATokenWithADeadlineWorksUntilTheLastMillisecondBeforeIt(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(60 * day))
		l.is("active, version 1", "current until 60d")
		l.turns(60*day,
			state{"expiring, version 1", "current until 60d"},
			state{"expired, version 1", "expired at 60d, last"})
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin; expiresAt: →60d",
			"token.ended first expired at 60d by system",
		)
	})
}

func TestAnIntegrationIsExpiringFromThirtyDaysBeforeItsDeadline(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(60 * day))
		l.turns(30*day,
			state{"active, version 1", "current until 60d"},
			state{"expiring, version 1", "current until 60d"})
	})
}

func TestADeadlineHasToBeAheadWhenATokenIsCreated(t *testing.T) {
	tell(t, func(l *life) {
		for _, past := range []string{l.instant(-1 * ms), l.instant(0)} {
			l.ask("422 validation_failed expiresAt", "POST", integrations,
				`{"name":"Export","scopes":["contacts.readonly"],"expiresAt":"`+past+`"}`)
		}
		l.create(l.deadline(1 * ms))
		l.is("expiring, version 1", "current until 1ms")
		l.at(1 * ms)
		l.is("expired, version 1", "expired at 1ms, last")
	})
}

func TestAnIntegrationIsShownWithWhoCreatedItAndWhen(t *testing.T) {
	tell(t, func(l *life) {
		created := l.ask("201", "POST", integrations,
			`{"name":"Export","description":"Nightly","scopes":["contacts.write","contacts.readonly"],"expiresAt":null}`)
		if created.Header.Get("Location") != integrations+"/"+l.id || created.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers: %v", created.Header)
		}
		want := `{"integration":{"id":"{id}","accountId":"acme","name":"Export","description":"Nightly",` +
			`"scopes":["contacts.readonly","contacts.write"],"status":"active","version":1,` +
			`"createdAt":"2100-01-01T00:00:00.000Z","createdBy":"admin@acme.test","updatedAt":"2100-01-01T00:00:00.000Z",` +
			`"current":{"hint":"{first…}","createdAt":"2100-01-01T00:00:00.000Z","createdBy":"admin@acme.test",` +
			`"expiresAt":null,"firstUsedAt":null,"lastUsedAt":null},"retiring":null,"last":null},"token":"{first}"}` + "\n"
		got := strings.NewReplacer(l.id, "{id}", l.tokens[0], "{first}", hint(l.tokens[0]), "{first…}").Replace(string(created.Body))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTheFirstUseOfATokenIsShown(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		firstUse := func() moment {
			var s struct{ Current struct{ FirstUsedAt moment } }
			if err := l.do("200", "GET ", "").Into(&s); err != nil {
				t.Fatal(err)
			}
			return s.Current.FirstUsedAt
		}
		if l.API("GET", "/token", l.tokens[0]); firstUse() != "" {
			t.Errorf("introspection counts as a use")
		}
		for _, now := range []time.Duration{1 * day, 2 * day} {
			l.at(now)
			l.API("GET", "/contacts/ada", l.tokens[0])
			if got := firstUse(); got != "1d" {
				t.Errorf("at %s, first used at %s", offset(now), got)
			}
		}
		l.is("active, version 1", "current")
	})
}

func TestAnAccountHasNoMoreIntegrationsThanItMay(t *testing.T) {
	r := localtest.Start(t, func(c *runner.Config) { c.MaxIntegrations = 2 })
	create := func() localtest.Answer {
		return r.Manage("POST", integrations, `{"name":"One","scopes":["contacts.readonly"]}`)
	}
	first := create().ID()
	for _, want := range []string{"201", "409 quota_reached", "409 quota_reached"} {
		if got := create(); outcome(got) != want {
			t.Errorf("create: %s, not %s", got, want)
		}
	}
	if expired := r.Manage("POST", integrations+"/"+first+"/expire", "{}"); expired.Status != 200 {
		t.Fatalf("expire: %s", expired)
	}
	if got := create(); outcome(got) != "409 quota_reached" {
		t.Errorf("an expired integration is off the quota: %s", got)
	}
	if deleted := r.Manage("DELETE", integrations+"/"+first, ""); deleted.Status != 204 {
		t.Fatalf("delete: %s", deleted)
	}
	for _, want := range []string{"201", "409 quota_reached"} {
		if got := create(); outcome(got) != want {
			t.Errorf("after one was deleted: %s, not %s", got, want)
		}
	}
	globex := r.As("admin@globex.test").Manage("POST", "/api/v1/accounts/globex/integrations", `{"name":"One","scopes":["contacts.readonly"]}`)
	if globex.Status != 201 {
		t.Errorf("another account's quota: %s", globex)
	}
}
