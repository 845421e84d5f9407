package account

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// Member is somebody who has been seen in an account. Whoever has not signed in
// yet is unknown: the identity provider keeps the list of users.
type Member struct {
	Account string
	ID      string // a [MemberID]
	Issuer  string
	Subject string
	Email   string // empty: no sign-in has told one
	Role    Role   // as of SeenAt
	Stored  Permission
	SeenAt  time.Time
}

var idEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// memberIDSize is how many characters an id has: 130 bits.
const memberIDSize = 26

// MemberID names a person: a subject is unique within its issuer alone (OpenID
// Connect Core 1.0, section 2). The id is safe in a path and tells neither.
func MemberID(issuer, subject string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s%s", len(issuer), issuer, subject))
	return strings.ToLower(idEncoding.EncodeToString(sum[:]))[:memberIDSize]
}

// IsMemberID reports whether text could be an id. Others are kept from the
// store, whose keys have a bound.
func IsMemberID(text string) bool { return len(text) == memberIDSize }

// Permission is what m may do: what was stored for them, or what comes with
// their role where nothing was.
func (m Member) Permission() Permission {
	switch {
	case m.Stored != "":
		return m.Stored
	case m.Role == RoleAdmin:
		return Manage
	}
	return None
}

// Name is what is shown of m.
func (m Member) Name() string {
	if m.Email != "" {
		return m.Email
	}
	return m.Subject
}

// fresh is how old what is known of a member may be before it is written anew.
const fresh = 24 * time.Hour

// Met is what is known of a member once m, as they just signed in, was met, and
// whether that has to be written; known is what was known before, nil for
// nothing. A sign-in that tells no e-mail address leaves the one that another
// has told.
func (m Member) Met(known *Member) (now Member, news bool) {
	if known == nil {
		return m, true
	}
	now = *known
	now.Role = m.Role
	if m.Email != "" {
		now.Email = m.Email
	}
	if now == *known && m.SeenAt.Before(known.SeenAt.Add(fresh)) {
		return now, false
	}
	now.SeenAt = m.SeenAt
	return now, true
}

// Permit stores what the member of an id may do from now on, whatever their
// role is or becomes. Members are all that are known of the account, of whom
// one has to be left who may manage. What is stored already gives an empty
// Change. Errors: [*integration.Invalid], [ErrNoMember], [ErrLastManager].
func (a Account) Permit(members []Member, id string, p Permission, by fact.Actor, now time.Time) (Change, error) {
	if !slices.Contains(Permissions, p) {
		invalid := &integration.Invalid{}
		invalid.Add("privateIntegrations", "must be none, view or manage")
		return Change{}, invalid
	}
	n := slices.IndexFunc(members, func(m Member) bool { return m.ID == id })
	if n < 0 {
		return Change{}, ErrNoMember
	}
	m := members[n]
	was := m.Permission()
	c := Change{Before: a, After: a, Member: &m}
	if m.Stored == p {
		return c, nil
	}
	m.Stored = p
	others := func(other Member) bool { return other.ID != id && other.Permission() == Manage }
	if was == Manage && p != Manage && !slices.ContainsFunc(members, others) {
		return Change{}, ErrLastManager
	}
	c.fact(fact.Fact{
		Type: fact.PermissionChanged, Member: m.ID, MemberEmail: m.Email,
		// Both sides are the same where what the role gives is stored, which is a
		// decision too.
		Changes: []fact.Delta{{Field: "privateIntegrations", From: string(was), To: string(p)}},
	}, by, now)
	return c, nil
}
