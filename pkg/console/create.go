package console

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

const newPath = home + "/new"

// form is what somebody enters of an integration, on both pages of creating and
// of editing one.
type form struct {
	Name, Description string
	Expires           string // "never" or "on"
	On                string // local date and time, in the reader's zone
	Instant           string // the same, for the script; empty: it can't be read
	Scopes            []string
	Version           string // of the integration that is edited
	at                time.Time
	unread            string // why On can't be read
	// Key makes a form that is sent again have one effect.
	Key    string
	Faults faults
	Full   bool // the account has no room for it
}

// formOf reads what was entered, by GET or POST.
func formOf(v *visit) form {
	f := form{
		Name: strings.TrimSpace(v.FormValue("name")), Description: strings.TrimSpace(newlines.Replace(v.FormValue("description"))),
		Expires: v.FormValue("expires"), Scopes: v.Form["scope"],
		Version: v.FormValue("version"), Key: v.FormValue("key"),
	}
	f.at, f.unread = v.instant(v.FormValue("on"))
	f.On, f.Instant = v.reentered()
	return f
}

// newlines are one character each, as they are counted by the browser.
var newlines = strings.NewReplacer("\r\n", "\n")

// Has says whether a scope is picked.
func (f form) Has(scope string) bool { return slices.Contains(f.Scopes, scope) }

// fault notes what is wrong with a field.
func (f *form) fault(field, message string) {
	if f.Faults == nil {
		f.Faults = faults{}
	}
	if f.Faults[field] == "" {
		f.Faults[field] = message
	}
}

// blame takes over the faults that the domain has found.
func (f *form) blame(invalid *integration.Invalid) {
	for _, e := range invalid.Fields {
		field, _, _ := strings.Cut(e.Field, "[")
		f.fault(field, capital(e.Message)+".")
	}
}

// expiresAt reads the deadline; zero for none. A fault is noted.
func (f *form) expiresAt() time.Time {
	if f.Expires != "on" {
		return time.Time{}
	}
	if f.unread != "" {
		f.fault("expiresAt", capital(f.unread)+".")
	}
	return f.at
}

// newInfo is the first page: Basic Info. Scopes that were picked before somebody
// came back to it go along. Whoever has entered something may go on even where the
// account has no room: there may be some once it is sent.
func (c *Console) newInfo(v *visit) (*page, error) {
	err := c.Service.CheckRoom(v.Context(), v.caller(), v.Account())
	if entered := v.Method == http.MethodPost || v.resumed; err != nil && !(entered && errors.Is(err, integration.ErrQuota)) {
		return nil, err
	}
	return infoPage(formOf(v)), nil
}

// stepsOf goes from one page of a form to the other, as the button that was
// pressed says. Both steps are sent by POST: what is entered can be longer than
// an address may be, is kept through a new sign-in, and is for the account of
// the form alone. The browser may keep the answer until the session is
// over: it holds no secret, and the browser could not go back to it otherwise
// without sending the form again, which it asks people about.
func stepsOf(info, scopes func(*Console, *visit) (*page, error)) func(*Console, *visit) (*page, error) {
	return func(c *Console, v *visit) (*page, error) {
		step := info
		if v.PostFormValue("step") == "scopes" {
			step = scopes
		}
		p, err := step(c, v)
		if err == nil {
			p.caching = "private, no-cache"
		}
		return p, err
	}
}

func infoPage(f form) *page {
	p := &page{template: "new", title: "Create New Integration", crumbs: trail(crumb{"Create New Integration", ""}), data: f}
	if len(f.Faults) > 0 {
		p.status = http.StatusUnprocessableEntity
	}
	return p
}

// resumeScopes is the second page for whoever has signed in again on it. By
// itself it is no place to begin.
func (c *Console) resumeScopes(v *visit) (*page, error) {
	if !v.resumed {
		return &page{status: http.StatusSeeOther, location: newPath}, nil
	}
	return c.newScopes(v)
}

// newScopes is the second page. Nothing is done by it, so that going back and
// reloading are harmless.
func (c *Console) newScopes(v *visit) (*page, error) {
	if err := c.permit(v, account.Manage, "create-integration"); err != nil {
		return nil, err
	}
	f := formOf(v)
	if invalid, is := asInvalid(integration.CheckInfo(f.Name, f.Description, f.expiresAt(), v.now)); is {
		f.blame(invalid)
	}
	if f.Faults != nil {
		return infoPage(f), nil
	}
	f.Key = rand.Text()
	return c.scopesPage(f), nil
}

// picking is the data of the page on which scopes are picked.
type picking struct {
	form
	Groups []group
	Gone   []string // scopes held that left the catalogue
}

func (c *Console) scopesPage(f form) *page {
	p := &page{
		template: "new-scopes", title: "Select scopes",
		crumbs: trail(crumb{"Create New Integration", ""}), data: picking{form: f, Groups: c.groups()},
	}
	switch {
	case f.Full:
		p.status = http.StatusConflict
	case len(f.Faults) > 0:
		p.status = http.StatusUnprocessableEntity
	}
	return p
}

// create makes the integration and shows its token, once. Sent again, the form
// creates nothing and shows nothing.
func (c *Console) create(v *visit) (*page, error) {
	f := formOf(v)
	if f.Key == "" {
		return nil, errBadForm // it could have more than one effect
	}
	at := f.expiresAt()
	if f.Faults != nil {
		return infoPage(f), nil
	}
	issued, err := c.Service.Create(v.Context(), v.caller(), integration.New{
		Account: v.Account(), Name: f.Name, Description: f.Description, Scopes: f.Scopes, ExpiresAt: at,
	}, once(v, f.Key))
	if invalid, is := asInvalid(err); is {
		f.blame(invalid)
		if f.Faults["scopes"] == "" {
			return infoPage(f), nil
		}
		return c.scopesPage(f), nil
	}
	if errors.Is(err, integration.ErrQuota) {
		f.Full = true
		return c.scopesPage(f), nil
	}
	if err != nil {
		return nil, err
	}
	return c.tokenPage(v, issued), nil
}

// once makes a form that is sent again have one effect: its key is one-time,
// and what it holds is what counts as the request.
func once(v *visit, key string) manage.Idempotency {
	fields := v.PostForm
	fields.Del("zone") // the script adds it
	return manage.Idempotency{Key: "console " + key, Fingerprint: tag([]byte(v.URL.Path + "?" + fields.Encode()))}
}
