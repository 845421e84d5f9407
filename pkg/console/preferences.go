package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

const (
	preferencesPath = home + "/preferences"

	day = 24 * time.Hour
)

// preference is a setting of the account that is a length of time.
type preference struct {
	Field string // as package account names it
	Label string
	Hint  string
	Unit  string
	unit  time.Duration
	min   time.Duration
	max   time.Duration
	// Never is what 0 stands for; empty: it can't be entered.
	Never string
	of    func(account.Settings) time.Duration
	set   func(*account.Edit, *time.Duration)
}

// preferences are all of them.
var preferences = []preference{
	{
		Field: "graceHours", Label: "Old token keeps working for", Unit: "hours",
		Hint: "After “Rotate and expire this token later”, unless another time is picked there.",
		unit: time.Hour, min: integration.MinGrace, max: integration.MaxGrace,
		of:  func(s account.Settings) time.Duration { return s.Grace },
		set: func(e *account.Edit, d *time.Duration) { e.Grace = d },
	},
	{
		Field: "reminderDays", Label: "Time to rotate after", Unit: "days",
		Hint: "Tokens of this age are marked, and the managers told: two weeks before, at it, and then every 30 days.",
		unit: day, min: account.MinReminderAge, max: account.MaxReminderAge,
		of:  func(s account.Settings) time.Duration { return s.ReminderAge },
		set: func(e *account.Edit, d *time.Duration) { e.ReminderAge = d },
	},
	{
		Field: "quietMinutes", Label: "An old token is safe to expire after silence for", Unit: "minutes",
		Hint: "During a rotation, once the new token is in use. A day is 1440 minutes.",
		unit: time.Minute, min: account.MinQuiet, max: account.MaxQuiet,
		of:  func(s account.Settings) time.Duration { return s.QuietFor },
		set: func(e *account.Edit, d *time.Duration) { e.QuietFor = d },
	},
	{
		Field: "idleDays", Label: "Tokens that nobody uses expire after", Unit: "days",
		Hint: "The managers are warned 15 days, 7 days and 1 day before. A single request keeps the token.", Never: "never",
		unit: day, min: account.MinIdle, max: account.MaxIdle,
		of:  func(s account.Settings) time.Duration { return s.IdleAfter },
		set: func(e *account.Edit, d *time.Duration) { e.IdleAfter = d },
	},
}

// Min and Max are the bounds in the preference's unit.
func (p preference) Min() int { return int(p.min / p.unit) }
func (p preference) Max() int { return int(p.max / p.unit) }

// Lowest is the lowest number that can be entered.
func (p preference) Lowest() int {
	if p.Never != "" {
		return 0
	}
	return p.Min()
}

// bounds says what can be entered, as package account does.
func (p preference) bounds() string {
	if p.Never != "" {
		return fmt.Sprintf("Must be 0 or a whole number from %d to %d.", p.Min(), p.Max())
	}
	return fmt.Sprintf("Must be a whole number from %d to %d.", p.Min(), p.Max())
}

// entry is a preference as its form shows it.
type entry struct {
	preference
	Value string
	Fault string
	// Now is what others have made of it since the form was opened; empty: it is
	// as it was.
	Now string
}

// preferring is the data of the page.
type preferring struct {
	Entries []entry
	Version int64
	Stale   bool // others were faster
	Done    string
	Prefix  string
	Max     int
}

// preferring is the page's data with what is stored.
func (c *Console) preferring(of account.Account) preferring {
	data := preferring{Version: of.Version, Prefix: c.Format.Public(""), Max: c.Service.Max}
	for _, p := range preferences {
		data.Entries = append(data.Entries, entry{preference: p, Value: p.text(of.Settings)})
	}
	return data
}

func (p preference) text(s account.Settings) string { return strconv.Itoa(int(p.of(s) / p.unit)) }

// settings reads the account's, for a page that the switch under Labs hides.
func (c *Console) settings(v *visit) (account.Account, error) {
	of, err := c.Service.Settings(v.Context(), v.caller(), v.Account())
	if err == nil && !of.PrivateIntegrations {
		err = manage.ErrFeatureDisabled
	}
	return of, err
}

func (c *Console) preferences(v *visit) (*page, error) {
	of, err := c.settings(v)
	if err != nil {
		return nil, err
	}
	data := c.preferring(of)
	data.Done = done(v.URL.Query())
	if v.resumed {
		data.enter(v)
	}
	return preferencesPage(data), nil
}

func preferencesPage(data preferring) *page {
	p := &page{template: "preferences", title: "Preferences", crumbs: trail(crumb{"Preferences", ""}), data: data}
	switch {
	case data.Stale:
		p.status = http.StatusConflict
	case data.Faults() != nil:
		p.status = http.StatusUnprocessableEntity
	}
	return p
}

// setPreferences stores what was entered, unless others have changed something
// since the form was opened: then it shows both.
func (c *Console) setPreferences(v *visit) (*page, error) {
	of, err := c.settings(v)
	if err != nil {
		return nil, err
	}
	data := c.preferring(of)
	edit := data.enter(v)
	if data.Faults() != nil {
		return preferencesPage(data), nil
	}
	_, err = c.Service.SetSettings(v.Context(), v.caller(), v.Account(), versions(v.PostFormValue("version")), edit)
	switch invalid, is := asInvalid(err); {
	case is:
		for _, e := range invalid.Fields {
			data.fault(e.Field, capital(e.Message)+".")
		}
		return preferencesPage(data), nil
	case errors.Is(err, manage.ErrVersion):
		data.compare(of)
		return preferencesPage(data), nil
	case err != nil:
		return nil, err
	}
	return &page{status: http.StatusSeeOther, location: preferencesPath + "?done=saved"}, nil
}

// enter takes over what was sent.
func (p *preferring) enter(v *visit) (edit account.Edit) {
	p.Version, _ = strconv.ParseInt(v.FormValue("version"), 10, 64)
	for n := range p.Entries {
		e := &p.Entries[n]
		e.Value = v.FormValue(e.Field)
		// Sixteen bits are years of hours, and don't overflow a duration.
		number, err := strconv.ParseUint(e.Value, 10, 16)
		if err != nil {
			p.fault(e.Field, e.bounds())
			continue
		}
		span := time.Duration(number) * e.unit
		e.set(&edit, &span)
	}
	return edit
}

// Faults is what is wrong, in the order of the form.
func (p preferring) Faults() (all []blamed) {
	for _, e := range p.Entries {
		if e.Fault != "" {
			all = append(all, blamed{e.Field, e.Label, uncapital(e.Fault)})
		}
	}
	return all
}

func (p *preferring) fault(field, message string) {
	for n := range p.Entries {
		if e := &p.Entries[n]; e.Field == field {
			e.Fault = message
		}
	}
}

// compare has the page show what is stored beside what was entered. Whoever
// saves again has seen it.
func (p *preferring) compare(of account.Account) {
	p.Stale, p.Version = true, of.Version
	for n := range p.Entries {
		if e := &p.Entries[n]; e.text(of.Settings) != e.Value {
			e.Now = e.text(of.Settings)
		}
	}
}
