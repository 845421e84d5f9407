package console

import (
	"crypto/rand"
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

// detailed is the data of the page of one integration.
type detailed struct {
	row
	Tokens []living // the current one first
	Died   string   // how the last token died, where none lives
	Opens  []held
	Window *window // of a rotation in progress
	Unused *unneeded
	history
	Done string
	Key  string // makes "Generate Access Token" have one effect
}

// living is a token as the page of its integration shows it.
type living struct {
	integration.Token
	Old       bool // in a window, the one that will stop
	Hint      string
	Deadline  time.Time // when it dies; zero: not by itself
	FirstUsed time.Time
	LastUsed  time.Time
}

// held is a scope that an integration holds.
type held struct {
	catalog.Listing
	Gone bool // it left the catalogue
}

// detail shows one integration.
func (c *Console) detail(v *visit) (*page, error) {
	i, err := c.Service.Get(v.Context(), v.caller(), v.Account(), v.PathValue("integrationId"))
	if err != nil {
		return nil, err
	}
	d := detailed{row: c.rowOf(v, i), Tokens: c.living(i), Opens: c.held(i), Done: done(v.URL.Query()), Key: rand.Text()}
	if i.Current == nil && i.Last != nil {
		d.Died = fates[i.Last.Reason]
	}
	if d.Window, err = c.window(v, i); err != nil {
		return nil, err
	}
	if d.Unused, err = c.unneeded(v, i); err != nil {
		return nil, err
	}
	if d.history, err = c.history(v, i.ID); err != nil {
		return nil, err
	}
	return &page{template: "detail", title: i.Name, crumbs: ofOne(i), data: d}, nil
}

// living are the tokens that work.
func (c *Console) living(i manage.View) (all []living) {
	if t := i.Current; t != nil {
		all = append(all, c.livingOf(i, *t, t.ExpiresAt))
	}
	if t := i.Retiring; t != nil {
		old := c.livingOf(i, t.Token, i.RetiringDeadline())
		old.Old = true
		all = append(all, old)
	}
	return all
}

func (c *Console) livingOf(i manage.View, t integration.Token, deadline time.Time) living {
	return living{Token: t, Hint: c.Format.Hint(t.ID), Deadline: deadline, FirstUsed: i.FirstUses[t.ID], LastUsed: i.LastUses[t.ID]}
}

// held are the scopes of i, with what each opens.
func (c *Console) held(i manage.View) []held {
	offered := c.Catalog.Listing()
	all := make([]held, len(i.Scopes))
	for n, s := range i.Scopes {
		at := slices.IndexFunc(offered, func(l catalog.Listing) bool { return l.Name == s })
		if at < 0 {
			all[n] = held{Listing: catalog.Listing{Name: s}, Gone: true}
			continue
		}
		all[n] = held{Listing: offered[at]}
	}
	return all
}

// fates says of the last token how it came that none works.
var fates = map[integration.Reason]string{
	integration.ReasonExpired:   "its deadline had come",
	integration.ReasonGrace:     "its time after the rotation was over",
	integration.ReasonRotated:   "it was rotated out",
	integration.ReasonCompleted: "it was expired",
	integration.ReasonCancelled: "its rotation was cancelled",
	integration.ReasonRevoked:   "it was expired",
	integration.ReasonIdle:      "it had not been used for long",
}
