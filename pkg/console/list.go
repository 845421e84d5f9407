package console

import (
	"net/url"
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

const pageSize = 20

// listed is the data of the list.
type listed struct {
	Rows          []row
	Query, Status string
	Statuses      []integration.Status
	Older         string // address of the next page; empty: there is none
	Later         bool   // this is not the first page
	Enough        int    // characters of a token that find it, where the query has fewer; else 0
	Done          string
}

// Filtered says whether something else than the whole list was asked for.
func (l listed) Filtered() bool { return l.Query != "" || l.Status != "" }

// row is an integration of the list.
type row struct {
	manage.View
	badge
	Hint      string
	Path      string
	Gone      []string // scopes that left the catalogue
	FirstUsed time.Time
	LastUsed  time.Time
	OldUsed   time.Time // last use of the old token, where that is later
	Stale     bool      // its token is so old that it should be rotated
}

// badge is how a status is shown.
type badge struct{ Word, Tone string }

var badges = map[integration.Status]badge{
	integration.StatusActive:   {"Active", "good"},
	integration.StatusExpiring: {"Expires soon", "warn"},
	integration.StatusRotating: {"Rotating", "warn"},
	integration.StatusExpired:  {"No living token", "bad"},
	integration.StatusInactive: {"Expired: not used", "bad"},
	integration.StatusDeleted:  {"Deleted", ""},
}

// rowOf is what lists and pages show of an integration.
func (c *Console) rowOf(v *visit, i manage.View) row {
	r := row{View: i, badge: badges[i.Status], Path: home + "/" + i.ID}
	for _, s := range i.Scopes {
		if !c.Catalog.Has(s) {
			r.Gone = append(r.Gone, s)
		}
	}
	if t := i.Current; t != nil {
		r.Hint = c.Format.Hint(t.ID)
		r.FirstUsed, r.LastUsed = i.FirstUses[t.ID], i.LastUses[t.ID]
		if old := i.Retiring; old != nil && i.LastUses[old.ID].After(r.LastUsed) {
			r.OldUsed = i.LastUses[old.ID]
		}
		r.Stale = i.Retiring == nil && v.now.Sub(t.CreatedAt) >= v.access.Account.ReminderAge
	}
	return r
}

func (c *Console) list(v *visit) (*page, error) {
	query := v.URL.Query()
	l := listed{
		Query: c.sought(v.FormValue("query")), Status: v.FormValue("status"),
		Statuses: integration.Statuses, Later: query.Get("after") != "", Done: done(query),
	}
	l.Enough = c.tooShort(l.Query)
	filter := manage.Filter{Query: l.Query}
	if slices.Contains(integration.Statuses, integration.Status(l.Status)) {
		filter.Status = integration.Status(l.Status)
	}
	views, next, err := c.Service.List(v.Context(), v.caller(), v.Account(), filter, manage.Page{After: query.Get("after"), Limit: pageSize})
	if err != nil {
		return nil, err
	}
	for _, i := range views {
		l.Rows = append(l.Rows, c.rowOf(v, i))
	}
	if next != "" {
		l.Older = listAt(home, l.Query, l.Status, next)
	}
	return &page{template: "list", title: "Private Integrations", crumbs: trail(), data: l}, nil
}

// trail is the way to a page of Private Integrations.
func trail(further ...crumb) []crumb {
	all := append([]crumb{{"Settings", "/settings"}, {"Other Settings", ""}, {"Private Integrations", home}}, further...)
	all[len(all)-1].Path = ""
	return all
}

// ofOne is the way to a page of one integration.
func ofOne(i manage.View, further ...crumb) []crumb {
	return trail(append([]crumb{{i.Name, home + "/" + i.ID}}, further...)...)
}

// dones are what a page can say first of what was just done. The address names
// which, so that nobody can have it say something else.
var dones = map[string]string{
	"updated":   "The changes are saved. The token is the same as before.",
	"narrowed":  "The scopes that were not used are taken out. The token is the same as before.",
	"deleted":   "The integration is deleted. Its tokens are refused from now on.",
	"expired":   "Every token of this integration is refused from now on.",
	"scheduled": "The token's expiry is set.",
	"cleared":   "The token no longer expires by itself.",
	"cancelled": "The rotation is cancelled: the old token is current again, and the new one is refused.",
	"completed": "The old token is refused from now on. The new one keeps working.",
	"moved":     "The end of the old token's time is moved.",
	"saved":     "The changes are saved.",
	"off":       "Private Integrations is switched off for this account. Its tokens keep working.",
	"on":        "Private Integrations is switched on for this account.",
}

func done(query url.Values) string { return dones[query.Get("done")] }
