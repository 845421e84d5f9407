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
