package console

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

const nextRequest = "Programs that still send it are refused from the next request on."

func (c *Console) askRotateLater(v *visit, q *question) error {
	switch {
	case q.Current == nil:
		return integration.ErrNoLiveToken
	case q.Retiring != nil:
		return integration.ErrRotationPending
	}
	old, grace := q.Current, pickedGrace(v)
	q.Title = "Rotate and expire this token later"
	q.effect("good", "The new token", c.say(v, "works at once and can do the same. It is shown once, after you continue."))
	at := end(v, old, grace)
	q.effectAt(at, "warn", c.say(v, "The old token, %s,", old.ID),
		c.say(v, "works on beside it and stops on %s, in %s, unless you pick another time below. %s", at, span(at.Sub(v.now)), c.used(v, q, old.ID)))
	q.Graces = c.graces(v, old, grace)
	c.askExpiry(v, q)
	return nil
}

func (c *Console) rotateLater(v *visit, t manage.Target) (*page, error) {
	hours, err := strconv.Atoi(v.PostFormValue("grace"))
	if err != nil || hours < 1 || hours > int(integration.MaxGrace/time.Hour) {
		return nil, faultOf("graceHours", "must be one of those below")
	}
	return c.rotate(v, t, time.Duration(hours)*time.Hour)
}

// askRotateNow asks for what brings a new token in every state. Where none works
// nothing stops, and it is just called otherwise.
func (c *Console) askRotateNow(v *visit, q *question) error {
	if q.Current == nil {
		q.Title = "Generate Access Token"
		q.effect("good", "The new token", "works at once, with the scopes of the integration. It is shown once, after you continue.")
		return nil
	}
	q.Title, q.Danger = "Rotate and expire this token now", true
	q.effect("good", "The new token", "works at once and can do the same. It is shown once, after you continue.")
	c.stopAll(v, q)
	c.askExpiry(v, q)
	return nil
}

func (c *Console) rotateNow(v *visit, t manage.Target) (*page, error) { return c.rotate(v, t, 0) }

// rotate gives the integration a new token and shows it, once. Sent again, the
// form does nothing and shows nothing.
func (c *Console) rotate(v *visit, t manage.Target, grace time.Duration) (*page, error) {
	key := v.PostFormValue("key")
	if key == "" {
		return nil, errBadForm
	}
	r := integration.Rotation{Grace: grace}
	switch v.PostFormValue("expires") {
	case "never":
		r.ExpiresAt = new(time.Time)
	case "on":
		at, fault := v.instant(v.PostFormValue("on"))
		if fault != "" {
			return nil, faultOf("expiresAt", fault)
		}
		r.ExpiresAt = &at
	}
	issued, err := c.Service.Rotate(v.Context(), v.caller(), t, r, once(v, key))
	if err != nil {
		return nil, err
	}
	return c.tokenPage(v, issued), nil
}

func faultOf(field, message string) error {
	invalid := &integration.Invalid{}
	invalid.Add(field, "%s", message)
	return invalid
}

// pickedGrace is the grace window that was picked: at first that of the account.
func pickedGrace(v *visit) time.Duration {
	if hours, err := strconv.Atoi(v.FormValue("grace")); err == nil && hours > 0 && hours <= int(integration.MaxGrace/time.Hour) {
		return time.Duration(hours) * time.Hour
	}
	return v.access.Account.Grace
}

// end is when the old token would stop if the rotation began now.
func end(v *visit, old *integration.Token, grace time.Duration) time.Time {
	at := v.now.Add(grace)
	if !old.ExpiresAt.IsZero() && old.ExpiresAt.Before(at) {
		return old.ExpiresAt
	}
	return at
}

// graces are the windows to pick from, with when the old token would stop.
func (c *Console) graces(v *visit, old *integration.Token, picked time.Duration) []choice {
	const day = 24 * time.Hour
	lengths := []time.Duration{time.Hour, 6 * time.Hour, day, 3 * day, 7 * day, 14 * day, 30 * day, picked, v.access.Account.Grace}
	slices.SortFunc(lengths, cmp.Compare)
	var all []choice
	for _, length := range slices.Compact(lengths) {
		all = append(all, choice{
			Value: strconv.Itoa(int(length / time.Hour)), Picked: length == picked,
			Text: "in " + span(length) + ", on ", At: end(v, old, length),
		})
	}
	return all
}

// askExpiry asks for the new token's deadline where the old one has one, which
// the new one would inherit.
func (c *Console) askExpiry(v *visit, q *question) {
	at := q.Current.ExpiresAt
	if at.IsZero() {
		return
	}
	picked := v.FormValue("expires")
	q.Expiries = []choice{
		{Value: "keep", Text: "As the current one, on ", At: at, Picked: picked != "never" && picked != "on"},
		{Value: "never", Text: "Never", Picked: picked == "never"},
		{Value: "on", Text: "On a date", Picked: picked == "on"},
	}
	// Without bounds: one that is out of sight must not keep the form from being sent.
	q.Date = &date{Label: "Date and time"}
	q.Date.Value, q.Date.Instant = v.reentered()
}
