package runner_test

import (
	"testing"
	"time"
)

func TestCancellingBringsTheOldTokenBackWithTheDeadlineItHad(t *testing.T) {
	tell(t, func(l *life) {
		l.unused["second"] = true
		l.create(l.deadline(60 * day))
		l.rotateLater(`"expiresAt":null`)
		l.is("rotating, version 2", "retiring until 7d", "current and unused")
		l.at(7*day - ms)
		l.do("200", "POST /rotation/cancel", ``)
		l.is("active, version 3", "current until 60d", "rotation_cancelled at 6d23h59m59.999s, last")
		l.turns(60*day,
			state{"expiring, version 3", "current until 60d", "rotation_cancelled at 6d23h59m59.999s, last"},
			state{"expired, version 3", "expired at 60d, last", "rotation_cancelled at 6d23h59m59.999s"})
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin; expiresAt: →60d",
			"token.created second at 0d by the admin",
			"rotation.started first at 0d by the admin; expiresAt: 60d→7d",
			"rotation.cancelled first at 6d23h59m59.999s by the admin; expiresAt: 7d→60d",
			"token.ended second rotation_cancelled at 6d23h59m59.999s by the admin",
			"token.ended first expired at 60d by system",
		)
	})
}

func TestCancellingTakesBackWhatTheWindowAndTheNewTokenTookFromTheOld(t *testing.T) {
	tell(t, func(l *life) {
		l.unused["second"] = true
		l.create()
		l.rotateLater(l.deadline(1 * day))
		l.is("rotating, version 2", "retiring until 1d", "current until 1d and unused")
		l.at(1*day - ms)
		l.do("200", "POST /rotation/cancel", `{}`)
		l.at(30 * day)
		l.is("active, version 3", "current", "rotation_cancelled at 23h59m59.999s, last")
	})
}

func TestANewTokenInUseIsCancelledByForceAlone(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.API("GET", "/contacts/ada", l.tokens[1])
		for _, body := range []string{``, `{}`, `{"force":false}`} {
			l.do("409 new_token_in_use", "POST /rotation/cancel", body)
		}
		l.is("rotating, version 2", "retiring until 7d", "current")
		l.do("200", "POST /rotation/cancel", `{"force":true}`)
		l.is("active, version 3", "current", "rotation_cancelled at 0d, last")
	})
}

// A request that the scopes don't cover has shown all the same that somebody
// has the new token.
func TestARefusedRequestCountsAsAUseOfTheNewToken(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		if refused := l.API("DELETE", "/contacts/ada", l.tokens[1]); outcome(refused) != "403 insufficient_scope" {
			t.Fatalf("without the scope: %s", refused)
		}
		l.do("409 new_token_in_use", "POST /rotation/cancel", `{}`)
	})
}

func TestAnUnusedNewTokenIsCancelledByForceToo(t *testing.T) {
	tell(t, func(l *life) {
		l.unused["second"] = true
		l.create()
		l.rotateLater()
		l.do("200", "POST /rotation/cancel", `{"force":true}`)
		l.is("active, version 3", "current", "rotation_cancelled at 0d, last")
	})
}

func TestAfterCancellingAnotherRotationMayBegin(t *testing.T) {
	tell(t, func(l *life) {
		l.unused["second"] = true
		l.create()
		l.rotateLater()
		l.at(1 * day)
		l.do("200", "POST /rotation/cancel", ``)
		l.rotateLater()
		l.is("rotating, version 4", "retiring until 8d", "rotation_cancelled at 1d, last", "current")
	})
}

func TestCompletingEndsTheOldTokenAndKeepsTheNew(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(60 * day))
		l.rotateLater()
		l.at(7*day - ms)
		l.do("200", "POST /rotation/complete", ``)
		l.is("active, version 3", "rotation_completed at 6d23h59m59.999s, last", "current until 60d")
		l.at(7 * day)
		l.is("active, version 3", "rotation_completed at 6d23h59m59.999s, last", "current until 60d")
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin; expiresAt: →60d",
			"token.created second at 0d by the admin; expiresAt: →60d",
			"rotation.started first at 0d by the admin; expiresAt: 60d→7d",
			"rotation.completed first at 6d23h59m59.999s by the admin",
			"token.ended first rotation_completed at 6d23h59m59.999s by the admin",
		)
	})
}

