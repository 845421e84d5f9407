package integration_test

import (
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

func TestSweepRecordsADeathOnceAndAsOfItsDeadline(t *testing.T) {
	s := begin(t, start.Add(20*day))
	s.must(s.Rotate(later(day), s.minted(), s.by, s.now))
	updated := s.UpdatedAt
	s.at(day-ms).idle(s.Sweep(s.now), nil)
	s.at(3*day).must(s.Sweep(s.now), nil)
	s.tells("token.ended a grace_ended system +24h0m0s")
	s.lives(3*day, "b (a grace_ended +24h0m0s)")
	s.idle(s.Sweep(s.now), nil)
	s.at(100*day).must(s.Sweep(s.now), nil)
	s.tells("token.ended b expired system +480h0m0s")
	s.idle(s.Sweep(s.now), nil)
	if s.Version != 2 || !s.UpdatedAt.Equal(updated) {
		t.Errorf("clients saw a change: version %d, updated %v", s.Version, s.UpdatedAt)
	}
}

func TestWhatTheClockDidIsTheSameSweptOrNot(t *testing.T) {
	s := begin(t, start.Add(20*day))
	s.must(s.Rotate(later(day), s.minted(), s.by, s.now))
	swept := *s
	swept.at(2*day).must(swept.Sweep(swept.now), nil)
	for _, at := range []time.Duration{2 * day, 20*day - ms, 20 * day, 21 * day} {
		if a, b := s.alive(at), swept.alive(at); a != b {
			t.Errorf("at +%v: %q, swept %q", at, a, b)
		}
		if a, b := s.Status(start.Add(at)), swept.Status(start.Add(at)); a != b {
			t.Errorf("at +%v: %s, swept %s", at, a, b)
		}
	}
}

// plain is what a reminder finds out where nobody has changed settings or used a
// token.
var plain integration.Look

func TestAgeIsToldTwoWeeksAheadThenAtItThenEveryMonth(t *testing.T) {
	s := begin(t, time.Time{})
	s.at(76*day-ms).idle(s.Remind(plain, s.now), nil)
	s.at(76*day).must(s.Remind(plain, s.now), nil)
	s.tells("rotation.upcoming a system +1824h0m0s tokenAgeDays:→76")
	s.idle(s.Remind(plain, s.now), nil)
	s.at(90*day-ms).idle(s.Remind(plain, s.now), nil)
	s.at(90*day).must(s.Remind(plain, s.now), nil)
	s.tells("rotation.due a system +2160h0m0s tokenAgeDays:→90")
	s.at(120*day-ms).idle(s.Remind(plain, s.now), nil)
	s.at(150*day).must(s.Remind(plain, s.now), nil) // the tick before was left out
	s.tells("rotation.due a system +3600h0m0s tokenAgeDays:→120 overtakenBy:→150", "rotation.due a system +3600h0m0s tokenAgeDays:→150")

	s.must(s.Rotate(later(day), s.minted(), s.by, s.now))
	s.idle(s.Remind(plain, s.now), nil)
	s.must(s.Cancel(true, s.by, s.now))
	s.idle(s.Remind(plain, s.now), nil)
	s.must(s.Rotate(atOnce, s.minted(), s.by, s.now))
	s.at(240*day).must(s.Remind(plain, s.now), nil)
	s.tells("rotation.upcoming c system +5760h0m0s tokenAgeDays:→76 overtakenBy:→90", "rotation.due c system +5760h0m0s tokenAgeDays:→90")
	if s.Version != 4 {
		t.Errorf("clients saw a change: version %d", s.Version)
	}
}

func TestTokenThatIsCurrentAgainIsRemindedOfThen(t *testing.T) {
	s := begin(t, time.Time{}).at(70 * day)
	s.must(s.Rotate(later(30*day), s.minted(), s.by, s.now))
	s.at(95*day).idle(s.Remind(plain, s.now), nil) // it retires anyway
	s.must(s.Cancel(true, s.by, s.now))
	s.must(s.Remind(plain, s.now), nil)
	s.tells("rotation.upcoming a system +2280h0m0s tokenAgeDays:→76 overtakenBy:→90", "rotation.due a system +2280h0m0s tokenAgeDays:→90")
}

func TestNoReminderForTheDead(t *testing.T) {
	s := begin(t, start.Add(90*day)).at(90 * day)
	s.must(s.Remind(plain, s.now), nil)
	s.tells("token.ended a expired system +2160h0m0s")
	s.idle(s.Remind(plain, s.now), nil)
	s = begin(t, time.Time{})
	s.must(s.Delete(s.by, s.now), nil)
	s.at(100*day).idle(s.Remind(plain, s.now), nil)
}

func TestExpiryIsTold30And7And1DaysAhead(t *testing.T) {
	s := begin(t, start.Add(40*day))
	const at = "expiresAt:→+960h0m0s"
	s.at(10*day-ms).idle(s.Remind(plain, s.now), nil)
	s.at(10*day).must(s.Remind(plain, s.now), nil)
	s.tells("expiry.upcoming a system +240h0m0s expiresInDays:→30 " + at)
	s.at(33*day).must(s.Remind(plain, s.now), nil)
	s.at(39*day).must(s.Remind(plain, s.now), nil)
	s.tells("expiry.upcoming a system +936h0m0s expiresInDays:→1 " + at)
	s.idle(s.Remind(plain, s.now), nil)

	// Another deadline is another thing to tell, but for what of it is past.
	s.must(s.SetExpiry(start.Add(44*day), s.by, s.now))
	s.idle(s.Remind(plain, s.now), nil)
	s.at(43*day).must(s.Remind(plain, s.now), nil)
	s.at(44*day).must(s.Remind(plain, s.now), nil)
	s.tells("token.ended a expired system +1056h0m0s")
}

func TestWindowsEndIsToldIfTheOldTokenIsInUse(t *testing.T) {
	look := func(used time.Duration) integration.Look {
		return integration.Look{
			Policy: integration.Policy{QuietFor: day}, Uses: map[token.ID]time.Time{"a": start.Add(used)},
		}
	}
	s := begin(t, time.Time{})
	s.must(s.Remind(look(0), s.now), nil) // it gets to know the policy
	s.must(s.Rotate(later(7*day), s.minted(), s.by, s.now))
	s.at(5*day-ms).idle(s.Remind(look(5*day-ms), s.now), nil)
	if s.NeedsUses(s.now) {
		t.Error("uses are looked for before it matters")
	}
	s.at(5 * day)
	if !s.NeedsUses(s.now) {
		t.Error("uses are not looked for")
	}
	silent := *s
	quiet := 4*day - usage.Unwritten // the last use that is long enough ago
	silent.must(silent.Remind(look(quiet), silent.now), nil)
	silent.tells()
	silent.at(6*day).must(silent.Remind(look(5*day+ms), silent.now), nil)
	s.must(s.Remind(look(quiet+ms), s.now), nil)
	ends := " expiresAt:→+168h0m0s lastUsedAt:→"
	s.tells("rotation.ending a system +120h0m0s endsInHours:→48" + ends + after(start.Add(quiet+ms)))
	s.at(6*day).must(s.Remind(look(5*day+ms), s.now), nil)
	s.tells("rotation.old_token_still_used a system +144h0m0s endsInHours:→24" + ends + after(start.Add(5*day+ms)))
	s.idle(s.Remind(look(6*day), s.now), nil)

	short := begin(t, time.Time{})
	short.must(short.Remind(look(0), short.now), nil)
	short.must(short.Rotate(later(time.Hour), short.minted(), short.by, short.now))
	short.idle(short.Remind(look(0), short.now), nil) // which everybody knows
}

func TestShorterReminderAgeTellsOfTheLastAgeAlone(t *testing.T) {
	s := begin(t, time.Time{}).at(200 * day)
	s.must(s.Remind(integration.Look{Policy: integration.Policy{ReminderAge: 365 * day}}, s.now), nil)
	s.tells()
	look := integration.Look{Policy: integration.Policy{ReminderAge: 30 * day}}
	s.must(s.Remind(look, s.now), nil)
	s.tells("rotation.due a system +4800h0m0s tokenAgeDays:→180")
	s.idle(s.Remind(look, s.now), nil)
	s.at(210*day).must(s.Remind(look, s.now), nil)
	s.tells("rotation.due a system +5040h0m0s tokenAgeDays:→210")
}

func TestDueIsTheEarliestOfAllObligations(t *testing.T) {
	s := begin(t, start.Add(200*day))
	due := func(want time.Duration) {
		t.Helper()
		if got := s.DueAt(); !got.Equal(start.Add(want)) {
			t.Errorf("due %s, want %s", got.Sub(start), want)
		}
	}
	due(76 * day) // age of a
	s.at(76*day).must(s.Remind(plain, s.now), nil)
	due(90 * day)
	s.at(90*day).must(s.Remind(plain, s.now), nil)
	due(120 * day)
	s.at(100 * day).must(s.Rotate(later(7*day), s.minted(), s.by, s.now))
	due(105 * day) // the window ends in 48 hours
	s.must(s.SetExpiry(start.Add(101*day), s.by, s.now))
	due(101 * day) // deadline of b, and so of a
	s.must(s.SetExpiry(time.Time{}, s.by, s.now))
	s.at(107*day).must(s.Sweep(s.now), nil)
	due(176 * day) // age of b
	s.must(s.SetExpiry(start.Add(150*day), s.by, s.now))
	due(120 * day) // b expires in 30 days
	s.Policy.IdleAfter = 20 * day
	due(105 * day) // b has been idle for 5 days
	s.must(s.Delete(s.by, s.now), nil)
	if due := s.DueAt(); !due.IsZero() {
		t.Errorf("something is due for what is deleted, at %s", due)
	}
}

func TestNothingIsLeftDueOnceItWasDone(t *testing.T) {
	s := begin(t, start.Add(10*day))
	s.must(s.Rotate(forever(later(7*day)), s.minted(), s.by, s.now))
	s.must(s.SetExpiry(start.Add(200*day), s.by, s.now))
	s.Policy.IdleAfter = 60 * day
	look := integration.Look{Policy: s.Policy}
	for n := 0; !s.DueAt().IsZero(); n++ {
		if n == 20 {
			t.Fatalf("due without an end: %+v", s.Integration)
		}
		s.now = s.DueAt()
		s.must(s.Remind(look, s.now), nil)
		if due := s.DueAt(); !due.IsZero() && !due.After(s.now) {
			t.Fatalf("due at %v still, or again; it is %v", due, s.now)
		}
	}
	if s.Status(s.now) != integration.StatusInactive {
		t.Errorf("in the end it is %s", s.Status(s.now))
	}
}

func TestStatusIsTheFirstThatFits(t *testing.T) {
	status := func(s *story, at time.Duration, want integration.Status) {
		t.Helper()
		if got := s.Status(start.Add(at)); got != want {
			t.Errorf("at +%v: %s, want %s", at, got, want)
		}
	}
	s := begin(t, time.Time{})
	status(s, 0, integration.StatusActive)
	status(s, 10000*day, integration.StatusActive)

	s = begin(t, start.Add(40*day))
	status(s, 10*day-ms, integration.StatusActive)
	status(s, 10*day, integration.StatusExpiring)
	status(s, 40*day-ms, integration.StatusExpiring)
	status(s, 40*day, integration.StatusExpired)

	s.must(s.Rotate(later(30*day), s.minted(), s.by, s.now))
	status(s, 20*day, integration.StatusRotating) // before expiring
	status(s, 30*day-ms, integration.StatusRotating)
	status(s, 30*day, integration.StatusExpiring)
	status(s, 40*day, integration.StatusExpired)

	s.must(s.Expire(s.by, s.now))
	status(s, 0, integration.StatusExpired)
	idle := s.Integration
	idle.Last = &integration.Ended{ID: "b", At: start, Reason: integration.ReasonIdle}
	if got := idle.Status(start); got != integration.StatusInactive {
		t.Errorf("ended by the idle policy: %s", got)
	}
	idle.DeletedAt = start
	if got := idle.Status(start); got != integration.StatusDeleted {
		t.Errorf("deleted while inactive: %s", got)
	}
}

func TestLastIsTheNewestDeath(t *testing.T) {
	s := begin(t, time.Time{})
	if s.Last != nil {
		t.Errorf("%+v has died", s.Last)
	}
	s.must(s.Rotate(later(7*day), s.minted(), s.by, s.now))
	s.at(day).must(s.Cancel(true, s.by, s.now))
	s.lives(day, "a (b rotation_cancelled +24h0m0s)")
	s.must(s.SetExpiry(start.Add(2*day), s.by, s.now))
	s.lives(2*day, "(a expired +48h0m0s)") // the older token, but the newer death
	s.at(3 * day).must(s.Rotate(atOnce, s.minted(), s.by, s.now))
	s.lives(3*day, "c (a expired +48h0m0s)")
}

func TestCredentialIsDeadByTheClockOrByTheRecord(t *testing.T) {
	deadline := integration.Deadline{At: start.Add(day), Reason: integration.ReasonGrace}
	dead := integration.Deadline{At: start, Reason: integration.ReasonRevoked}
	for _, c := range []struct {
		credential integration.Credential
		at         time.Duration
		want       integration.Deadline // zero: it lives
	}{
		{integration.Credential{}, 10000 * day, integration.Deadline{}},
		{integration.Credential{Deadline: deadline}, day - ms, integration.Deadline{}},
		{integration.Credential{Deadline: deadline}, day, deadline},
		{integration.Credential{Dead: dead}, 0, dead},
		{integration.Credential{Dead: dead}, -day, dead}, // whatever the clock says
		{integration.Credential{Dead: dead, Deadline: deadline}, 2 * day, dead},
	} {
		c.credential.ID = token.ID("a")
		ended, isDead := c.credential.Ended(start.Add(c.at))
		want := integration.Ended{At: c.want.At, Reason: c.want.Reason}
		if isDead {
			want.ID = "a"
		}
		if ended != want || isDead == c.want.At.IsZero() {
			t.Errorf("%+v at +%v: %+v, %v", c.credential, c.at, ended, isDead)
		}
	}
}

func TestReceiptsHoldForADay(t *testing.T) {
	r := integration.Receipt{At: start}
	for at, want := range map[time.Duration]bool{0: true, day - ms: true, day: false, day + ms: false} {
		if got := r.Holds(start.Add(at)); got != want {
			t.Errorf("after %v: %v", at, got)
		}
	}
}

func TestInstantsAreUTCCutToTheMillisecond(t *testing.T) {
	local := time.FixedZone("east", 3600)
	got := integration.Instant(time.Date(2026, 1, 2, 4, 4, 5, 678999999, local))
	if got != start {
		t.Errorf("%v, want %v", got, start)
	}
	if !integration.Instant(time.Time{}).IsZero() {
		t.Error("no instant became one")
	}
}
