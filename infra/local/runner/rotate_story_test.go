package runner_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestARetiringTokenWorksUntilTheLastMillisecondOfTheWindow(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(1 * day)
		l.rotateLater()
		l.is("rotating, version 2", "retiring until 8d", "current")
		l.turns(8*day,
			state{"rotating, version 2", "retiring until 8d", "current"},
			state{"active, version 2", "grace_ended at 8d, last", "current"})
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
			"token.created second at 1d by the admin",
			"rotation.started first at 1d by the admin; expiresAt: →8d",
			"token.ended first grace_ended at 8d by system",
		)
	})
}

func TestAWindowLastsFromOneHourToThirtyDays(t *testing.T) {
	for hours, window := range map[int]time.Duration{1: time.Hour, 720: 30 * day} {
		t.Run(offset(window), func(t *testing.T) {
			tell(t, func(l *life) {
				l.create()
				for _, wrong := range []string{"0", "721", "-1"} {
					l.do("422 validation_failed graceHours", "POST /rotate", `{"expireOld":"later","graceHours":`+wrong+`}`)
				}
				l.rotateLater(fmt.Sprintf(`"graceHours":%d`, hours))
				l.turns(window,
					state{"rotating, version 2", "retiring until " + offset(window), "current"},
					state{"active, version 2", "grace_ended at " + offset(window) + ", last", "current"})
			})
		})
	}
}

func TestAWindowThatIsNotNamedIsTheAccounts(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		set := l.Manage("PUT", "/api/v1/accounts/acme/settings", `{"graceHours":36}`)
		if l.note("settings", set); set.Status != http.StatusOK {
			l.Fatalf("settings: %s", set)
		}
		l.rotateLater()
		l.is("rotating, version 2", "retiring until "+offset(36*time.Hour), "current")
		l.do("200", "POST /rotation/complete", "")
		l.rotateLater(`"graceHours":168`)
		l.is("rotating, version 4", "rotation_completed at 0d, last", "retiring until 7d", "current")
	})
}

func TestATokensOwnDeadlineEndsItBeforeTheWindowDoes(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(3 * day))
		l.rotateLater(`"expiresAt":null`)
		l.turns(3*day,
			state{"rotating, version 2", "retiring until 3d", "current"},
			state{"active, version 2", "expired at 3d, last", "current"})
		l.at(7 * day)
		l.is("active, version 2", "expired at 3d, last", "current")
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin; expiresAt: →3d",
			"token.created second at 0d by the admin",
			"rotation.started first at 0d by the admin",
			"token.ended first expired at 3d by system",
		)
	})
}

func TestAWindowEndsATokenBeforeItsOwnDeadline(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(60 * day))
		l.rotateLater()
		l.turns(7*day,
			state{"rotating, version 2", "retiring until 7d", "current until 60d"},
			state{"active, version 2", "grace_ended at 7d, last", "current until 60d"})
	})
}

func TestANewTokenTakesOverTheOldDeadlineUnlessItIsGivenAnother(t *testing.T) {
	for member, deadline := range map[string]string{
		``:                 " until 100d",
		`"expiresAt":null`: "",
		`"expiresAt":"2100-02-20T00:00:00+00:00"`: " until 50d",
		`"expiresAt":"2100-07-20T01:00:00+01:00"`: " until 200d",
	} {
		for _, rotate := range []func(*life, ...string){(*life).rotateLater, (*life).rotateNow} {
			tell(t, func(l *life) {
				l.create(l.deadline(100 * day))
				var members []string
				if member != "" {
					members = append(members, member)
				}
				rotate(l, members...)
				l.at(7 * day)
				if got := l.state()[2]; got != "current"+deadline {
					t.Errorf("asked for %q: %s", member, got)
				}
			})
		}
	}
}

func TestANewTokensDeadlineHasToBeAhead(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(5 * day)
		for _, old := range []string{"later", "now"} {
			for _, past := range []time.Duration{5*day - ms, 5 * day} {
				l.do("422 validation_failed expiresAt", "POST /rotate", `{"expireOld":"`+old+`",`+l.deadline(past)+`}`)
			}
		}
		l.rotateLater(l.deadline(5*day + ms))
		l.is("rotating, version 2", "retiring until 5d1ms", "current until 5d1ms")
	})
}

