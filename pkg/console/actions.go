package console

import (
	"crypto/rand"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

// action is something that is done to an integration after one question: GET
// asks it, POST does it.
type action struct {
	name      string // last part of its path
	operation string // as package manage knows it
	// ask fills in what would happen. Error: why it can't.
	ask func(*Console, *visit, *question) error
	// do does it, and says what comes then.
	do func(*Console, *visit, manage.Target) (*page, error)
}

// actions are all that ask first.
var actions = []action{
	{"rotate-later", "rotate-token", (*Console).askRotateLater, (*Console).rotateLater},
	{"rotate-now", "rotate-token", (*Console).askRotateNow, (*Console).rotateNow},
	{"cancel-rotation", "cancel-rotation", (*Console).askCancel, (*Console).cancel},
	{"expire-old", "complete-rotation", (*Console).askComplete, (*Console).complete},
	{"move-end", "move-rotation", (*Console).askMove, (*Console).move},
	{"expire", "expire-tokens", (*Console).askExpire, (*Console).expire},
	{"expire-later", "expire-tokens", (*Console).askExpireLater, (*Console).expireLater},
	{"remove-expiry", "clear-expiry", (*Console).askRemoveExpiry, (*Console).removeExpiry},
	{"narrow", "edit-integration", (*Console).askNarrow, (*Console).narrow},
	{"delete", "delete-integration", (*Console).askDelete, (*Console).delete},
}

// actionRoutes are the routes of all actions.
func actionRoutes() []Route {
	var all []Route
	for _, a := range actions {
		template := one + "/" + a.name
		all = append(all,
			Route{Method: http.MethodGet, Template: template, handle: a.question},
			Route{Method: http.MethodPost, Template: template, handle: a.answer},
		)
	}
	return all
}

// question is the data of a page that asks.
type question struct {
	row
	Title    string
	Send     string // where the answer goes
	Key      string // makes an answer that is sent again have one effect
	Effects  []effect
	Warnings []template.HTML
	Danger   bool     // what stops does so at once
	Force    bool     // the new token is known to have been used
	Button   string   // empty: Continue
	Scopes   []string // that stay

	// What there is to enter, if there is something.
	Graces   []choice // for how long the old token goes on
	Expiries []choice // of the new token
	Date     *date
	TypeName bool

	Changed bool // this is asked again, since the integration has changed
	Faults  faults
}

// effect is what would happen to one token.
type effect struct {
	Tone string        // "bad": it stops, "warn": it will, "good": it works
	What template.HTML // which one
	Text template.HTML // what becomes of it
	At   time.Time     // when, if not at once
}

func (q *question) effect(tone string, what, text template.HTML) {
	q.effectAt(time.Time{}, tone, what, text)
}

func (q *question) effectAt(at time.Time, tone string, what, text template.HTML) {
	q.Effects = append(q.Effects, effect{tone, what, text, at})
}

// choice is one of several values of a field.
type choice struct {
	Value, Text string
	Picked      bool
	At          time.Time // the text ends with, if it does
}

// date is a date and time to enter, in the reader's zone.
type date struct {
	Label    string
	Value    string // as the field takes it
	Instant  string // the same, for the script; empty: there is none, or it can't be read
	Min, Max time.Time
}

// question asks.
func (a action) question(c *Console, v *visit) (*page, error) {
	return a.put(c, v, question{}, http.StatusOK)
}

// put asks with the facts as they are now.
func (a action) put(c *Console, v *visit, q question, status int) (*page, error) {
	if err := c.permit(v, account.Manage, a.operation); err != nil {
		return nil, err
	}
	i, err := c.Service.Get(v.Context(), v.caller(), v.Account(), v.PathValue("integrationId"))
	if err != nil {
		return nil, err
	}
	q.row = c.rowOf(v, i)
	q.Send, q.Key = q.Path+"/"+a.name, rand.Text()
	if err := a.ask(c, v, &q); err != nil {
		return unfit(v, err)
	}
	return &page{status: status, template: "confirm", title: q.Title, crumbs: ofOne(i, crumb{q.Title, ""}), data: q}, nil
}

// answer does what was asked, and asks again where that no longer holds or
// something is wrong with what was entered.
func (a action) answer(c *Console, v *visit) (*page, error) {
	p, err := a.do(c, v, v.target())
	if err == nil {
		return p, nil
	}
	if invalid, is := asInvalid(err); is {
		var f form
		f.blame(invalid)
		return a.put(c, v, question{Faults: f.Faults}, http.StatusUnprocessableEntity)
	}
	if errors.Is(err, manage.ErrVersion) || errors.Is(err, integration.ErrNewTokenInUse) {
		return a.put(c, v, question{Changed: true}, http.StatusConflict)
	}
	return unfit(v, err)
}

// unfit is the page of an action that does not fit what the integration has
// become, from which the way goes back to that.
func unfit(v *visit, err error) (*page, error) {
	p := errorPage(err)
	t, is := p.data.(trouble)
	if !is || p.status != http.StatusConflict {
		return nil, err
	}
	t.Action, t.Path = "Go to the integration", home+"/"+v.PathValue("integrationId")
	p.data = t
	return p, nil
}

// settled is where an action leads that is done: to the integration, which says so.
func settled(t manage.Target, key string) *page {
	return &page{status: http.StatusSeeOther, location: home + "/" + t.ID + "?done=" + key}
}
