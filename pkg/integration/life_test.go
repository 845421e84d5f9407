package integration_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

func later(grace time.Duration) integration.Rotation { return integration.Rotation{Grace: grace} }

var atOnce integration.Rotation

// until is a rotation whose new token has a deadline.
func until(r integration.Rotation, deadline time.Duration) integration.Rotation {
	at := start.Add(deadline)
	r.ExpiresAt = &at
	return r
}

// forever is one whose new token has none.
func forever(r integration.Rotation) integration.Rotation {
	r.ExpiresAt = &time.Time{}
	return r
}

func TestNewIntegrationHasOneTokenWithoutDeadline(t *testing.T) {
	c, err := integration.Create(integration.New{
		ID: "i1", Account: "acme", Name: "Shop", Description: "Orders", Scopes: []string{"contacts.write", "contacts.readonly"},
	}, offered, integration.Minted{ID: "a", PepperVersion: 4}, ada, start)
	if err != nil {
		t.Fatal(err)
	}
	want := integration.Integration{
		ID: "i1", Account: "acme", Name: "Shop", Description: "Orders", Scopes: scope.NewSet("contacts.readonly", "contacts.write"),
		Seq: 2, Head: c.Facts[1].Hash, Version: 1, CreatedAt: start, CreatedBy: "ada@acme.test", UpdatedAt: start,
		Current: &integration.Token{ID: "a", CreatedAt: start, CreatedBy: "ada@acme.test"},
	}
	if diff := cmp.Diff(want, c.After); diff != "" {
		t.Error(diff)
	}
	if c.Before != nil || c.Live() != 1 || c.Minted.PepperVersion != 4 || c.Unused != "" || len(c.Ended) != 0 {
		t.Errorf("%+v", c)
	}
	facts := []string{tell(c.Facts[0]), tell(c.Facts[1])}
	if diff := cmp.Diff([]string{
		"integration.created ada@acme.test +0s name:→Shop description:→Orders scopes:→contacts.readonly contacts.write",
		"token.created a ada@acme.test +0s",
	}, facts); diff != "" {
		t.Error(diff)
	}
}

func TestTokenWithDeadlineWorksUntilTheLastMillisecond(t *testing.T) {
	s := begin(t, start.Add(10*day))
	s.tells("integration.created ada@acme.test +0s name:→Shop scopes:→contacts.readonly",
		"token.created a ada@acme.test +0s expiresAt:→+240h0m0s")
	s.turns(10*day, "a", "(a expired +240h0m0s)")
}

func TestCreatorWithoutEmailIsNamedByID(t *testing.T) {
	s := &story{T: t, now: start, by: bob, next: 'a'}
	s.must(integration.Create(integration.New{ID: "i1", Account: "acme", Name: "Shop", Scopes: offered[:1]}, offered, s.minted(), bob, start))
	if s.CreatedBy != "user-2" || s.Current.CreatedBy != "user-2" {
		t.Errorf("%+v", s.Integration)
	}
}

func TestRetiringTokenWorksUntilTheLastMillisecond(t *testing.T) {
	for _, grace := range []time.Duration{time.Hour, integration.DefaultGrace, 30 * day} {
		s := begin(t, time.Time{}).at(day)
		s.must(s.Rotate(later(grace), s.minted(), bobbed(s), s.now))
		end := day + grace
		s.tells("token.created b user-2 +24h0m0s", "rotation.started a user-2 +24h0m0s expiresAt:→"+after(start.Add(end)))
		s.lives(day, "a b")
		s.turns(end, "a b", "b (a grace_ended "+after(start.Add(end))+")")
	}
}

// bobbed lets bob go on with the story.
func bobbed(s *story) fact.Actor {
	s.by = bob
	return bob
}

func TestRotationKeepsTheDeadlineUnlessToldAnother(t *testing.T) {
	for name, c := range map[string]struct {
		rotation integration.Rotation
		deadline string
	}{
		"later, not told": {later(time.Hour), "+240h0m0s"},
		"later, sooner":   {until(later(time.Hour), 3*day), "+72h0m0s"},
		"later, none":     {forever(later(time.Hour)), "never"},
		"now, not told":   {atOnce, "+240h0m0s"},
		"now, later":      {until(atOnce, 20*day), "+480h0m0s"},
		"now, none":       {forever(atOnce), "never"},
	} {
		s := begin(t, start.Add(10*day)).at(day)
		s.must(s.Rotate(c.rotation, s.minted(), s.by, s.now))
		if got := after(s.Current.ExpiresAt); got != c.deadline {
			t.Errorf("%s: the new token's deadline is %s, want %s", name, got, c.deadline)
		}
	}
}

