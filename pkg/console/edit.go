package console

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

// editing is the data of both pages on which an integration is edited.
type editing struct {
	picking
	row  row
	Path string
	Of   string // the name that the integration has
	Seen int64  // number of its newest fact when editing began
	// Meanwhile is what others have done since then, if the form comes too late.
	Meanwhile []event
}

// toEdit reads the integration and what was entered so far: at first, that is
// what the integration has.
func (c *Console) toEdit(v *visit) (editing, error) {
	if err := c.permit(v, account.Manage, "edit-integration"); err != nil {
		return editing{}, err
	}
	i, err := c.Service.Get(v.Context(), v.caller(), v.Account(), v.PathValue("integrationId"))
	if err != nil {
		return editing{}, err
	}
	e := editing{picking: picking{form: formOf(v), Groups: c.groups()}, row: c.rowOf(v, i), Of: i.Name, Seen: i.Seq}
	e.Path, e.Gone = e.row.Path, e.row.Gone
	if e.Version == "" {
		e.Name, e.Description, e.Scopes, e.Version = i.Name, i.Description, i.Scopes, strconv.FormatInt(i.Version, 10)
	} else if seen, err := strconv.ParseInt(v.FormValue("seen"), 10, 64); err == nil {
		e.Seen = seen
	}
	return e, nil
}

func (e editing) page(template, title string) *page {
	p := &page{template: template, title: title, crumbs: ofOne(e.row.View, crumb{"Edit", ""}), data: e}
	if len(e.Faults) > 0 {
		p.status = http.StatusUnprocessableEntity
	}
	return p
}

// editInfo is the first page: Basic Info.
func (c *Console) editInfo(v *visit) (*page, error) {
	e, err := c.toEdit(v)
	if err != nil {
		return nil, err
	}
	return e.page("edit", "Edit “"+e.Of+"”"), nil
}

// editScopes is the second page.
func (c *Console) editScopes(v *visit) (*page, error) {
	e, err := c.toEdit(v)
	if err != nil {
		return nil, err
	}
	if invalid, is := asInvalid(integration.CheckInfo(e.Name, e.Description, time.Time{}, v.now)); is {
		e.blame(invalid)
		return e.page("edit", "Edit “"+e.Of+"”"), nil
	}
	return e.page("edit-scopes", "Edit the scopes of “"+e.Of+"”"), nil
}

// update saves both pages. Where somebody else was faster, it says what they
// did, and what was entered stays, to be saved over that or not.
func (c *Console) update(v *visit) (*page, error) {
	f := formOf(v)
	scopes := append([]string{}, f.Scopes...) // none is a choice too, though a wrong one
	t := v.target()
	_, err := c.Service.Edit(v.Context(), v.caller(), t, integration.Edit{Name: &f.Name, Description: &f.Description, Scopes: &scopes})
	invalid, is := asInvalid(err)
	switch {
	case err == nil:
		return settled(t, "updated"), nil
	case !is && !errors.Is(err, manage.ErrVersion):
		return unfit(v, err)
	}
	e, err := c.toEdit(v)
	if err != nil {
		return nil, err
	}
	if is {
		e.blame(invalid)
		if e.Faults["scopes"] == "" {
			return e.page("edit", "Edit “"+e.Of+"”"), nil
		}
		return e.page("edit-scopes", "Edit the scopes of “"+e.Of+"”"), nil
	}
	return c.overtaken(v, e)
}

// overtaken shows what was entered again, for the version that there is now.
func (c *Console) overtaken(v *visit, e editing) (*page, error) {
	facts, err := c.Service.Events(v.Context(), v.caller(), v.Account(), e.row.ID, 0, eventsShown)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		if f.Seq > e.Seen {
			e.Meanwhile = append(e.Meanwhile, c.tell(v, f))
		}
	}
	e.Version, e.Seen = strconv.FormatInt(e.row.View.Version, 10), e.row.Seq
	p := e.page("edit-scopes", "Edit the scopes of “"+e.Of+"”")
	p.status = http.StatusConflict
	return p, nil
}
