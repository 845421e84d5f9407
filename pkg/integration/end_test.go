package integration_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

func TestWindowMovesEarlierAndLater(t *testing.T) {
	s := beginRotated(t, 7*day).at(day)
	for _, c := range []struct {
		to   time.Duration
		fact string
	}{
		{2 * day, "rotation.moved a ada@acme.test +24h0m0s expiresAt:+168h0m0s→+48h0m0s"},
		{30 * day, "rotation.moved a ada@acme.test +24h0m0s expiresAt:+48h0m0s→+720h0m0s"},
		{day + ms, "rotation.moved a ada@acme.test +24h0m0s expiresAt:+720h0m0s→+24h0m0.001s"},
	} {
		s.must(s.MoveWindow(start.Add(c.to), s.by, s.now))
		s.tells(c.fact)
		s.turns(c.to, "a b", "b (a grace_ended "+after(start.Add(c.to))+")")
	}
	s.idle(s.MoveWindow(start.Add(day+ms), s.by, s.now))
	s.must(s.MoveWindow(s.now, s.by, s.now))
	s.lives(day, "b (a grace_ended +24h0m0s)")
}

func TestWindowStaysWithinItsBounds(t *testing.T) {
	rotatedAt := time.Hour
	open := func(own, current time.Duration) *story {
		s := begin(t, instantOf(own)).at(rotatedAt)
		s.must(s.Rotate(rotationUntil(current), s.minted(), s.by, s.now))
		return s.at(2 * time.Hour)
	}
	for name, c := range map[string]struct {
		own, current time.Duration // deadlines of the old and the new token
		latest       time.Duration
	}{
		"thirty days after the rotation":  {0, 0, rotatedAt + 30*day},
		"the old token's deadline":        {9 * day, 0, 9 * day},
		"the new token's deadline":        {0, 8 * day, 8 * day},
		"the sooner of the two deadlines": {9 * day, 8 * day, 8 * day},
		"deadlines after the thirty days": {40 * day, 50 * day, rotatedAt + 30*day},
	} {
		s := open(c.own, c.current)
		s.invalid("expiresAt")(s.MoveWindow(start.Add(c.latest+ms), s.by, s.now))
		s.invalid("expiresAt")(s.MoveWindow(s.now.Add(-ms), s.by, s.now))
		s.invalid("expiresAt")(s.MoveWindow(time.Time{}, s.by, s.now))
		c0, err := s.MoveWindow(s.now, s.by, s.now)
		if err != nil || len(c0.Facts) != 1 {
			t.Errorf("%s: to now: %v", name, err)
		}
		s.must(s.MoveWindow(start.Add(c.latest), s.by, s.now))
		if got := s.RetiringDeadline(); !got.Equal(start.Add(c.latest)) {
			t.Errorf("%s: the old token dies at %s", name, after(got))
		}
	}
}

// instantOf is an instant by how long after the start it is; 0 for none.
func instantOf(after time.Duration) time.Time {
	if after == 0 {
		return time.Time{}
	}
	return start.Add(after)
}

// rotationUntil is a rotation with a week's grace; 0 for a new token without deadline.
func rotationUntil(deadline time.Duration) integration.Rotation {
	if deadline == 0 {
		return forever(later(7 * day))
	}
	return until(later(7*day), deadline)
}

func TestExpiringNowEndsEveryTokenWindowOrNot(t *testing.T) {
	s := begin(t, time.Time{}).at(day)
	s.must(s.Expire(s.by, s.now))
	s.tells("token.ended a expired_by_admin ada@acme.test +24h0m0s")
	s.lives(day, "(a expired_by_admin +24h0m0s)")
	s.refused(integration.ErrNoLiveToken)(s.Expire(s.by, s.now))

	s = beginRotated(t, time.Hour)
	s.must(s.Expire(s.by, s.now))
	s.tells("token.ended a expired_by_admin ada@acme.test +0s", "token.ended b expired_by_admin ada@acme.test +0s")
	s.lives(0, "(b expired_by_admin +0s)")
}

func TestDeadTokenIsNotExpiredAgain(t *testing.T) {
	s := begin(t, start.Add(day))
	s.at(day).refused(integration.ErrNoLiveToken)(s.Expire(s.by, s.now))
	s.refused(integration.ErrNoLiveToken)(s.SetExpiry(start.Add(2*day), s.by, s.now))
	s.refused(integration.ErrNoLiveToken)(s.SetExpiry(time.Time{}, s.by, s.now))
	s.at(day - ms).must(s.Expire(s.by, s.now))
	s.lives(2*day, "(a expired_by_admin +23h59m59.999s)")
}

func TestDeadlineIsSetMovedAndCleared(t *testing.T) {
	s := begin(t, time.Time{})
	s.must(s.SetExpiry(start.Add(2*day), s.by, s.now))
	s.tells("expiry.set a ada@acme.test +0s expiresAt:→+48h0m0s")
	s.turns(2*day, "a", "(a expired +48h0m0s)")
	s.idle(s.SetExpiry(start.Add(2*day), s.by, s.now))

	s.at(day).must(s.SetExpiry(start.Add(3*day), bobbed(s), s.now))
	s.tells("expiry.set a user-2 +24h0m0s expiresAt:+48h0m0s→+72h0m0s")
	s.turns(3*day, "a", "(a expired +72h0m0s)")

	s.must(s.SetExpiry(time.Time{}, s.by, s.now))
	s.tells("expiry.cleared a user-2 +24h0m0s expiresAt:+72h0m0s→")
	s.lives(1000*day, "a")
	s.idle(s.SetExpiry(time.Time{}, s.by, s.now))

	s.invalid("at")(s.SetExpiry(s.now, s.by, s.now))
	s.invalid("at")(s.SetExpiry(s.now.Add(-ms), s.by, s.now))
	s.must(s.SetExpiry(s.now.Add(ms), s.by, s.now))
}

