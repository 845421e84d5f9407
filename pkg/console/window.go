package console

import (
	"errors"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// window is what the page of an integration says of a rotation in progress:
// whether the old token can be ended, and if not, what has to be moved first.
type window struct {
	Safe  bool
	Short template.HTML // the verdict in a sentence
	Text  template.HTML // what it stands on
	Since time.Time     // from when on the use of the old token is told
	Old   using
}

// window judges the rotation of i; nil if there is none, or none any more.
func (c *Console) window(v *visit, i manage.View) (*window, error) {
	if i.Retiring == nil {
		return nil, nil
	}
	r, err := c.Service.Rotation(v.Context(), v.caller(), v.Account(), i.ID)
	if errors.Is(err, integration.ErrNoRotation) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w := &window{Safe: r.Verdict == usage.Safe, Since: r.Window.RotatedAt, Old: v.using(r.Old)}
	switch r.Verdict {
	case usage.Safe:
		w.Short, w.Text = "Safe to expire.", c.silence(v, r)
	case usage.InUse:
		w.Short = "The old token is still in use."
		w.Text = c.say(v, "%s If nobody uses it again, it counts as silent from %s on.", c.lastUse(v, r), r.Window.QuietAt())
	default:
		w.Short, w.Text = "Nobody has used the new token yet.", c.lastUse(v, r)
	}
	return w, nil
}

// silence says since when the old token is silent.
func (c *Console) silence(v *visit, r manage.Rotation) template.HTML {
	if r.Window.OldUsedAt.IsZero() {
		return c.say(v, "The old token has never been used, and the new one is in use: last on %s.", r.Window.NewUsedAt)
	}
	return c.say(v, "The old token has been silent since %s, and the new one is in use: last on %s.", r.Window.OldUsedAt, r.Window.NewUsedAt)
}

// lastUse says when the old token was used last and, if that was since the
// rotation, by whom and for what.
func (c *Console) lastUse(v *visit, r manage.Rotation) template.HTML {
	at := r.Window.OldUsedAt
	switch {
	case at.IsZero():
		return "The old one has never been used either."
	case at.Before(r.Window.RotatedAt):
		return c.say(v, "The old one was last used on %s, before the rotation.", at)
	case len(r.Old.Callers) == 0:
		return c.say(v, "The old one was last used on %s.", at)
	}
	last := slices.MaxFunc(r.Old.Callers, func(a, b usage.Seen) int { return a.LastAt.Compare(b.LastAt) })
	text := c.say(v, "The old one was last used on %s from %s", at, last.Address)
	if last.Agent != "" {
		text = c.say(v, "%s (%s)", text, last.Agent)
	}
	if on := r.Old.Operations; len(on) > 0 {
		return c.say(v, "%s. Since the rotation it was used on %s.", text, some(on))
	}
	return text + "."
}

// some names the operations that were used most.
func some(all []usage.Count) string {
	const named = 3
	var names []string
	for _, o := range all[:min(named, len(all))] {
		names = append(names, o.Name)
	}
	if rest := len(all) - named; rest > 0 {
		names = append(names, plural(rest, "other"))
	}
	return strings.Join(names, ", ")
}
