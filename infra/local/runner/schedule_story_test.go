package runner_test

import (
	"strings"
	"sync"
	"testing"
)

func (l *life) remind() {
	l.Helper()
	if reminded := l.Manage("POST", "/dev/remind", ""); reminded.Status != 200 {
		l.Fatalf("remind: %s", reminded)
	}
}

// reminders are the events that say that a token is ninety days old.
func (l *life) reminders() string {
	l.Helper()
	var due []string
	for _, e := range l.events() {
		what, ninety := strings.CutSuffix(e, "; tokenAgeDays: →90")
		if token, told := strings.CutPrefix(what, "rotation.due "); told && ninety {
			due = append(due, token)
		}
	}
	return strings.Join(due, ", ")
}

func (l *life) reminded(want string) {
	l.Helper()
	if got := l.reminders(); got != want {
		l.Errorf("reminders: %q, not %q", got, want)
	}
}

func TestARotationIsDueFromTheMillisecondThatATokenIsNinetyDaysOld(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(90*day - ms)
		l.remind()
		l.reminded("")
		l.at(90 * day)
		l.reminded("") // it is the schedule that says so
		l.remind()
		l.reminded("first at 90d by system")
		l.is("active, version 1", "current")
	})
}

func TestAReminderThatIsFiredTwiceAndLateIsOne(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(92 * day)
		l.remind()
		l.remind()
		l.at(93 * day)
		l.remind()
		l.reminded("first at 92d by system")
	})
}

func TestEachTokenIsAnnouncedOnce(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(90 * day)
		l.remind()
		l.rotateLater()
		l.at(180*day - ms)
		l.remind()
		l.reminded("first at 90d by system")
		l.at(180 * day)
		l.remind()
		l.reminded("first at 90d by system, second at 180d by system")
	})
}

func TestATokenThatACancelledRotationBringsBackIsNotAnnouncedAgain(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.at(90 * day)
		l.remind()
		l.rotateLater()
		l.do("200", "POST /rotation/cancel", "")
		l.at(91 * day)
		l.remind()
		l.reminded("first at 90d by system")
	})
}

func TestNoRotationIsDueOfADeadToken(t *testing.T) {
	tell(t, func(l *life) {
		l.create(l.deadline(80 * day))
		l.at(90 * day)
		l.remind()
		l.reminded("")
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin; expiresAt: →80d",
			"token.ended first expired at 80d by system",
		)
	})
}

// They fire while they still run, late by two days, and once more.
func TestSchedulesThatOverlapRecordEachThingOnce(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.rotateLater()
		l.at(92 * day)
		var all sync.WaitGroup
		for range 4 {
			all.Go(l.sweep)
			all.Go(l.remind)
		}
		all.Wait()
		l.remind()
		l.history(
			"integration.created at 0d by the admin; name: →Export; scopes: →contacts.readonly",
			"token.created first at 0d by the admin",
			"token.created second at 0d by the admin",
			"rotation.started first at 0d by the admin; expiresAt: →7d",
			"token.ended first grace_ended at 7d by system",
			"rotation.upcoming second at 92d by system; tokenAgeDays: →76; overtakenBy: →90",
			"rotation.due second at 92d by system; tokenAgeDays: →90",
		)
	})
}

func TestAnIdempotencyKeyHoldsForADay(t *testing.T) {
	tell(t, func(l *life) {
		body, key := `{"name":"Export","scopes":["contacts.readonly"]}`, []string{"Idempotency-Key", "k-1"}
		l.ask("201", "POST", integrations, body, key...)
		l.at(1*day - ms)
		if again := l.ask("201", "POST", integrations, body, key...); again.ID() != l.id || again.Token() != "" {
			t.Errorf("in the last millisecond: %s", again)
		}
		l.ask("422 idempotency_key_reused", "POST", integrations, strings.Replace(body, "Export", "Import", 1), key...)
		l.at(1 * day)
		if anew := l.Manage("POST", integrations, body, key...); anew.ID() == l.id || anew.Token() == "" {
			t.Errorf("after a day: %s", anew)
		}
	})
}
