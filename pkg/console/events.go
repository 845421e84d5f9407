package console

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// event is a fact as it is told to people: who did what, when and from where.
type event struct {
	Who     string // empty: the clock, by itself
	Text    template.HTML
	At      time.Time
	Address string
}

// history is a stretch of what happened to an integration, newest first.
type history struct {
	Events []event
	Older  string // address of the page that goes on; empty: there is none
	Later  bool   // this is not the newest stretch
}

const eventsShown = 15

// history reads what happened to an integration, from the fact that the address
// names on.
func (c *Console) history(v *visit, id string) (history, error) {
	before, err := strconv.ParseInt(v.URL.Query().Get("before"), 10, 64)
	if err != nil || before < 1 {
		before = 0
	}
	facts, err := c.Service.Events(v.Context(), v.caller(), v.Account(), id, before, eventsShown+1)
	if err != nil {
		return history{}, err
	}
	h := history{Later: before > 0}
	if len(facts) > eventsShown {
		facts = facts[:eventsShown]
		h.Older = home + "/" + url.PathEscape(id) + "?before=" + strconv.FormatInt(facts[eventsShown-1].Seq, 10) + "#events"
	}
	for _, f := range facts {
		h.Events = append(h.Events, c.tell(v, f))
	}
	return h, nil
}

// tell puts a fact in plain words.
func (c *Console) tell(v *visit, f fact.Fact) event {
	e := event{Who: f.Actor.Name(), Text: c.text(v, f), At: f.At, Address: f.Actor.Address}
	if f.Actor == fact.System {
		e.Who = ""
	}
	return e
}

// text says what happened, such that the actor's name can stand before it, if
// there is one.
func (c *Console) text(v *visit, f fact.Fact) template.HTML {
	from, to := deadlines(f)
	switch f.Type {
	case fact.Created:
		return "created the integration"
	case fact.Updated:
		return c.edited(v, f.Changes)
	case fact.Deleted:
		return "deleted the integration"
	case fact.TokenCreated:
		if to.IsZero() {
			return c.say(v, "generated the token %s", f.Token)
		}
		return c.say(v, "generated the token %s, which expires on %s", f.Token, to)
	case fact.TokenEnded:
		return c.say(v, endings[integration.Reason(f.Reason)], f.Token)
	case fact.RotationStarted:
		return c.say(v, "began a rotation: the old token %s works until %s", f.Token, to)
	case fact.RotationMoved:
		return c.say(v, "moved the end of the old token %s from %s to %s", f.Token, from, to)
	case fact.RotationCancelled:
		return c.say(v, "cancelled the rotation: %s is the current token again", f.Token)
	case fact.RotationCompleted:
		return c.say(v, "ended the rotation before its time, with the old token %s", f.Token)
	case fact.ExpirySet:
		if from.IsZero() {
			return c.say(v, "set the token %s to expire on %s", f.Token, to)
		}
		return c.say(v, "moved the expiry of the token %s from %s to %s", f.Token, from, to)
	case fact.ExpiryCleared:
		return c.say(v, "removed the expiry of the token %s, which was %s", f.Token, from)
	}
	return c.reminded(v, f)
}

// endings says how tokens died, by reason: the first ones by the clock.
var endings = map[integration.Reason]string{
	integration.ReasonExpired:   "The token %s expired: its deadline had come",
	integration.ReasonGrace:     "The old token %s stopped working: its time after the rotation was over",
	integration.ReasonIdle:      "The token %s was expired, because it had not been used",
	integration.ReasonRotated:   "rotated, which ended the token %s at once",
	integration.ReasonCompleted: "expired the old token %s",
	integration.ReasonCancelled: "ended the new token %s by that",
	integration.ReasonRevoked:   "expired the token %s",
	integration.ReasonDeleted:   "ended the token %s by deleting the integration",
}

// deadlines are those that a fact moved between.
func deadlines(f fact.Fact) (from, to time.Time) {
	for _, d := range f.Changes {
		if d.Field == "expiresAt" {
			return instantOf(d.From), instantOf(d.To)
		}
	}
	return time.Time{}, time.Time{}
}

// edited says what an edit changed.
func (c *Console) edited(v *visit, changes []fact.Delta) template.HTML {
	var all []string
	for _, d := range changes {
		switch d.Field {
		case "name":
			all = append(all, string(c.say(v, "changed the name from “%s” to “%s”", d.From, d.To)))
		case "description":
			all = append(all, string(c.say(v, "changed the description to “%s”", d.To)))
		case "scopes":
			from, to := strings.Fields(d.From), strings.Fields(d.To)
			if added := without(to, from); added != nil {
				all = append(all, string(c.say(v, "added %s", strings.Join(added, ", "))))
			}
			if removed := without(from, to); removed != nil {
				all = append(all, string(c.say(v, "took out %s", strings.Join(removed, ", "))))
			}
		}
	}
	return template.HTML(strings.Join(all, "; ")) //nolint:gosec // escaped above
}

// without is what stands in all and not in others.
func without(all, others []string) (rest []string) {
	for _, s := range all {
		if !slices.Contains(others, s) {
			rest = append(rest, s)
		}
	}
	return rest
}
