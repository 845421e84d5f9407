package integration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

func TestIdleTokenIsWarnedOfThriceAndThenEnded(t *testing.T) {
	policy := integration.Policy{IdleAfter: 90 * day}
	idle := integration.Look{Policy: policy}
	s := begin(t, time.Time{})
	s.Policy = policy
	s.at(75*day-ms).idle(s.Remind(idle, s.now), nil)
	s.at(75*day).must(s.Remind(idle, s.now), nil)
	s.tells("idle.warning a system +1800h0m0s endsInDays:→15 expiresAt:→+2160h0m0s")

	// A use begins it anew.
	used := integration.Look{Policy: policy, Uses: map[token.ID]time.Time{"a": start.Add(80 * day)}}
	s.at(83*day).must(s.Remind(used, s.now), nil)
	s.tells("rotation.upcoming a system +1992h0m0s tokenAgeDays:→76")
	if want := start.Add(90 * day); !s.DueAt().Equal(want) {
		t.Errorf("due %s, want %s", s.DueAt(), want)
	}
	s.at(155*day).must(s.Remind(used, s.now), nil)
	s.at(163*day).must(s.Remind(used, s.now), nil)
	// The last warning comes late, so the end does too.
	s.at(169*day+2*time.Hour).must(s.Remind(used, s.now), nil)
	s.tells("idle.warning a system +4058h0m0s endsInDays:→1 lastUsedAt:→+1920h0m0s expiresAt:→+4082h0m0s")
	s.at(170*day).idle(s.Remind(used, s.now), nil)
	s.at(170*day+2*time.Hour-ms).idle(s.Remind(used, s.now), nil)
	s.at(170*day+2*time.Hour).must(s.Remind(used, s.now), nil)
	s.tells("token.ended a idle system +4082h0m0s")
	if s.Status(s.now) != integration.StatusInactive {
		t.Errorf("it is %s", s.Status(s.now))
	}
}

func TestIdlePolicyThatIsNewEndsNothingWithoutAllItsWarnings(t *testing.T) {
	look := integration.Look{Policy: integration.Policy{IdleAfter: 30 * day}}
	s := begin(t, time.Time{}).at(300 * day)
	var ended time.Duration
	warnings := 0
	for at := 300 * day; ended == 0 && at < 400*day; at += day {
		s.at(at)
		c := s.Remind(look, s.now)
		for _, f := range c.Facts {
			switch f.Type {
			case fact.IdleWarning:
				warnings++
			case fact.TokenEnded:
				ended = at
			}
		}
		if !c.Empty() {
			s.must(c, nil)
		}
	}
	if warnings != 3 || ended != 315*day {
		t.Errorf("%d warnings, and its end after %s", warnings, ended)
	}
}

func TestIdlePolicyThatWasOffOrMovedWarnsAnew(t *testing.T) {
	look := func(days time.Duration) integration.Look {
		return integration.Look{Policy: integration.Policy{IdleAfter: days * day}}
	}
	warned := func(t *testing.T) *story {
		s := begin(t, time.Time{})
		s.must(s.Remind(look(60), s.now), nil)
		for _, at := range []time.Duration{45, 53, 59} {
			s.at(at*day).must(s.Remind(look(60), s.now), nil)
		}
		return s
	}
	s := warned(t)
	s.at(59*day+time.Hour).must(s.Remind(look(0), s.now), nil)
	s.at(200*day).must(s.Remind(look(0), s.now), nil)
	s.must(s.Remind(look(60), s.now), nil)
	s.tells("idle.warning a system +4800h0m0s endsInDays:→15 expiresAt:→+5160h0m0s")
	s.at(208*day).must(s.Remind(look(60), s.now), nil)
	s.tells("idle.warning a system +4992h0m0s endsInDays:→7 expiresAt:→+5160h0m0s")
	s.at(214*day).must(s.Remind(look(60), s.now), nil)
	s.at(215*day).must(s.Remind(look(60), s.now), nil)
	s.tells("token.ended a idle system +5160h0m0s")

	s = warned(t)
	s.at(59*day+time.Hour).must(s.Remind(look(75), s.now), nil)
	s.at(60*day).must(s.Remind(look(75), s.now), nil)
	s.tells("idle.warning a system +1440h0m0s endsInDays:→15 expiresAt:→+1800h0m0s")

	// While it retires nothing is told, and it may come back.
	s = warned(t)
	s.must(s.Rotate(later(30*day), s.minted(), s.by, s.now))
	s.at(60*day).must(s.Remind(look(90), s.now), nil)
	s.at(61 * day).must(s.Cancel(true, s.by, s.now))
	s.at(75*day).must(s.Remind(look(90), s.now), nil)
	s.tells("idle.warning a system +1800h0m0s endsInDays:→15 expiresAt:→+2160h0m0s")
}

// warnings are those of so many days before the end, told at once.
func warnings(at, end time.Time, days ...int) (all []string) {
	for n, d := range days {
		text := fmt.Sprintf("idle.warning a system %s endsInDays:→%d expiresAt:→%s", after(at), d, after(end))
		if last := len(days) - 1; n < last {
			text += fmt.Sprintf(" overtakenBy:→%d", days[last])
		}
		all = append(all, text)
	}
	return all
}

// A schedule that stood still tells what there is to tell, with the end as it will
// be.
func TestIdleWarningsThatCameLateNameTheEndAsItWillBe(t *testing.T) {
	policy := integration.Policy{IdleAfter: 60 * day}
	look := integration.Look{Policy: policy}
	for _, c := range []struct {
		at       time.Duration
		warnings []int
		ends     time.Duration
	}{
		{47 * day, []int{15}, 60 * day},
		{55*day - time.Hour, []int{15, 7}, 60 * day},
		{59 * day, []int{15, 7, 1}, 60 * day},
		{59*day + ms, []int{15, 7, 1}, 60*day + ms},
		{70 * day, []int{15, 7, 1}, 71 * day},
	} {
		s := begin(t, time.Time{})
		s.Policy = policy
		s.at(c.at).must(s.Remind(look, s.now), nil)
		s.tells(warnings(s.now, start.Add(c.ends), c.warnings...)...)
	}
	s := begin(t, time.Time{})
	s.Policy = policy
	s.at(70*day).must(s.Remind(look, s.now), nil)
	s.at(71*day-ms).idle(s.Remind(look, s.now), nil)
	s.at(71*day).must(s.Remind(look, s.now), nil)
	s.tells("token.ended a idle system +1704h0m0s")
}

func TestTokenThatIsCurrentAgainIsWarnedOfAnew(t *testing.T) {
	policy := integration.Policy{IdleAfter: 60 * day}
	look := integration.Look{Policy: policy}
	s := begin(t, time.Time{})
	s.Policy = policy
	s.at(59*day).must(s.Remind(look, s.now), nil)
	s.must(s.Rotate(later(30*day), s.minted(), s.by, s.now))
	s.at(65 * day).must(s.Cancel(false, s.by, s.now))
	s.must(s.Remind(look, s.now), nil)
	s.tells(warnings(s.now, start.Add(66*day), 15, 7, 1)...)
	s.at(66*day-ms).idle(s.Remind(look, s.now), nil)
	s.at(66*day).must(s.Remind(look, s.now), nil)
	s.tells("token.ended a idle system " + after(s.now))
}
