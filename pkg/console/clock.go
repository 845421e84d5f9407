package console

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// zoneOf is the reader's time zone, which the script keeps in a cookie; UTC for
// as long as it has not.
func zoneOf(r *http.Request) *time.Location {
	cookie, err := r.Cookie("zone")
	if err != nil {
		return time.UTC
	}
	name, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return time.UTC
	}
	zone, known := zoneNamed(name)
	if !known {
		return time.UTC
	}
	return zone
}

// zoneNamed finds a time zone by its name in the database of the IANA.
func zoneNamed(name string) (zone *time.Location, known bool) {
	if len(name) > 64 || name == "Local" { // that would be the server's
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

const localLayout = "2006-01-02T15:04"

// instant reads a local date and time in the zone that the form was filled in, or
// says what is wrong with it.
func (v *visit) instant(text string) (at time.Time, fault string) {
	zone := v.zone
	if name := v.FormValue("zone"); name != "" {
		var known bool
		if zone, known = zoneNamed(name); !known {
			return time.Time{}, "was entered in a time zone that is not known here: enter it in the one below"
		}
	}
	t, err := time.ParseInLocation(localLayout, text, zone)
	if err != nil {
		t, err = time.ParseInLocation(localLayout+":05", text, zone) // browsers may add seconds
	}
	if err != nil {
		return time.Time{}, "must be a date and a time"
	}
	return integration.Instant(t), ""
}

// reentered is the date and time that a form brought, as the field shows it again
// in the reader's zone, and for the script; what can't be read is as it was.
func (v *visit) reentered() (text, instant string) {
	text = v.FormValue("on")
	if at, fault := v.instant(text); fault == "" {
		return v.Local(at), v.Instant(at)
	}
	return text, ""
}

// When writes an instant in the reader's zone, with the exact one beside it for
// whoever points at it. Empty for none.
func (v *visit) When(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s" data-local>%s</time>`, //nolint:gosec // of digits and names of months
		v.Instant(t), exactly(t), v.LocalText(t)))
}

// LocalText writes an instant in the reader's zone where there can be text alone.
func (v *visit) LocalText(t time.Time) string { return t.In(v.zone).Format("2 Jan 2006, 15:04") }

// Instant writes an instant for the script, to the second.
func (v *visit) Instant(t time.Time) string { return t.UTC().Format(integration.Layout) }

// On writes the day of an instant in the reader's zone, where there is no room
// for more, with the exact instant for whoever points at it.
func (v *visit) On(t time.Time) template.HTML {
	return template.HTML(fmt.Sprintf(`<time class="day" datetime="%s" title="%s" data-local>%s</time>`, //nolint:gosec // of digits and names of months
		v.Instant(t), exactly(t), t.In(v.zone).Format("2 Jan 2006")))
}

// Precisely writes an instant as When does, to the millisecond where Beside has
// nothing to add.
func (v *visit) Precisely(t time.Time) template.HTML {
	text := v.LocalText(t)
	if v.InUTC() {
		text = t.UTC().Format("2 Jan 2006, 15:04:05.000 UTC")
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s" data-precise data-local>%s</time>`, //nolint:gosec // of digits and names of months
		v.Instant(t), exactly(t), text))
}

// Beside is the same instant in UTC, on a line of its own, for readers who can't
// point at it. Where their zone is that, it is there for the script alone.
func (v *visit) Beside(t time.Time) template.HTML {
	return v.unlessUTC("<br>" + exactly(t))
}

// BesideToo is what says so of a list of instants.
func (v *visit) BesideToo() template.HTML { return v.unlessUTC(", and below them in UTC") }

func (v *visit) unlessUTC(text string) template.HTML {
	hidden := ""
	if v.InUTC() {
		hidden = " hidden"
	}
	return template.HTML(`<small class="quiet" data-beside` + hidden + `>` + text + `</small>`) //nolint:gosec // of digits
}

// InUTC says whether the reader's clocks show UTC, in summer too.
func (v *visit) InUTC() bool {
	for _, month := range []time.Month{time.January, time.July} {
		if _, offset := time.Date(v.now.Year(), month, 1, 0, 0, 0, 0, time.UTC).In(v.zone).Zone(); offset != 0 {
			return false
		}
	}
	return true
}

// Exactly writes an instant as it is stored, in UTC.
func (v *visit) Exactly(t time.Time) string { return exactly(t) }

func exactly(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000 UTC") }

// Clock writes the time of day in the reader's zone.
func (v *visit) Clock(t time.Time) string { return t.In(v.zone).Format("15:04") }

// Until tells how far away an instant is, and counts down where there is a
// script.
func (v *visit) Until(t time.Time) template.HTML {
	return template.HTML(fmt.Sprintf(`<span data-until="%s">in %s</span>`, //nolint:gosec // of digits and names of units
		v.Instant(t), span(t.Sub(v.now))))
}

// Age tells how long ago an instant was.
func (v *visit) Age(t time.Time) string { return span(v.now.Sub(t)) }

// AgeRoughly tells the same in one unit.
func (v *visit) AgeRoughly(t time.Time) string {
	age := v.now.Sub(t)
	if day := 24 * time.Hour; age > day {
		age = age.Truncate(day)
	} else if age > time.Hour {
		age = age.Truncate(time.Hour)
	}
	return span(age)
}

// Zone names the reader's zone.
func (v *visit) Zone() string { return v.zone.String() }

// Local writes an instant as a form's field for date and time takes it.
func (v *visit) Local(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.zone).Format(localLayout)
}

// span writes a duration in its two greatest units.
func span(d time.Duration) string {
	minutes, hours, days := int(d.Minutes()), int(d.Hours()), int(d.Hours())/24
	switch {
	case days > 0 && hours%24 > 0:
		return plural(days, "day") + " " + plural(hours%24, "hour")
	case days > 0:
		return plural(days, "day")
	case hours > 0 && minutes%60 > 0:
		return plural(hours, "hour") + " " + plural(minutes%60, "minute")
	case hours > 0:
		return plural(hours, "hour")
	case minutes > 0:
		return plural(minutes, "minute")
	}
	return "less than a minute"
}
