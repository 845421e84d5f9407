package fsck

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// trail is what the facts of an integration come to: what it has to be by them.
type trail struct {
	fields  map[string]string   // name, description and scopes
	expires map[token.ID]string // own deadlines of the living tokens; empty: none
	deleted bool
}

// tell goes through facts from the first on.
func tell(facts []fact.Fact) trail {
	t := trail{fields: map[string]string{}, expires: map[token.ID]string{}}
	for _, f := range facts {
		switch f.Type {
		case fact.Created, fact.Updated:
			for _, d := range f.Changes {
				t.fields[d.Field] = d.To
			}
		case fact.TokenCreated, fact.ExpirySet, fact.ExpiryCleared:
			t.expires[f.Token] = ""
			for _, d := range f.Changes {
				t.expires[f.Token] = d.To
			}
		case fact.TokenEnded:
			delete(t.expires, f.Token)
		case fact.Deleted:
			t.deleted = true
		}
	}
	return t
}

// trail holds an integration to what its facts tell. Where some are missing,
// which the chain has told, nothing can be said.
func (c *check) trail(at string, i Stored, facts []fact.Fact) {
	if int64(len(facts)) != i.Seq {
		return
	}
	t := tell(facts)
	for field, is := range map[string]string{"name": i.Name, "description": i.Description, "scopes": i.Scopes.String()} {
		if is != t.fields[field] {
			c.fault(Trail, at, "the %s is %q, and its facts say %q", field, is, t.fields[field])
		}
	}
	if i.Deleted() != t.deleted {
		c.fault(Trail, at, "deleted: %t, and its facts say: %t", i.Deleted(), t.deleted)
	}
	for id, own := range living(i.Integration) {
		expires, told := t.expires[id]
		switch {
		case !told:
			c.fault(Trail, at, "the token %s lives, and by the facts it was never made, or has ended", id)
		case expires != instant(own):
			c.fault(Trail, at, "the token %s has the deadline %q, and by the facts %q", id, instant(own), expires)
		}
		delete(t.expires, id)
	}
	for id := range t.expires {
		c.fault(Trail, at, "by the facts the token %s lives, and the integration does not know it", id)
	}
}

// living gives the own deadlines of the tokens that are not recorded as ended.
func living(i integration.Integration) map[token.ID]time.Time {
	all := map[token.ID]time.Time{}
	if i.Current != nil {
		all[i.Current.ID] = i.Current.ExpiresAt
	}
	if i.Retiring != nil {
		all[i.Retiring.ID] = i.Retiring.ExpiresAt
	}
	return all
}

// instant is t as facts have it.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(integration.Layout)
}

// members holds what is stored of what people may do to what was decided about
// them.
func (c *check) members(h Holding) {
	decided := map[string]account.Permission{}
	for _, f := range h.Facts[own] {
		if f.Type != fact.PermissionChanged {
			continue
		}
		decided[f.Member] = ofRole
		for _, d := range f.Changes {
			decided[f.Member] = account.Permission(d.To)
		}
	}
	for _, m := range h.Members {
		told := decided[m.ID]
		delete(decided, m.ID)
		if told == ofRole && (m.Stored == account.Manage || m.Stored == account.None) {
			continue
		}
		if m.Stored != told {
			c.fault(Trail, where(h.Account.ID, "member "+m.ID), "the stored permission is %q, and the facts say %q", m.Stored, told)
		}
	}
	// Whoever is not known has what their role gives, from the next sign-in on.
	for id, told := range decided {
		c.fault(Trail, where(h.Account.ID, "member "+id), "nothing is stored, and the facts say that the permission is %q", told)
	}
}

// ofRole is what a fact says that names no change: versions before the first
// release wrote such ones when what the role gave, manage or none, was stored.
const ofRole = account.Permission("that of the role")
