package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

func TestEditOfSettingsTellsWhatChanged(t *testing.T) {
	off, grace, idle := false, 24*time.Hour, 30*day
	a := account.New("acme")
	c, err := a.Edit(account.Edit{PrivateIntegrations: &off, Grace: &grace, IdleAfter: &idle}, admin, now)
	if err != nil {
		t.Fatal(err)
	}
	after := account.Account{
		ID: "acme", Seq: 2, Version: 2, UpdatedAt: now, UntoldSince: now,
		Settings: account.Settings{Grace: grace, ReminderAge: 90 * day, QuietFor: day, IdleAfter: idle},
	}
	want := account.Change{Before: a, After: after, Facts: []fact.Fact{
		{Account: "acme", Seq: 1, Type: fact.LabsSwitched, At: now, Actor: admin, Changes: []fact.Delta{
			{Field: "labs.privateIntegrations", From: "true", To: "false"},
		}},
		{Account: "acme", Seq: 2, Type: fact.SettingsChanged, At: now, Actor: admin, Changes: []fact.Delta{
			{Field: "graceHours", From: "168", To: "24"}, {Field: "idleDays", From: "0", To: "30"},
		}},
	}}
	if diff := cmp.Diff(want, c, unchained); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, e := range map[string]account.Edit{
		"nothing": {}, "what there is": {PrivateIntegrations: &off, Grace: &grace, IdleAfter: &idle},
	} {
		if again, err := c.After.Edit(e, admin, now.Add(time.Hour)); err != nil || !again.Empty() || again.After != c.After {
			t.Errorf("%s: %+v, %v", name, again, err)
		}
	}
}

func TestSettingsHaveBounds(t *testing.T) {
	edits := map[string]func(time.Duration) account.Edit{
		"graceHours":   func(d time.Duration) account.Edit { return account.Edit{Grace: &d} },
		"reminderDays": func(d time.Duration) account.Edit { return account.Edit{ReminderAge: &d} },
		"quietMinutes": func(d time.Duration) account.Edit { return account.Edit{QuietFor: &d} },
		"idleDays":     func(d time.Duration) account.Edit { return account.Edit{IdleAfter: &d} },
	}
	for field, spans := range map[string]struct{ good, bad []time.Duration }{
		"graceHours": {
			[]time.Duration{time.Hour, 720 * time.Hour}, []time.Duration{0, -time.Hour, time.Hour - 1, 90 * time.Minute, 720*time.Hour + 1, 721 * time.Hour},
		},
		"reminderDays": {[]time.Duration{30 * day, 365 * day}, []time.Duration{0, -day, 29 * day, 366 * day, 30*day + time.Hour}},
		"quietMinutes": {
			[]time.Duration{2 * time.Minute, 43200 * time.Minute}, []time.Duration{0, -1, time.Minute, 2*time.Minute + 1, 43201 * time.Minute},
		},
		"idleDays": {[]time.Duration{0, 30 * day, 730 * day}, []time.Duration{-day, 1, day, 29 * day, 731 * day, 30*day + 1}},
	} {
		for _, d := range spans.good {
			if _, err := account.New("acme").Edit(edits[field](d), admin, now); err != nil {
				t.Errorf("%s %v: %v", field, d, err)
			}
		}
		for _, d := range spans.bad {
			_, err := account.New("acme").Edit(edits[field](d), admin, now)
			if invalid := (*integration.Invalid)(nil); !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Field != field {
				t.Errorf("%s %v: %v", field, d, err)
			}
		}
	}
}

func TestIdlePolicyRestsWhileTheFeatureIsOff(t *testing.T) {
	off, on, idle := false, true, 30*day
	a := account.New("acme")
	for _, step := range []struct {
		edit   account.Edit
		idle   time.Duration
		untold bool // the integrations go by another policy
	}{
		{account.Edit{IdleAfter: &idle}, idle, true},
		{account.Edit{PrivateIntegrations: &off}, 0, true},
		{account.Edit{IdleAfter: new(40 * day)}, 0, false},
		{account.Edit{PrivateIntegrations: &on}, 40 * day, true},
	} {
		c, err := a.Edit(step.edit, admin, now)
		if err != nil || c.After.Policy().IdleAfter != step.idle || c.After.UntoldSince.IsZero() == step.untold {
			t.Errorf("%+v: %+v, %v", step, c.After, err)
		}
		a = c.After.Tell().After
	}
}

func TestDefaultsAreWithinTheBounds(t *testing.T) {
	d := account.Defaults
	if _, err := account.New("acme").Edit(account.Edit{Grace: &d.Grace, ReminderAge: &d.ReminderAge, QuietFor: &d.QuietFor, IdleAfter: &d.IdleAfter}, admin, now); err != nil {
		t.Error(err)
	}
}
