package console

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

func (c *Console) askExpireLater(v *visit, q *question) error {
	if q.Current == nil {
		return integration.ErrNoLiveToken
	}
	q.Title = "Expire Later"
	at := q.Current.ExpiresAt
	now := c.say(v, "does not expire by itself now. It will stop at the minute that you enter, and no new one comes. %s", c.used(v, q, q.Current.ID))
	if !at.IsZero() {
		now = c.say(v, "stops on %s, in %s, unless you change that here. %s", at, span(at.Sub(v.now)), c.used(v, q, q.Current.ID))
	}
	q.effectAt(at, "warn", c.say(v, "The current token, %s,", q.Current.ID), now)
	if old := q.Retiring; old != nil {
		q.effect("warn", c.say(v, "The old token, %s,", old.ID), c.say(v, "stops on %s, and never later than the current one.", q.RetiringDeadline()))
	}
	q.Date = v.date("The token stops on", at)
	return nil
}

func (c *Console) expireLater(v *visit, t manage.Target) (*page, error) {
	i, err := c.Service.Get(v.Context(), v.caller(), t.Account, t.ID)
	if err != nil {
		return nil, err
	}
	var was time.Time
	if i.Current != nil {
		was = i.Current.ExpiresAt
	}
	at, err := v.entered(was)
	if err != nil {
		return nil, err
	}
	_, err = c.Service.SetExpiry(v.Context(), v.caller(), t, at)
	return settled(t, "scheduled"), err
}

func (c *Console) askRemoveExpiry(v *visit, q *question) error {
	if q.Current == nil {
		return integration.ErrNoLiveToken
	}
	q.Title = "Remove expiry"
	if q.Current.ExpiresAt.IsZero() {
		q.effect("good", c.say(v, "The current token, %s,", q.Current.ID), "does not expire by itself as it is.")
		return nil
	}
	q.effect("good", c.say(v, "The current token, %s,", q.Current.ID),
		c.say(v, "no longer stops on %s. It works until you rotate it, expire it or delete the integration.", q.Current.ExpiresAt))
	if old := q.Retiring; old != nil {
		q.effect("warn", c.say(v, "The old token, %s,", old.ID), "still stops when its time after the rotation is over, or at its own deadline.")
	}
	return nil
}

func (c *Console) removeExpiry(v *visit, t manage.Target) (*page, error) {
	_, err := c.Service.SetExpiry(v.Context(), v.caller(), t, time.Time{})
	return settled(t, "cleared"), err
}

// date asks for a date and time, which may be known already.
func (v *visit) date(label string, at time.Time) *date {
	d := &date{Label: label, Min: v.now.Add(time.Minute)}
	d.Value, d.Instant = v.reentered()
	if d.Value == "" && !at.IsZero() {
		d.Value, d.Instant = v.Local(at), v.Instant(at)
	}
	return d
}

// entered reads a date and time. A field does not hold the seconds of what was
// known before, so that leaving it as it is means just that.
func (v *visit) entered(before time.Time) (time.Time, error) {
	at, fault := v.instant(v.PostFormValue("on"))
	if fault != "" {
		return at, faultOf("expiresAt", fault)
	}
	if !before.IsZero() && at.Equal(before.Truncate(time.Minute)) {
		return before, nil
	}
	return at, nil
}
