package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

const (
	findPath        = home + "/find"
	compromisedPath = home + "/compromised"
)

// finding is the data of the page that asks for a token. What was pasted is not
// among it: no page shows it again.
type finding struct {
	Fault string
	// Withheld says that a token was in the address that was asked for.
	Withheld bool
	// Begins is the part of what was pasted that is no secret, if it tells which
	// integration may be meant.
	Begins string
}

// Search is the address of the list with all that Begins fits.
func (f finding) Search() string { return searchFor(f.Begins) }

// find asks for a token.
func (c *Console) find(v *visit) (*page, error) {
	if err := c.permit(v, account.View, "lookup-token"); err != nil {
		return nil, err
	}
	return findPage(finding{Withheld: v.FormValue("withheld") == "1"}), nil
}

func findPage(f finding) *page {
	p := &page{template: "find", title: "Find by token", crumbs: trail(crumb{"Find by token", ""}), data: f}
	if f.Fault != "" {
		p.status = http.StatusUnprocessableEntity
	}
	return p
}

// found is the data of the page that says what a token is.
type found struct {
	row
	Old     bool // the token retires
	Until   time.Time
	Last    time.Time
	Ended   time.Time
	Because string // why it is dead; empty: it lives
}

// causes say why a token died.
var causes = map[integration.Reason]string{
	integration.ReasonExpired:   "its expiry date came",
	integration.ReasonGrace:     "it was replaced, and the time for which it kept working is over",
	integration.ReasonRotated:   "it was replaced and expired at once",
	integration.ReasonCompleted: "it was replaced, and then expired before its time was over",
	integration.ReasonCancelled: "its rotation was cancelled",
	integration.ReasonRevoked:   "it was expired",
	integration.ReasonDeleted:   "its integration was deleted",
	integration.ReasonIdle:      "it was not used for too long",
}

// lookUp tells what a pasted token belongs to. It comes by POST alone.
func (c *Console) lookUp(v *visit) (*page, error) { return c.identify(v, v.PostFormValue("token")) }

// identify tells what the token in a text belongs to. The text goes nowhere but to the
// lookup.
func (c *Console) identify(v *visit, text string) (*page, error) {
	if within := c.tokenIn(text); within != "" {
		text = within
	}
	text = pasted(text)
	if hint := c.hint(text); hint == text && hint != "" {
		return &page{status: http.StatusSeeOther, location: searchFor(hint)}, nil
	}
	f, err := c.Service.Lookup(v.Context(), v.caller(), v.Account(), text)
	if _, is := asInvalid(err); is {
		return findPage(finding{
			Fault:  "This is not a whole token of this API: it may have been cut or changed in copying.",
			Begins: c.hint(text),
		}), nil
	}
	if errors.Is(err, integration.ErrNotFound) {
		return findPage(finding{Fault: "No token of this account is this one. It may belong to another account, " +
			"or it died more than 90 days ago. Programs that use it are refused either way."}), nil
	}
	if err != nil {
		return nil, err
	}
	return c.foundPage(v, f), nil
}

func (c *Console) foundPage(v *visit, f manage.Found) *page {
	data := found{row: c.rowOf(v, f.View), Until: f.Credential.Deadline.At, Last: f.LastUses[f.Credential.ID]}
	data.Hint = c.Format.Hint(f.Credential.ID)
	data.Old = f.Retiring != nil && f.Retiring.ID == f.Credential.ID
	if f.Ended != nil {
		data.Ended, data.Because = f.Ended.At, causes[f.Ended.Reason]
	}
	return &page{template: "found", title: "Found by token", crumbs: trail(crumb{"Find by token", findPath}, crumb{f.Name, ""}), data: data}
}

// pasted is the token in what somebody pasted, which may be the whole header, or
// a hint as pages show it.
func pasted(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	return strings.TrimRight(strings.Trim(words[len(words)-1], `"'`+"`"), ".…")
}

const (
	// shortestHint is how much of an id the list's search takes.
	shortestHint = 4
	longestHint  = 22 // the whole id
)

// hint is the part of a token, whole or cut, that may be shown and stand in an
// address: prefix and id. Empty unless text begins as a token of this API does.
func (c *Console) hint(text string) string {
	prefix := c.Format.Public("")
	rest, ours := strings.CutPrefix(text, prefix)
	id, _, _ := strings.Cut(rest, "_")
	if !ours || len(id) < shortestHint || len(id) > longestHint || strings.Trim(id, alphabet) != "" {
		return ""
	}
	return prefix + id
}

// alphabet is that of ids.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
