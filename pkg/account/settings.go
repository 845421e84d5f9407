package account

import (
	"strconv"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// Settings are what an account's admins decide for all of its integrations.
type Settings struct {
	// PrivateIntegrations is the switch under Labs: whether the feature is there.
	// Tokens work in either case.
	PrivateIntegrations bool
	Grace               time.Duration // of a rotation that names none
	ReminderAge         time.Duration // of a token whose rotation is due
	QuietFor            time.Duration // silence after which an old token counts as unused
	IdleAfter           time.Duration // silence after which a token is ended while the feature is on; 0: never
}

const day = 24 * time.Hour

// Defaults are the settings of an account that has changed none.
var Defaults = Settings{
	PrivateIntegrations: true,
	Grace:               integration.DefaultGrace,
	ReminderAge:         integration.ReminderAge,
	QuietFor:            day,
}

// Bounds of the settings.
const (
	// A month leaves time to act on the reminder before; of a token that is older
	// than a year nobody remembers where it was put.
	MinReminderAge = 30 * day
	MaxReminderAge = 365 * day
	// Uses are written a minute late: less silence than two would mean nothing.
	MinQuiet = 2 * time.Minute
	MaxQuiet = integration.MaxGrace // no window in which one could wait is longer
	// Jobs that run once a month must not lose their token between two runs.
	MinIdle = 30 * day
	MaxIdle = 730 * day
)

// Edit is a change of settings; nil fields stay.
type Edit struct {
	PrivateIntegrations *bool
	Grace               *time.Duration
	ReminderAge         *time.Duration
	QuietFor            *time.Duration
	IdleAfter           *time.Duration
}

// Edit changes settings. An edit that changes nothing gives an empty Change.
// Error: [*integration.Invalid].
func (a Account) Edit(e Edit, by fact.Actor, now time.Time) (Change, error) {
	invalid := &integration.Invalid{}
	after := a.Settings
	if e.PrivateIntegrations != nil {
		after.PrivateIntegrations = *e.PrivateIntegrations
	}
	for _, s := range spans {
		if to := s.of(e); to != nil {
			s.check(invalid, *to)
			*s.in(&after) = *to
		}
	}
	if err := invalid.Err(); err != nil {
		return Change{}, err
	}
	c := Change{Before: a, After: a}
	if after == a.Settings {
		return c, nil
	}
	c.After.Settings = after
	if from, to := a.PrivateIntegrations, after.PrivateIntegrations; from != to {
		c.fact(fact.Fact{Type: fact.LabsSwitched, Changes: []fact.Delta{
			{Field: "labs.privateIntegrations", From: strconv.FormatBool(from), To: strconv.FormatBool(to)},
		}}, by, now)
	}
	if changes := spanDeltas(a.Settings, after); len(changes) > 0 {
		c.fact(fact.Fact{Type: fact.SettingsChanged, Changes: changes}, by, now)
	}
	c.After.Version++
	c.After.UpdatedAt = integration.Instant(now)
	if a.Policy() != after.Policy() {
		c.After.UntoldSince = c.After.UpdatedAt
	}
	return c, nil
}

// span is a setting that is a length of time, in whole units.
type span struct {
	field    string // as clients know it
	unit     time.Duration
	min, max time.Duration
	orZero   bool // which stands for never
	of       func(Edit) *time.Duration
	in       func(*Settings) *time.Duration
}

var spans = []span{
	{
		field: "graceHours", unit: time.Hour, min: integration.MinGrace, max: integration.MaxGrace,
		of: func(e Edit) *time.Duration { return e.Grace }, in: func(s *Settings) *time.Duration { return &s.Grace },
	},
	{
		field: "reminderDays", unit: day, min: MinReminderAge, max: MaxReminderAge,
		of: func(e Edit) *time.Duration { return e.ReminderAge }, in: func(s *Settings) *time.Duration { return &s.ReminderAge },
	},
	{
		field: "quietMinutes", unit: time.Minute, min: MinQuiet, max: MaxQuiet,
		of: func(e Edit) *time.Duration { return e.QuietFor }, in: func(s *Settings) *time.Duration { return &s.QuietFor },
	},
	{
		field: "idleDays", unit: day, min: MinIdle, max: MaxIdle, orZero: true,
		of: func(e Edit) *time.Duration { return e.IdleAfter }, in: func(s *Settings) *time.Duration { return &s.IdleAfter },
	},
}

func (s span) check(invalid *integration.Invalid, to time.Duration) {
	whole := to%s.unit == 0
	switch {
	case s.orZero && (to != 0 && (to < s.min || to > s.max) || !whole):
		invalid.Add(s.field, "must be 0 or a whole number from %d to %d", s.min/s.unit, s.max/s.unit)
	case !s.orZero && (to < s.min || to > s.max || !whole):
		invalid.Add(s.field, "must be a whole number from %d to %d", s.min/s.unit, s.max/s.unit)
	}
}

func spanDeltas(from, to Settings) []fact.Delta {
	all := make([]fact.Delta, len(spans))
	for n, s := range spans {
		units := func(in *Settings) string { return strconv.FormatInt(int64(*s.in(in)/s.unit), 10) }
		all[n] = fact.Delta{Field: s.field, From: units(&from), To: units(&to)}
	}
	return fact.Deltas(all...)
}
