package console

import "github.com/private-integrations/private-integrations/pkg/manage"

// emergency is the data of the page for when a token is in wrong hands.
type emergency struct {
	Rows   []row
	Query  string
	Enough int    // characters of a token that find it, where the query has fewer; else 0
	Older  string // address of the next integrations; empty: there are none
}

// pickFragment leads to the list on the page.
const pickFragment = "#pick"

// compromised says what to do, in which order, and leads there.
func (c *Console) compromised(v *visit) (*page, error) {
	e := emergency{Query: c.sought(v.FormValue("query"))}
	e.Enough = c.tooShort(e.Query)
	views, next, err := c.Service.List(v.Context(), v.caller(), v.Account(),
		manage.Filter{Query: e.Query}, manage.Page{After: v.FormValue("after"), Limit: pageSize})
	if err != nil {
		return nil, err
	}
	for _, i := range views {
		e.Rows = append(e.Rows, c.rowOf(v, i))
	}
	if next != "" {
		e.Older = listAt(compromisedPath, e.Query, "", next) + pickFragment
	}
	return &page{template: "compromised", title: "Token compromised?", crumbs: trail(crumb{"Token compromised?", ""}), data: e}, nil
}
