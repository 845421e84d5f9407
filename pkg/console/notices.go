package console

import (
	"net/url"

	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

const noticesPath = home + "/notifications"

// noticed is the data of the page of notices.
type noticed struct {
	Notices []notice.Notice
	Older   string // address of the next page; empty: there is none
	Later   bool   // this is not the first page
	Days    int    // that notices are kept
}

// notices lists what the managers of the account were told.
func (c *Console) notices(v *visit) (*page, error) {
	after := v.URL.Query().Get("after")
	all, next, err := c.Service.Notices(v.Context(), v.caller(), v.Account(), manage.Page{After: after, Limit: pageSize})
	if err != nil {
		return nil, err
	}
	n := noticed{Notices: all, Later: after != "", Days: int(notice.Age / day)}
	if next != "" {
		n.Older = noticesPath + "?" + url.Values{"after": {next}}.Encode()
	}
	return &page{template: "notices", title: "Notifications", crumbs: trail(crumb{"Notifications", ""}), data: n}, nil
}
