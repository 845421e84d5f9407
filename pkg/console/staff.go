package console

import (
	"errors"
	"net/http"

	"github.com/private-integrations/private-integrations/pkg/account"
)

const memberPath = staffPath + "/{userId}"

// person is a member as the pages under My Staff show them.
type person struct {
	account.Member
	Path string
	You  bool
}

func personOf(v *visit, m account.Member) person {
	return person{
		Member: m, Path: staffPath + "/" + m.ID,
		You: m.ID == account.MemberID(v.session.Issuer, v.session.Subject),
	}
}

// IsAdmin says whether the person's role brings the right to manage along.
func (p person) IsAdmin() bool { return p.Role == account.RoleAdmin }

// roles and rights are what roles and permissions are called.
var (
	roles  = map[account.Role]string{account.RoleAdmin: "Admin", account.RoleStaff: "Staff"}
	rights = map[account.Permission]badge{
		account.None: {"No access", ""}, account.View: {"View", "good"}, account.Manage: {"Manage", "good"},
	}
)

// staff lists who has been seen in the account.
func (c *Console) staff(v *visit) (*page, error) {
	members, err := c.Service.Members(v.Context(), v.caller(), v.Account())
	if err != nil {
		return nil, err
	}
	people := make([]person, len(members))
	for n, m := range members {
		people[n] = personOf(v, m)
	}
	return &page{template: "staff", title: "My Staff", crumbs: way(crumb{"My Staff", staffPath}), data: people}, nil
}

// way is the way to a page under Settings.
func way(steps ...crumb) []crumb {
	all := append([]crumb{{"Settings", "/settings"}}, steps...)
	all[len(all)-1].Path = ""
	return all
}

// permitting is the data of the page on which a person's permission is set.
type permitting struct {
	person
	// Asked is what the form shows: what holds, or what was sent and refused.
	Asked account.Permission
	Last  bool // refused, because nobody else manages
	Done  string
}

// Level is which of the two radio buttons is on, also behind the switch that is
// off: the one that opens less.
func (p permitting) Level() account.Permission {
	if p.Asked == account.None {
		return account.View
	}
	return p.Asked
}

func (c *Console) member(v *visit) (*page, error) {
	m, err := c.Service.Member(v.Context(), v.caller(), v.Account(), v.PathValue("userId"))
	if err != nil {
		return nil, err
	}
	p := permitting{person: personOf(v, m), Asked: m.Permission(), Done: done(v.URL.Query())}
	if asked, err := askedRight(v); v.resumed && err == nil {
		p.Asked = asked
	}
	return memberPage(p), nil
}

func memberPage(p permitting) *page {
	return &page{template: "member", title: p.Name(), crumbs: way(crumb{"My Staff", staffPath}, crumb{p.Name(), ""}), data: p}
}

// setPermission stores what a person may do from their next request on.
func (c *Console) setPermission(v *visit) (*page, error) {
	id := v.PathValue("userId")
	asked, err := askedRight(v)
	if err != nil {
		return nil, err
	}
	_, err = c.Service.SetPermission(v.Context(), v.caller(), v.Account(), id, asked)
	switch {
	case errors.Is(err, account.ErrLastManager):
		m, err := c.Service.Member(v.Context(), v.caller(), v.Account(), id)
		if err != nil {
			return nil, err
		}
		p := memberPage(permitting{person: personOf(v, m), Asked: asked, Last: true})
		p.status = http.StatusConflict
		return p, nil
	case err != nil:
		return nil, err
	}
	return &page{status: http.StatusSeeOther, location: staffPath + "/" + id + "?done=saved"}, nil
}

// askedRight is what the switch and the radio buttons say.
func askedRight(v *visit) (account.Permission, error) {
	level := account.Permission(v.FormValue("permission"))
	switch {
	case v.FormValue("privateIntegrations") != "on":
		return account.None, nil
	case level != account.View && level != account.Manage:
		return "", errBadForm
	}
	return level, nil
}