func TestRetiringTokenDiesByItsOwnDeadlineWithinTheWindow(t *testing.T) {
	s := begin(t, start.Add(2*day)).at(day)
	s.must(s.Rotate(forever(later(7*day)), s.minted(), s.by, s.now))
	s.tells("token.created b ada@acme.test +24h0m0s", "rotation.started a ada@acme.test +24h0m0s")
	s.turns(2*day, "a b", "b (a expired +48h0m0s)")
	if want := start.Add(8 * day); !s.Retiring.WindowEndsAt.Equal(want) || !s.Retiring.ExpiresAt.Equal(start.Add(2*day)) {
		t.Errorf("both deadlines are kept: %+v", s.Retiring)
	}
}

func TestGraceThatEndsAtTheOwnDeadlineIsToldAsGrace(t *testing.T) {
	s := begin(t, start.Add(2*day))
	s.must(s.Rotate(forever(later(2*day)), s.minted(), s.by, s.now))
	s.turns(2*day, "a b", "b (a grace_ended +48h0m0s)")
}

func TestRetiringTokenNeverOutlivesTheCurrentOne(t *testing.T) {
	s := begin(t, time.Time{})
	s.must(s.Rotate(until(later(7*day), day), s.minted(), s.by, s.now))
	s.turns(day, "a b", "(b expired +24h0m0s)")
	s.at(day).must(s.Sweep(s.now), nil)
	s.tells("token.ended a expired system +24h0m0s", "token.ended b expired system +24h0m0s")
}

func TestRotatingLaterNeedsALivingTokenAndNoOpenWindow(t *testing.T) {
	s := begin(t, start.Add(day))
	s.at(day).refused(integration.ErrNoLiveToken)(s.Rotate(later(time.Hour), s.minted(), s.by, s.now))
	s.at(day - ms).must(s.Rotate(forever(later(time.Hour)), s.minted(), s.by, s.now))
	s.refused(integration.ErrRotationPending)(s.Rotate(later(time.Hour), s.minted(), s.by, s.now))
	s.lives(day-ms, "a b")

	s = beginRotated(t, time.Hour)
	s.at(time.Hour - ms).refused(integration.ErrRotationPending)(s.Rotate(later(time.Hour), s.minted(), s.by, s.now))
	s.at(time.Hour).must(s.Rotate(later(time.Hour), s.minted(), s.by, s.now))
	s.tells("token.ended a grace_ended system +1h0m0s",
		"token.created c ada@acme.test +1h0m0s", "rotation.started b ada@acme.test +1h0m0s expiresAt:→+2h0m0s")
	s.lives(time.Hour, "b c (a grace_ended +1h0m0s)")
}

func TestGraceIsFromAnHourToThirtyDays(t *testing.T) {
	s := begin(t, time.Time{})
	for _, grace := range []time.Duration{-time.Hour, -1, 1, time.Hour - ms, 30*day + ms, 1 << 62} {
		s.invalid("graceHours")(s.Rotate(later(grace), s.minted(), s.by, s.now))
	}
	s.invalid("expiresAt")(s.Rotate(until(later(time.Hour), 0), s.minted(), s.by, s.now))
	s.invalid("expiresAt")(s.Rotate(until(atOnce, -ms), s.minted(), s.by, s.now))
	s.must(s.Rotate(until(atOnce, ms), s.minted(), s.by, s.now))
}

func TestRotatingNowEndsEveryOlderToken(t *testing.T) {
	s := begin(t, time.Time{}).at(day)
	s.must(s.Rotate(atOnce, s.minted(), s.by, s.now))
	s.tells("token.ended a rotated ada@acme.test +24h0m0s", "token.created b ada@acme.test +24h0m0s")
	s.lives(day, "b (a rotated +24h0m0s)")

	s.must(s.Rotate(later(time.Hour), s.minted(), s.by, s.now))
	s.must(s.Rotate(atOnce, s.minted(), s.by, s.now))
	s.tells("token.ended b rotated ada@acme.test +24h0m0s", "token.ended c rotated ada@acme.test +24h0m0s", "token.created d ada@acme.test +24h0m0s")
	s.lives(day, "d (c rotated +24h0m0s)")
}