// The retiring token never outlives the current one.
func TestBothTokensEndTogetherWhereTheNewOneEndsWithinTheWindow(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater(l.deadline(2 * day))
		l.turns(2*day,
			state{"rotating, version 2", "retiring until 2d", "current until 2d"},
			state{"expired, version 2", "expired at 2d", "expired at 2d, last"})
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
			"token.created second at 0d by the admin; expiresAt: →2d",
			"rotation.started first at 0d by the admin; expiresAt: →2d",
			"token.ended first expired at 2d by system",
			"token.ended second expired at 2d by system",
		)
	})
}

func TestRotatingLaterHasToWaitForTheWindowsEnd(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.do("409 rotation_pending", "POST /rotate", `{"expireOld":"later"}`)
		l.at(7*day - ms)
		l.do("409 rotation_pending", "POST /rotate", `{"expireOld":"later"}`)
		l.at(7 * day)
		l.rotateLater()
		l.is("rotating, version 3", "grace_ended at 7d, last", "retiring until 14d", "current")
		l.turns(14*day,
			state{"rotating, version 3", "grace_ended at 7d, last", "retiring until 14d", "current"},
			state{"active, version 3", "grace_ended at 7d", "grace_ended at 14d, last", "current"})
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
			"token.created second at 0d by the admin",
			"rotation.started first at 0d by the admin; expiresAt: →7d",
			"token.ended first grace_ended at 7d by system",
			"token.created third at 7d by the admin",
			"rotation.started second at 7d by the admin; expiresAt: →14d",
			"token.ended second grace_ended at 14d by system",
		)
	})
}

func TestRotatingLaterNeedsATokenThatLives(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(5 * day))
		l.at(5 * day)
		l.do("409 no_live_token", "POST /rotate", `{"expireOld":"later"}`)
		l.rotateNow()
		l.do("200", "POST /expire", `{}`)
		l.do("409 no_live_token", "POST /rotate", `{"expireOld":"later"}`)
	})
}

func TestRotatingLaterIsPossibleInATokensLastMillisecond(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(5 * day))
		l.at(5*day - ms)
		l.rotateLater(`"expiresAt":null`)
		l.is("rotating, version 2", "retiring until 5d", "current")
		l.at(5 * day)
		l.is("active, version 2", "expired at 5d, last", "current")
	})
}

func TestRotatingNowEndsTheOldTokenAtOnce(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(1 * day)
		l.rotateNow()
		l.is("active, version 2", "rotated at 1d, last", "current")
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
			"token.ended first rotated at 1d by the admin",
			"token.created second at 1d by the admin",
		)
	})
}

func TestRotatingNowWithinAWindowEndsEveryOlderToken(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.at(7*day - ms)
		l.rotateNow()
		l.is("active, version 3", "rotated at 6d23h59m59.999s", "rotated at 6d23h59m59.999s, last", "current")
		l.at(7 * day)
		l.is("active, version 3", "rotated at 6d23h59m59.999s", "rotated at 6d23h59m59.999s, last", "current")
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
			"token.created second at 0d by the admin",
			"rotation.started first at 0d by the admin; expiresAt: →7d",
			"token.ended first rotated at 6d23h59m59.999s by the admin",
			"token.ended second rotated at 6d23h59m59.999s by the admin",
			"token.created third at 6d23h59m59.999s by the admin",
		)
	})
}

func TestRotatingNowAtTheWindowsEndFindsTheOldTokenDead(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.at(7 * day)
		l.rotateNow()
		l.is("active, version 3", "grace_ended at 7d", "rotated at 7d, last", "current")
	})
}

func TestRotatingNowBringsAnIntegrationWithoutATokenToLife(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(5 * day))
		l.at(5 * day)
		l.is("expired, version 1", "expired at 5d, last")
		l.rotateNow()
		l.is("active, version 2", "expired at 5d, last", "current")
		l.do("200", "POST /expire", `{}`)
		l.is("expired, version 3", "expired at 5d", "expired_by_admin at 5d, last")
		l.rotateNow()
		l.is("active, version 4", "expired at 5d", "expired_by_admin at 5d, last", "current")
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin; expiresAt: →5d",
			"token.ended first expired at 5d by system",
			"token.created second at 5d by the admin",
			"token.ended second expired_by_admin at 5d by the admin",
			"token.created third at 5d by the admin",
		)
	})
}

func TestRotatingNeedsAWordOnTheOldToken(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		for _, body := range []string{`{}`, `{"expireOld":""}`, `{"expireOld":"Later"}`, `{"expireOld":null}`} {
			l.do("422 validation_failed expireOld", "POST /rotate", body)
		}
	})
}
