package console

import (
	"html/template"
	"net/http"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// used tells of a token that would stop whether it is in use.
func (c *Console) used(v *visit, q *question, id token.ID) template.HTML {
	last := q.LastUses[id]
	if last.IsZero() {
		return "It has never been used."
	}
	return c.say(v, "It was last used on %s.", last)
}

// stopAll says that every token stops.
func (c *Console) stopAll(v *visit, q *question) {
	q.effect("bad", c.say(v, "The current token, %s,", q.Current.ID), c.say(v, "stops at once. %s %s", nextRequest, c.used(v, q, q.Current.ID)))
	if old := q.Retiring; old != nil {
		q.effect("bad", c.say(v, "The old token, %s,", old.ID), c.say(v, "stops at once as well. %s", c.used(v, q, old.ID)))
	}
}

func (c *Console) askExpire(v *visit, q *question) error {
	if q.Current == nil {
		return integration.ErrNoLiveToken
	}
	q.Title, q.Danger = "Expire Now", true
	if q.Retiring != nil {
		q.Title = "Expire all tokens"
	}
	c.stopAll(v, q)
	q.effect("", "The integration", "stays, with its name and scopes. You can generate a new token for it at any time.")
	return nil
}

func (c *Console) expire(v *visit, t manage.Target) (*page, error) {
	_, err := c.Service.Expire(v.Context(), v.caller(), t)
	return settled(t, "expired"), err
}

func (c *Console) askComplete(v *visit, q *question) error {
	old := q.Retiring
	if old == nil {
		return integration.ErrNoRotation
	}
	q.Title, q.Danger = "Expire the old token now", true
	q.effect("bad", c.say(v, "The old token, %s,", old.ID), c.say(v, "stops at once. %s %s", nextRequest, c.used(v, q, old.ID)))
	q.effect("good", c.say(v, "The new token, %s,", q.Current.ID), "keeps working.")
	if q.FirstUses[q.Current.ID].IsZero() {
		q.Warnings = append(q.Warnings, "The new token has not been used yet: the program may not have it.")
	}
	return nil
}

func (c *Console) complete(v *visit, t manage.Target) (*page, error) {
	_, err := c.Service.Complete(v.Context(), v.caller(), t)
	return settled(t, "completed"), err
}

func (c *Console) askCancel(v *visit, q *question) error {
	old := q.Retiring
	if old == nil {
		return integration.ErrNoRotation
	}
	q.Title, q.Danger = "Cancel rotation", true
	q.effect("bad", c.say(v, "The new token, %s,", q.Current.ID), c.say(v, "stops at once. %s", nextRequest))
	becomes := template.HTML("is the current token again and does not expire by itself.")
	if !old.ExpiresAt.IsZero() {
		becomes = c.say(v, "is the current token again and works until its own deadline, %s.", old.ExpiresAt)
	}
	q.effect("good", c.say(v, "The old token, %s,", old.ID), becomes)
	if first := q.FirstUses[q.Current.ID]; !first.IsZero() {
		q.Force = true
		q.Warnings = append(q.Warnings, c.say(v, "The new token has been in use since %s: what uses it will be refused.", first))
	}
	return nil
}

// cancel is forced only by who was told that the new token is in use.
func (c *Console) cancel(v *visit, t manage.Target) (*page, error) {
	_, err := c.Service.Cancel(v.Context(), v.caller(), t, v.PostFormValue("force") == "1")
	return settled(t, "cancelled"), err
}

func (c *Console) askDelete(v *visit, q *question) error {
	q.Title, q.Danger = "Delete “"+q.Name+"”", true
	if q.Current != nil {
		q.TypeName = true
		c.stopAll(v, q)
	} else {
		q.effect("", "No token", "works at present, so that no program notices.")
	}
	q.effect("bad", "The integration", "is gone from the list for good. This can't be undone.")
	return nil
}

// delete wants the name typed as long as a token works, which is looked at anew.
func (c *Console) delete(v *visit, t manage.Target) (*page, error) {
	i, err := c.Service.Get(v.Context(), v.caller(), t.Account, t.ID)
	if err != nil {
		return nil, err
	}
	if i.Current != nil && !integration.LookAlike(v.PostFormValue("confirm"), i.Name) {
		return nil, faultOf("confirm", "is not the name of the integration; nothing was deleted")
	}
	if err := c.Service.Delete(v.Context(), v.caller(), t); err != nil {
		return nil, err
	}
	return &page{status: http.StatusSeeOther, location: home + "?done=deleted"}, nil
}

func (c *Console) askMove(v *visit, q *question) error {
	old := q.Retiring
	if old == nil {
		return integration.ErrNoRotation
	}
	q.Title = "Change when it expires"
	at := q.RetiringDeadline()
	q.effectAt(at, "warn", c.say(v, "The old token, %s,", old.ID), c.say(v, "stops on %s, in %s, unless you change that here. %s", at, span(at.Sub(v.now)), c.used(v, q, old.ID)))
	q.effect("good", c.say(v, "The new token, %s,", q.Current.ID), "keeps working in any case.")
	latest := old.RotatedAt.Add(integration.MaxGrace)
	for _, own := range []time.Time{old.ExpiresAt, q.Current.ExpiresAt} {
		if !own.IsZero() && own.Before(latest) {
			latest = own
		}
	}
	q.Date = v.date("The old token stops on", at)
	q.Date.Max = latest
	return nil
}

func (c *Console) move(v *visit, t manage.Target) (*page, error) {
	i, err := c.Service.Get(v.Context(), v.caller(), t.Account, t.ID)
	if err != nil {
		return nil, err
	}
	to, err := v.entered(i.RetiringDeadline())
	if err != nil {
		return nil, err
	}
	_, err = c.Service.MoveWindow(v.Context(), v.caller(), t, to)
	return settled(t, "moved"), err
}