func TestRotatingNowBringsADeadIntegrationToLife(t *testing.T) {
	s := begin(t, start.Add(day)).at(2 * day)
	s.must(s.Rotate(atOnce, s.minted(), s.by, s.now))
	s.tells("token.ended a expired system +24h0m0s", "token.created b ada@acme.test +48h0m0s")
	if s.lives(2*day, "b (a expired +24h0m0s)"); !s.Current.ExpiresAt.IsZero() {
		t.Errorf("the old deadline has passed, and the new token has %v", s.Current.ExpiresAt)
	}
	s.must(s.Expire(s.by, s.now))
	s.must(s.Rotate(atOnce, s.minted(), s.by, s.now))
	s.tells("token.created c ada@acme.test +48h0m0s")
	s.lives(2*day, "c (b expired_by_admin +48h0m0s)")
}

func TestCancellingGivesTheOldTokenItsDeadlineBack(t *testing.T) {
	for _, own := range []time.Duration{0, 3 * day, 40 * day} {
		deadline := time.Time{}
		if own > 0 {
			deadline = start.Add(own)
		}
		s := begin(t, deadline)
		s.must(s.Rotate(until(later(7*day), 2*day), s.minted(), s.by, s.now))
		s.at(time.Hour).must(s.Cancel(false, s.by, s.now))
		s.tells("rotation.cancelled a ada@acme.test +1h0m0s expiresAt:+48h0m0s→"+textOf(deadline), "token.ended b rotation_cancelled ada@acme.test +1h0m0s")
		s.lives(time.Hour, "a (b rotation_cancelled +1h0m0s)")
		if !s.Current.ExpiresAt.Equal(deadline) {
			t.Errorf("the deadline is %v, want %v", s.Current.ExpiresAt, deadline)
		}
		if own > 0 {
			s.turns(own, "a (b rotation_cancelled +1h0m0s)", "(a expired "+after(deadline)+")")
		}
	}
}

func textOf(deadline time.Time) string {
	if deadline.IsZero() {
		return ""
	}
	return after(deadline)
}

func TestCancellingHoldsOnlyWhileTheNewTokenIsUnused(t *testing.T) {
	s := beginRotated(t, time.Hour)
	c, err := s.Cancel(false, s.by, s.now)
	if err != nil || c.Unused != "b" {
		t.Errorf("unused has to be %q, %v", c.Unused, err)
	}
	if c, err = s.Cancel(true, s.by, s.now); err != nil || c.Unused != "" {
		t.Errorf("forced: unused has to be %q, %v", c.Unused, err)
	}
}

func TestCompletingEndsTheOldTokenAndKeepsTheNew(t *testing.T) {
	s := beginRotated(t, time.Hour).at(time.Minute)
	s.must(s.Complete(s.by, s.now))
	s.tells("rotation.completed a ada@acme.test +1m0s", "token.ended a rotation_completed ada@acme.test +1m0s")
	s.lives(time.Minute, "b (a rotation_completed +1m0s)")
}

func TestNothingIsDoneToAWindowThatIsNotOpen(t *testing.T) {
	none := begin(t, time.Time{})
	over := beginRotated(t, time.Hour).at(time.Hour)
	completed := beginRotated(t, time.Hour)
	completed.must(completed.Complete(completed.by, completed.now))
	expired := beginRotated(t, time.Hour)
	expired.must(expired.Expire(expired.by, expired.now))
	for _, s := range []*story{none, over, completed, expired} {
		s.refused(integration.ErrNoRotation)(s.Cancel(false, s.by, s.now))
		s.refused(integration.ErrNoRotation)(s.Cancel(true, s.by, s.now))
		s.refused(integration.ErrNoRotation)(s.Complete(s.by, s.now))
		s.refused(integration.ErrNoRotation)(s.MoveWindow(s.now.Add(time.Minute), s.by, s.now))
	}
	last := beginRotated(t, time.Hour).at(time.Hour - ms)
	last.must(last.Cancel(false, last.by, last.now))
	last.lives(time.Hour-ms, "a (b rotation_cancelled +59m59.999s)")
}
