package console

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/account"
)

// switching is the data of the pages under Labs.
type switching struct {
	On     bool
	Asked  bool // what the switch shows: what holds, or what was entered before a new sign-in
	Living int  // tokens that go on working
	Done   string
	Return string // where to go once it is on
}

// labs shows which features the account has switched on.
func (c *Console) labs(v *visit) (*page, error) {
	of, err := c.Service.Settings(v.Context(), v.caller(), v.Account())
	if err != nil {
		return nil, err
	}
	living, err := c.Service.LivingTokens(v.Context(), v.caller(), v.Account())
	if err != nil {
		return nil, err
	}
	on := of.PrivateIntegrations
	data := switching{On: on, Asked: on, Living: living, Done: done(v.URL.Query())}
	if v.resumed {
		data.Asked = v.FormValue("privateIntegrations") == "on"
	}
	return &page{template: "labs", title: "Labs", crumbs: way(crumb{"Labs", labsPath}), data: data}, nil
}

// setLabs switches the feature on, or off once that was asked.
func (c *Console) setLabs(v *visit) (*page, error) {
	on := v.PostFormValue("privateIntegrations") == "on"
	if !on && v.PostFormValue("sure") == "" {
		return c.askLabs(v)
	}
	edit := account.Edit{PrivateIntegrations: &on}
	if _, err := c.Service.SetSettings(v.Context(), v.caller(), v.Account(), nil, edit); err != nil {
		return nil, err
	}
	next := labsPath + "?done=off"
	if on {
		next = labsPath + "?done=on"
	}
	// Only where the page stood that said so: anything else is not ours.
	if back := v.PostFormValue("return"); on && ofFeature(back) {
		next = back
	}
	return &page{status: http.StatusSeeOther, location: next}, nil
}

// askLabs asks whether the feature is to be switched off, unless it is already.
func (c *Console) askLabs(v *visit) (*page, error) {
	if !v.access.Account.PrivateIntegrations {
		return c.labs(v)
	}
	living, err := c.Service.LivingTokens(v.Context(), v.caller(), v.Account())
	if err != nil {
		return nil, err
	}
	const title = "Switch off Private Integrations?"
	return &page{template: "labs-ask", title: title, crumbs: way(crumb{"Labs", labsPath}, crumb{title, ""}), data: switching{On: true, Living: living}}, nil
}

// labsOff is the page that stands for all of Private Integrations while the
// feature is switched off.
func labsOff(v *visit) *page {
	data := switching{}
	if v.Method == http.MethodGet && ofFeature(v.URL.RequestURI()) {
		data.Return = v.URL.RequestURI()
	}
	return &page{
		status: http.StatusForbidden, template: "labs-off", title: "Private Integrations is switched off",
		crumbs: trail(), data: data,
	}
}

// ofFeature reports whether text is the address of a page that the switch hides.
func ofFeature(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host != "" || u.Scheme != "" || path.Clean(u.Path) != u.Path {
		return false
	}
	return u.Path == home || strings.HasPrefix(u.Path, home+"/")
}
