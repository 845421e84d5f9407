package usage_test

import (
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/usage"
)

const (
	ms  = time.Millisecond
	day = 24 * time.Hour
)

// start is when a rotation was begun.
var start = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func TestOldTokenIsSafeToEndOnceTheNewOneIsUsedAndItIsSilentForLongEnough(t *testing.T) {
	used, unused := start.Add(time.Hour), time.Time{}
	for _, c := range []struct {
		what     string
		old, new time.Time
		quiet    time.Duration
		at       time.Duration
		want     usage.Verdict
	}{
		{"neither is used", unused, unused, day, time.Hour, usage.NewTokenUnused},
		{"nobody has moved", used, unused, day, 6 * day, usage.NewTokenUnused},
		{"both are used", used, used, day, time.Hour, usage.InUse},
		{"the last millisecond of the silence", used, used, day, time.Hour + day + time.Minute - ms, usage.InUse},
		{"the silence is over", used, used, day, time.Hour + day + time.Minute, usage.Safe},
		{"the shortest silence", used, used, 2 * time.Minute, time.Hour + 3*time.Minute - ms, usage.InUse},
		{"the shortest silence is over", used, used, 2 * time.Minute, time.Hour + 3*time.Minute, usage.Safe},
		{"the old one was never used", unused, used, day, time.Hour, usage.Safe},
		{"the old one was silent before", start.Add(-2 * day), used, day, time.Hour, usage.Safe},
		{"the old one was used just before", start.Add(-time.Hour), used, day, time.Hour, usage.InUse},
	} {
		w := usage.Window{RotatedAt: start, ExpiresAt: start.Add(7 * day), OldUsedAt: c.old, NewUsedAt: c.new, QuietFor: c.quiet}
		if got := w.Verdict(start.Add(c.at)); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestThatTheOldTokenIsStillUsedIsToldADayBeforeItDies(t *testing.T) {
	for _, c := range []struct {
		what    string
		window  time.Duration
		oldUsed time.Duration // after the rotation; 0: never
		at      time.Duration
		want    bool
	}{
		{"a day and a moment before", 7 * day, 6*day - time.Hour, 6*day - ms, false},
		{"a day before", 7 * day, 6*day - time.Hour, 6 * day, true},
		{"a moment before", 7 * day, 6*day - time.Hour, 7*day - ms - 25*time.Hour, false},
		{"used a moment before", 7 * day, 7*day - time.Minute, 7*day - ms, true},
		{"when it dies", 7 * day, 7*day - time.Minute, 7 * day, false},
		{"silent", 7 * day, 4 * day, 6 * day, false},
		{"never used", 7 * day, 0, 6 * day, false},
		{"before half of a short window", time.Hour, time.Minute, 30*time.Minute - ms, false},
		{"from half of a short window on", time.Hour, time.Minute, 30 * time.Minute, true},
	} {
		w := usage.Window{RotatedAt: start, ExpiresAt: start.Add(c.window), QuietFor: day}
		if c.oldUsed != 0 {
			w.OldUsedAt = start.Add(c.oldUsed)
		}
		if got := w.StillUsed(start.Add(c.at)); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}
