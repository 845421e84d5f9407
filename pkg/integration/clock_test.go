package integration_test

import (
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
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

func TestReminderIsGivenOnceForEachToken(t *testing.T) {
	s := begin(t, time.Time{})
	s.at(90*day-ms).idle(s.Remind(s.now), nil)
	s.at(90*day).must(s.Remind(s.now), nil)
	s.tells("rotation.due a system +2160h0m0s")
	s.at(400*day).idle(s.Remind(s.now), nil)

	s.must(s.Rotate(later(day), s.minted(), s.by, s.now))
	s.idle(s.Remind(s.now), nil)
	s.must(s.Cancel(true, s.by, s.now))
	s.idle(s.Remind(s.now), nil)
	s.must(s.Rotate(atOnce, s.minted(), s.by, s.now))
	s.at(490*day).must(s.Remind(s.now), nil)
	s.tells("rotation.due c system +11760h0m0s")
	if s.Version != 4 {
		t.Errorf("clients saw a change: version %d", s.Version)
	}
}

func TestTokenThatIsCurrentAgainIsRemindedOfThen(t *testing.T) {
	s := begin(t, time.Time{}).at(80 * day)
	s.must(s.Rotate(later(30*day), s.minted(), s.by, s.now))
	s.at(100*day).idle(s.Remind(s.now), nil) // it retires anyway
	s.must(s.Cancel(true, s.by, s.now))
	s.must(s.Remind(s.now), nil)
	s.tells("rotation.due a system +2400h0m0s")
}

func TestNoReminderForTheDead(t *testing.T) {
	s := begin(t, start.Add(90*day)).at(90 * day)
	s.must(s.Remind(s.now), nil)
	s.tells("token.ended a expired system +2160h0m0s")
	s.idle(s.Remind(s.now), nil)
	s = begin(t, time.Time{})
	s.must(s.Delete(s.by, s.now), nil)
	s.at(100*day).idle(s.Remind(s.now), nil)
}

func TestDueIsTheEarliestOfAllObligations(t *testing.T) {
	s := begin(t, start.Add(200*day))
	due := func(want string) {
		t.Helper()
		if got := after(s.DueAt()); got != want {
			t.Errorf("due %s, want %s", got, want)
		}
	}
	due("+2160h0m0s") // reminder of a
	s.at(90*day).must(s.Remind(s.now), nil)
	due("+4800h0m0s") // deadline of a
	s.at(100 * day).must(s.Rotate(later(7*day), s.minted(), s.by, s.now))
	due("+2568h0m0s") // window's end
	s.must(s.SetExpiry(start.Add(101*day), s.by, s.now))
	due("+2424h0m0s") // deadline of b, and so of a
	s.must(s.SetExpiry(time.Time{}, s.by, s.now))
	s.at(107*day).must(s.Sweep(s.now), nil)
	due("+4560h0m0s") // reminder of b
	s.at(190*day).must(s.Remind(s.now), nil)
	due("never")
	s.must(s.SetExpiry(start.Add(191*day), s.by, s.now))
	due("+4584h0m0s")
	s.must(s.Delete(s.by, s.now), nil)
	due("never")
}

func TestNothingIsLeftDueOnceItWasDone(t *testing.T) {
	s := begin(t, start.Add(10*day))
	s.must(s.Rotate(forever(later(7*day)), s.minted(), s.by, s.now))
	s.must(s.SetExpiry(start.Add(200*day), s.by, s.now))
	for n := 0; !s.DueAt().IsZero(); n++ {
		if n == 4 {
			t.Fatalf("due without an end: %+v", s.Integration)
		}
		s.now = s.DueAt()
		s.must(s.Remind(s.now), nil)
		if due := s.DueAt(); !due.IsZero() && !due.After(s.now) {
			t.Fatalf("due at %v still, or again; it is %v", due, s.now)
		}
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
