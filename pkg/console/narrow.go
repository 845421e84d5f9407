package console

import (
	"errors"
	"html/template"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// errNothingToNarrow means that every scope is needed, as far as can be told, or
// that none is: an integration has to keep one.
var errNothingToNarrow = errors.New("no scopes can be taken out for want of use")

// unneeded is what the page of an integration says of scopes that were not used.
type unneeded struct {
	Count int
	All   bool // of its scopes: then it is the integration that nobody needs
	Days  int
}

// unneeded asks which scopes of i nobody uses; nil if each is, or that can't be
// told.
func (c *Console) unneeded(v *visit, i manage.View) (*unneeded, error) {
	a, err := c.Service.Advice(v.Context(), v.caller(), v.Account(), i.ID, nil)
	if err != nil || len(a.Unused) == 0 {
		return nil, err
	}
	return &unneeded{Count: len(a.Unused), All: len(a.Narrow) == 0, Days: usage.UnusedFor}, nil
}

// askNarrow says which scopes would go, and what that would have refused.
func (c *Console) askNarrow(v *visit, q *question) error {
	a, err := c.Service.Advice(v.Context(), v.caller(), v.Account(), q.ID, nil)
	if err != nil {
		return err
	}
	if len(a.Unused) == 0 || len(a.Narrow) == 0 {
		return errNothingToNarrow
	}
	q.Title, q.Button, q.Scopes = "Narrow the scopes to what is used", "Narrow scopes", a.Narrow
	for _, u := range a.Unused {
		q.effect("warn", template.HTML("<code>"+template.HTMLEscapeString(u.Scope)+"</code>"), c.unusedSince(v, u, a.Watched)) //nolint:gosec // escaped
	}
	q.effect("good", "The token", "stays the same, and keeps "+template.HTML(plural(len(a.Narrow), "scope"))+". You can put the others back at any time.") //nolint:gosec // a number
	c.foresee(v, q, a.Preview)
	return nil
}

func (c *Console) unusedSince(v *visit, u usage.Unused, watched usage.Day) template.HTML {
	if u.LastDay == 0 {
		return c.say(v, "would be taken out. Since %s, from when on it is known, nobody has used it.", dated(watched))
	}
	return c.say(v, "would be taken out. It was last used on %s.", dated(u.LastDay))
}

// foresee says what the scopes that stay would have refused.
func (c *Console) foresee(v *visit, q *question, p usage.Preview) {
	if len(p.Refused) == 0 {
		q.effect("good", c.say(v, "Of the calls of the last %s", plural(usage.PreviewOf, "day")), "it would have refused none.")
	}
	for _, r := range p.Refused {
		q.effect("bad", c.say(v, "Of the calls of the last %s", plural(usage.PreviewOf, "day")),
			c.say(v, "it would have refused %s of %s, the last on %s.", plural(int(r.Count), "call"), r.Operation.Name(), dated(r.Last)))
	}
	if p.Unknown > 0 {
		q.effect("warn", c.say(v, "Of %s", plural(int(p.Unknown), "call")), "it is not known what they were for.")
	}
}

// narrow is an ordinary edit, of what the form has shown.
func (c *Console) narrow(v *visit, t manage.Target) (*page, error) {
	scopes := append([]string{}, v.PostForm["stays"]...)
	_, err := c.Service.Edit(v.Context(), v.caller(), t, integration.Edit{Scopes: &scopes})
	return settled(t, "narrowed"), err
}
