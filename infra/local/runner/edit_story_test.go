package runner_test

import (
	"testing"
	"time"
)

func TestAnEditLeavesTheTokensAsTheyAre(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(60 * day))
		l.rotateLater()
		l.at(1 * day)
		l.do("200", "PATCH ", `{"name":"Import","description":"Nightly","scopes":["contacts.write","contacts.readonly"]}`)
		l.is("rotating, version 3", "retiring until 7d", "current until 60d")
		l.do("200", "PATCH ", `{}`)
		l.do("200", "PATCH ", `{"name":"Import"}`)
		l.is("rotating, version 3", "retiring until 7d", "current until 60d")
		l.do("200", "PATCH ", `{"description":""}`)
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin; expiresAt: →60d",
			"token.created second at 0d by the admin; expiresAt: →60d",
			"rotation.started first at 0d by the admin; expiresAt: 60d→7d",
			"integration.updated at 1d by the admin; name: Export→Import; description: →Nightly; scopes: contacts.readonly→contacts.readonly contacts.write",
			"integration.updated at 1d by the admin; description: Nightly→",
		)
	})
}

func TestScopesHoldForBothTokensFromTheNextRequestOn(t *testing.T) {
	tell(t, func(l *life) {
		write := func(want string) {
			t.Helper()
			for n, token := range l.tokens {
				if got := outcome(l.API("DELETE", "/contacts/nobody", token)); got != want {
					t.Errorf("the %s token writes: %s, not %s", ordinals[n], got, want)
				}
			}
		}
		l.create()
		l.rotateLater()
		write("403 insufficient_scope")
		l.do("200", "PATCH ", `{"scopes":["contacts.readonly","contacts.write"]}`)
		write("404 not_found")
		l.do("200", "PATCH ", `{"scopes":["contacts.readonly"]}`)
		write("403 insufficient_scope")
	})
}

// An edit is possible in every state, and brings no token to life.
func TestAnIntegrationIsEditedWhateverItsState(t *testing.T) {
	tell(t, func(l *life) {
		rename := func(name string) {
			t.Helper()
			l.do("200", "PATCH ", `{"name":"`+name+`"}`)
		}
		l.create(l.deadline(10 * day))
		rename("expiring")
		l.rotateLater()
		rename("rotating")
		l.at(7 * day)
		rename("the window's end")
		l.is("expiring, version 5", "grace_ended at 7d, last", "current until 10d")
		l.at(10 * day)
		rename("expired")
		l.is("expired, version 6", "grace_ended at 7d", "expired at 10d, last")
		l.rotateNow()
		l.do("200", "POST /expire", `{}`)
		rename("ended")
		l.is("expired, version 9", "grace_ended at 7d", "expired at 10d", "expired_by_admin at 10d, last")
	})
}

func TestAStaleEditIsRefused(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.do("200", "PATCH ", `{"name":"Second"}`, "If-Match", `"1"`)
		l.do("412 version_mismatch", "PATCH ", `{"name":"Third"}`, "If-Match", `"1"`)
		l.do("200", "PATCH ", `{"name":"Third"}`, "If-Match", `"1", "2"`)
		l.do("200", "PATCH ", `{"name":"Fourth"}`, "If-Match", `*`)
		l.do("422 validation_failed If-Match", "PATCH ", `{"name":"Fifth"}`, "If-Match", `4`)
		l.is("active, version 4", "current")
	})
}

// What the clock does moves no version: clients have seen it all along.
func TestADeadlineThatComesMakesNoETagStale(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.at(7 * day)
		l.do("200", "PATCH ", `{"name":"Second"}`, "If-Match", `"2"`)
		l.is("active, version 3", "grace_ended at 7d, last", "current")
	})
}

func TestWhateverChangesAnIntegrationRefusesAStaleVersion(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		for _, c := range [][2]string{
			{"PATCH ", `{"name":"Second"}`},
			{"POST /rotate", `{"expireOld":"now"}`},
			{"POST /rotation/cancel", ``},
			{"POST /rotation/complete", ``},
			{"PATCH /rotation", `{` + l.deadline(3*day) + `}`},
			{"POST /expire", `{}`},
			{"POST /expire", `{"at":"` + l.instant(3*day) + `"}`},
			{"DELETE /expiry", ``},
			{"DELETE ", ``},
		} {
			l.do("412 version_mismatch", c[0], c[1], "If-Match", `"1"`)
		}
		l.do("204", "DELETE ", "", "If-Match", `"2"`)
	})
}

func TestDeletingEndsEveryTokenAtOnce(t *testing.T) {
	for _, c := range []struct {
		when   string
		arrive func(l *life)
		after  state
	}{
		{"active", func(*life) {}, state{"gone", "deleted at 0d"}},
		{"rotating", func(l *life) { l.rotateLater() }, state{"gone", "deleted at 0d", "deleted at 0d"}},
		{"expired", func(l *life) { l.do("200", "POST /expire", `{}`) }, state{"gone", "expired_by_admin at 0d"}},
		{"past the window", func(l *life) { l.rotateLater(); l.at(7 * day) }, state{"gone", "grace_ended at 7d", "deleted at 7d"}},
	} {
		t.Run(c.when, func(t *testing.T) {
			tell(t, func(l *life) {
				l.create()
				c.arrive(l)
				l.do("204", "DELETE ", "")
				l.is(c.after...)
			})
		})
	}
}

func TestADeletedIntegrationIsMissingToEverybody(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.do("204", "DELETE ", "")
		for _, c := range [][2]string{
			{"GET ", ``},
			{"GET /events", ``},
			{"GET /rotation", ``},
			{"PATCH ", `{"name":"Second"}`},
			{"POST /rotate", `{"expireOld":"now"}`},
			{"POST /rotate", `{"expireOld":"later"}`},
			{"POST /rotation/cancel", ``},
			{"POST /rotation/complete", ``},
			{"PATCH /rotation", `{` + l.deadline(3*day) + `}`},
			{"POST /expire", `{}`},
			{"DELETE /expiry", ``},
			{"DELETE ", ``},
		} {
			l.do("404 not_found", c[0], c[1])
		}
	})
}

func TestADeadTokenIsKnownToItsHolderForNinetyDays(t *testing.T) {
	for _, c := range []struct {
		how, after string
		die        func(l *life)
		died       time.Duration
	}{
		{"deleted", "gone", func(l *life) { l.do("204", "DELETE ", "") }, 0},
		{"expired_by_admin", "expired, version 2", func(l *life) { l.do("200", "POST /expire", "{}") }, 0},
		{"expired", "expired, version 2", func(l *life) { l.expireAt(5 * day); l.at(5 * day) }, 5 * day},
	} {
		t.Run(c.how, func(t *testing.T) {
			tell(t, func(l *life) {
				l.create()
				c.die(l)
				known := c.how + " at " + offset(c.died)
				if c.after != "gone" {
					known += ", last"
				}
				l.turns(c.died+90*day, state{c.after, known}, state{c.after, "forgotten"})
			})
		})
	}
}
