package console

import (
	"html/template"
	"slices"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
)

// reminded says what the clock has told people of a token, and what came of it
// where it was dead.
func (c *Console) reminded(v *visit, f fact.Fact) template.HTML {
	_, ends := deadlines(f)
	switch f.Type {
	case fact.RotationUpcoming:
		return c.say(v, "The token %s nears the age at which it should be rotated", f.Token)
	case fact.RotationDue:
		return c.say(v, "The token %s has reached the age at which it should be rotated", f.Token)
	case fact.RotationEnding, fact.OldTokenStillUsed:
		return c.say(v, "The old token %s, which stops on %s, was still in use on %s", f.Token, ends, instantOf(changed(f, "lastUsedAt").To))
	case fact.ExpiryUpcoming:
		return c.say(v, "The token %s expires on %s", f.Token, ends)
	case fact.IdleWarning:
		return c.say(v, "The token %s is not used and will expire on %s, unless it is used before", f.Token, ends)
	case fact.ReuseDetected:
		return c.reused(v, f)
	}
	return c.decided(v, f)
}

func (c *Console) reused(v *visit, f fact.Fact) template.HTML {
	if f.Caller.Address == "" {
		return c.say(v, "The dead token %s was used, from an address that was not kept: more programs used it that day than are kept by name", f.Token)
	}
	text := c.say(v, "The dead token %s was used from %s", f.Token, f.Caller.Address)
	if f.Caller.Agent != "" {
		text = c.say(v, "%s (%s)", text, f.Caller.Agent)
	}
	if f.Caller.Known {
		return text + ", an address that had used it while it worked"
	}
	return text + ", an address that had not used it while it worked"
}

// decided says what was decided about an account, or denied in it.
func (c *Console) decided(v *visit, f fact.Fact) template.HTML {
	switch f.Type {
	case fact.PermissionChanged:
		to := account.Permission(changed(f, "privateIntegrations").To)
		return c.say(v, "set what %s may do with Private Integrations to “%s”", memberOf(f), rights[to].Word)
	case fact.SettingsChanged:
		return c.preferred(v, f.Changes)
	case fact.LabsSwitched:
		if changed(f, "labs.privateIntegrations").To == "true" {
			return "switched Private Integrations on"
		}
		return "switched Private Integrations off"
	case fact.AccessDenied:
		text := c.say(v, "was not allowed to %s", strings.ReplaceAll(f.Operation, "-", " "))
		if f.Reason == "feature_disabled" {
			text += ", since Private Integrations was switched off"
		}
		if f.Count > 1 {
			text = c.say(v, "%s, %s within a minute", text, plural(int(f.Count), "time"))
		}
		return text
	}
	return c.say(v, "%s", string(f.Type))
}

// preferred says which settings were changed.
func (c *Console) preferred(v *visit, changes []fact.Delta) template.HTML {
	var all []string
	for _, d := range changes {
		at := slices.IndexFunc(preferences, func(p preference) bool { return p.Field == d.Field })
		if at < 0 {
			continue
		}
		p := preferences[at]
		all = append(all, string(c.say(v, "changed “%s” from %s to %s %s", p.Label, d.From, d.To, p.Unit)))
	}
	return template.HTML(strings.Join(all, "; ")) //nolint:gosec // escaped above
}

// changed is what a fact says of a field; empty for nothing.
func changed(f fact.Fact, field string) fact.Delta {
	for _, d := range f.Changes {
		if d.Field == field {
			return d
		}
	}
	return fact.Delta{}
}

func memberOf(f fact.Fact) string {
	if f.MemberEmail != "" {
		return f.MemberEmail
	}
	return f.Member
}