func TestDeadlineOfTheCurrentTokenBoundsTheRetiringOne(t *testing.T) {
	s := beginRotated(t, 7*day)
	s.must(s.SetExpiry(start.Add(2*day), s.by, s.now))
	s.turns(2*day, "a b", "(b expired +48h0m0s)")
	s.must(s.SetExpiry(start.Add(8*day), s.by, s.now))
	s.turns(7*day, "a b", "b (a grace_ended +168h0m0s)")
	s.must(s.SetExpiry(start.Add(2*day), s.by, s.now))
	s.must(s.Cancel(true, s.by, s.now))
	s.lives(1000*day, "a (b rotation_cancelled +0s)")
}

func TestEditingLeavesTheTokensAlone(t *testing.T) {
	s := beginRotated(t, time.Hour)
	before := clone(s.Integration)
	name, description, scopes := "Till", "Receipts", []string{"contacts.write", "calendars.readonly"}
	s.must(s.Edit(integration.Edit{Name: &name, Description: &description, Scopes: &scopes}, offered, s.by, s.now))
	s.tells("integration.updated ada@acme.test +0s name:Shop→Till description:→Receipts scopes:contacts.readonly→calendars.readonly contacts.write")
	if diff := cmp.Diff(before.Current, s.Current) + cmp.Diff(before.Retiring, s.Retiring); diff != "" {
		t.Error(diff)
	}
	if s.Name != name || s.Description != description || !s.Scopes.Equal(scope.NewSet(scopes...)) {
		t.Errorf("%+v", s.Integration)
	}
	scopes[0] = "changed"
	if s.Scopes.Has("changed") || !s.Scopes.Has("contacts.write") {
		t.Errorf("the scopes changed with the caller's: %v", s.Scopes)
	}
}

func TestEditingOneFieldLeavesTheOthers(t *testing.T) {
	s := begin(t, time.Time{})
	empty, more := "", "More"
	s.must(s.Edit(integration.Edit{Description: &more}, offered, s.by, s.now))
	s.tells("integration.updated ada@acme.test +0s description:→More")
	s.must(s.Edit(integration.Edit{Description: &empty}, offered, s.by, s.now))
	s.tells("integration.updated ada@acme.test +0s description:More→")
	if s.Name != "Shop" || !s.Scopes.Equal(scope.NewSet("contacts.readonly")) {
		t.Errorf("%+v", s.Integration)
	}
}

func TestEditThatChangesNothingHasNoFacts(t *testing.T) {
	s := begin(t, start.Add(day))
	name, scopes := "Shop", []string{"contacts.readonly"}
	s.idle(s.Edit(integration.Edit{}, offered, s.by, s.now))
	s.idle(s.Edit(integration.Edit{Name: &name, Scopes: &scopes}, offered, s.by, s.now))
	s.at(2 * day).idle(s.Edit(integration.Edit{Name: &name}, offered, s.by, s.now))
}

func TestDeadIntegrationCanBeEdited(t *testing.T) {
	s := begin(t, start.Add(day)).at(2 * day)
	name := "Till"
	s.must(s.Edit(integration.Edit{Name: &name}, offered, s.by, s.now))
	s.tells("token.ended a expired system +24h0m0s", "integration.updated ada@acme.test +48h0m0s name:Shop→Till")
}

func TestDeletingEndsEveryTokenAndLeavesTheQuota(t *testing.T) {
	s := beginRotated(t, time.Hour).at(time.Minute)
	c := s.Delete(s.by, s.now)
	if c.Live() != -1 {
		t.Errorf("the quota moves by %d", c.Live())
	}
	s.must(c, nil)
	s.tells("token.ended a deleted ada@acme.test +1m0s", "token.ended b deleted ada@acme.test +1m0s", "integration.deleted ada@acme.test +1m0s")
	s.lives(time.Minute, "(b deleted +1m0s)")
	if !s.Deleted() || !s.DeletedAt.Equal(s.now) || s.Status(s.now) != integration.StatusDeleted {
		t.Errorf("%+v", s.Integration)
	}

	dead := begin(t, start.Add(day)).at(day)
	dead.must(dead.Delete(dead.by, dead.now), nil)
	dead.tells("token.ended a expired system +24h0m0s", "integration.deleted ada@acme.test +24h0m0s")
}

func TestOnlyCreatingAndDeletingMoveTheQuota(t *testing.T) {
	s := beginRotated(t, time.Hour)
	deleted := beginRotated(t, time.Hour)
	deleted.must(deleted.Delete(deleted.by, deleted.now), nil)
	expire, err := s.Expire(s.by, s.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []integration.Change{expire, s.Sweep(start.Add(day)), s.Remind(plain, start.Add(90*day)), deleted.Delete(ada, start.Add(day))} {
		if c.Live() != 0 {
			t.Errorf("%v moves the quota by %d", c.Facts, c.Live())
		}
	}
}