func TestAMovedWindowEndsAtItsNewEnd(t *testing.T) {
	for name, end := range map[string]time.Duration{"earlier": 2 * day, "later": 20 * day, "as late as can be": 30 * day} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(l *life) {
				l.create()
				l.rotateLater()
				l.at(1 * day)
				l.do("200", "PATCH /rotation", `{`+l.deadline(end)+`}`)
				l.turns(end,
					state{"rotating, version 3", "retiring until " + offset(end), "current"},
					state{"active, version 3", "grace_ended at " + offset(end) + ", last", "current"})
				l.history(
					"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
					"token.created first at 0d by the admin",
					"token.created second at 0d by the admin",
					"rotation.started first at 0d by the admin; expiresAt: →7d",
					"rotation.moved first at 1d by the admin; expiresAt: 7d→"+offset(end),
					"token.ended first grace_ended at "+offset(end)+" by system",
				)
			})
		})
	}
}

func TestAWindowMovesFromNowToThirtyDaysAfterTheRotation(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(10 * day)
		l.rotateLater()
		l.at(11 * day)
		l.do("422 validation_failed expiresAt", "PATCH /rotation", `{`+l.deadline(40*day+ms)+`}`)
		l.do("200", "PATCH /rotation", `{`+l.deadline(40*day)+`}`)
		l.do("422 validation_failed expiresAt", "PATCH /rotation", `{`+l.deadline(11*day-ms)+`}`)
		l.is("rotating, version 3", "retiring until 40d", "current")
		l.do("200", "PATCH /rotation", `{`+l.deadline(11*day)+`}`)
		l.is("active, version 4", "grace_ended at 11d, last", "current")
	})
}

func TestAWindowDoesNotMoveBeyondTheOldTokensOwnDeadline(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(10 * day))
		l.rotateLater(`"expiresAt":null`)
		l.do("422 validation_failed expiresAt", "PATCH /rotation", `{`+l.deadline(10*day+ms)+`}`)
		l.do("200", "PATCH /rotation", `{`+l.deadline(10*day)+`}`)
		l.turns(10*day,
			state{"rotating, version 3", "retiring until 10d", "current"},
			state{"active, version 3", "grace_ended at 10d, last", "current"})
	})
}

func TestAWindowDoesNotMoveBeyondTheNewTokensDeadline(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater(l.deadline(10 * day))
		l.do("422 validation_failed expiresAt", "PATCH /rotation", `{`+l.deadline(10*day+ms)+`}`)
		l.do("200", "PATCH /rotation", `{`+l.deadline(10*day)+`}`)
	})
}

func TestMovingAWindowToWhereItEndsChangesNothing(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.do("200", "PATCH /rotation", `{`+l.deadline(7*day)+`}`)
		l.is("rotating, version 2", "retiring until 7d", "current")
		if events := l.events(); len(events) != 4 {
			t.Errorf("events: %q", events)
		}
	})
}

// Each of these is possible up to the last millisecond of a window, and refused
// from its end on and where none was ever open.
func TestWhatNeedsAWindowIsRefusedOutsideOfIt(t *testing.T) {
	for _, what := range []string{"POST /rotation/cancel", "POST /rotation/complete", "PATCH /rotation"} {
		t.Run(what, func(t *testing.T) {
			body := func(l *life) string {
				if what == "PATCH /rotation" {
					return `{` + l.deadline(7*day+ms) + `}`
				}
				return ""
			}
			tell(t, func(l *life) {
				l.create()
				l.do("409 no_rotation", what, body(l))
				l.rotateLater()
				l.at(7 * day)
				l.do("409 no_rotation", what, body(l))
				l.at(7*day + ms)
				l.do("409 no_rotation", what, body(l))
				l.is("active, version 2", "grace_ended at 7d, last", "current")
				l.do("200", "POST /expire", "{}")
				l.do("409 no_rotation", what, body(l))
			})
			tell(t, func(l *life) {
				l.unused["second"] = true
				l.create()
				l.rotateLater()
				l.at(7*day - ms)
				l.do("200", what, body(l))
			})
		})
	}
}
