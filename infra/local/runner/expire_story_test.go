package runner_test

import (
	"testing"
	"time"
)

func TestExpiringNowEndsEveryTokenAndKeepsTheIntegration(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(60 * day))
		l.at(1 * day)
		l.do("200", "POST /expire", `{}`)
		l.is("expired, version 2", "expired_by_admin at 1d, last")
		l.turns(60*day,
			state{"expired, version 2", "expired_by_admin at 1d, last"},
			state{"expired, version 2", "expired_by_admin at 1d, last"})
		l.rotateNow()
		l.is("active, version 3", "expired_by_admin at 1d, last", "current")
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin; expiresAt: →60d",
			"token.ended first expired_by_admin at 1d by the admin",
			"token.created second at 60d1ms by the admin",
		)
	})
}

func TestExpiringNowEndsBothTokensOfAWindow(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.at(7*day - ms)
		l.do("200", "POST /expire", `{}`)
		dead := state{"expired, version 3", "expired_by_admin at 6d23h59m59.999s", "expired_by_admin at 6d23h59m59.999s, last"}
		l.is(dead...)
		l.at(7 * day)
		l.is(dead...)
		l.do("409 no_rotation", "POST /rotation/cancel", `{"force":true}`)
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
			"token.created second at 0d by the admin",
			"rotation.started first at 0d by the admin; expiresAt: →7d",
			"token.ended first expired_by_admin at 6d23h59m59.999s by the admin",
			"token.ended second expired_by_admin at 6d23h59m59.999s by the admin",
		)
	})
}

// What ends or dates a token needs one that lives: possible in its last
// millisecond, refused from its deadline on and once it was ended.
func TestExpiringNeedsATokenThatLives(t *testing.T) {
	tell(t, func(l *life) {
		refused := func() {
			t.Helper()
			l.do("409 no_live_token", "POST /expire", `{}`)
			l.do("409 no_live_token", "POST /expire", `{"at":"`+l.instant(90*day)+`"}`)
			l.do("409 no_live_token", "DELETE /expiry", "")
		}
		l.create(l.deadline(5 * day))
		for _, now := range []time.Duration{5 * day, 5*day + ms} {
			l.at(now)
			refused()
		}
		l.rotateNow()
		l.do("200", "POST /expire", `{}`)
		refused()
		l.is("expired, version 3", "expired at 5d", "expired_by_admin at 5d1ms, last")
	})
}

func TestExpiringIsPossibleInATokensLastMillisecond(t *testing.T) {
	for _, c := range []struct {
		what, body string
		after      state
	}{
		{"POST /expire", `{}`, state{"expired, version 2", "expired_by_admin at 4d23h59m59.999s, last"}},
		{"POST /expire", `{"at":"2100-01-07T00:00:00Z"}`, state{"expiring, version 2", "current until 6d"}},
		{"DELETE /expiry", ``, state{"active, version 2", "current"}},
	} {
		t.Run(c.what+c.body, func(t *testing.T) {
			tell(t, func(l *life) {
				l.create(l.deadline(5 * day))
				l.at(5*day - ms)
				l.do("200", c.what, c.body)
				l.is(c.after...)
				l.at(5 * day)
				l.is(c.after...)
			})
		})
	}
}

func TestADeadlineIsSetMovedAndRemoved(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.expireAt(10 * day)
		l.is("expiring, version 2", "current until 10d")
		l.at(10*day - ms)
		l.expireAt(50 * day)
		l.at(10 * day)
		l.is("active, version 3", "current until 50d")
		l.expireAt(20 * day)
		l.is("expiring, version 4", "current until 20d")
		l.at(20*day - ms)
		l.do("200", "DELETE /expiry", "")
		l.at(20 * day)
		l.is("active, version 5", "current")
		l.expireAt(30 * day)
		l.turns(30*day,
			state{"expiring, version 6", "current until 30d"},
			state{"expired, version 6", "expired at 30d, last"})
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
			"expiry.set first at 0d by the admin; expiresAt: →10d",
			"expiry.set first at 9d23h59m59.999s by the admin; expiresAt: 10d→50d",
			"expiry.set first at 10d by the admin; expiresAt: 50d→20d",
			"expiry.cleared first at 19d23h59m59.999s by the admin; expiresAt: 20d→",
			"expiry.set first at 20d by the admin; expiresAt: →30d",
			"token.ended first expired at 30d by system",
		)
	})
}

func TestTheRetiringTokenNeverOutlivesTheCurrentOne(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.expireAt(3 * day)
		l.is("rotating, version 3", "retiring until 3d", "current until 3d")
		l.expireAt(7*day + ms)
		l.is("rotating, version 4", "retiring until 7d", "current until 7d1ms")
		l.do("200", "DELETE /expiry", "")
		l.is("rotating, version 5", "retiring until 7d", "current")
		l.expireAt(3 * day)
		l.turns(3*day,
			state{"rotating, version 6", "retiring until 3d", "current until 3d"},
			state{"expired, version 6", "expired at 3d", "expired at 3d, last"})
	})
}

func TestAnExpiryHasToBeAhead(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(5 * day)
		for _, past := range []time.Duration{5*day - ms, 5 * day} {
			l.do("422 validation_failed at", "POST /expire", `{"at":"`+l.instant(past)+`"}`)
		}
		l.do("422 validation_failed at", "POST /expire", `{"at":null}`)
		l.expireAt(5*day + ms)
		l.is("expiring, version 2", "current until 5d1ms")
		l.at(5*day + ms)
		l.is("expired, version 2", "expired at 5d1ms, last")
	})
}

func TestSettingTheDeadlineThatIsSetChangesNothing(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.do("200", "DELETE /expiry", "")
		l.expireAt(10 * day)
		l.expireAt(10 * day)
		l.is("expiring, version 2", "current until 10d")
		if events := l.events(); len(events) != 3 {
			t.Errorf("events: %q", events)
		}
	})
}
