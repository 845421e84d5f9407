package console

import (
	"net/url"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/manage"
)

// emergency is the data of the page for when a token is in wrong hands.
type emergency struct {
	Rows  []row
	Query string
	Older string // address of the next integrations; empty: there are none
}

// compromised says what to do, in which order, and leads there.
func (c *Console) compromised(v *visit) (*page, error) {
	query := v.URL.Query()
	e := emergency{Query: strings.TrimSpace(query.Get("query"))}
	views, next, err := c.Service.List(v.Context(), v.caller(), v.Account(),
		manage.Filter{Query: e.Query}, manage.Page{After: query.Get("after"), Limit: pageSize})
	if err != nil {
		return nil, err
	}
	for _, i := range views {
		e.Rows = append(e.Rows, c.rowOf(v, i))
	}
	if next != "" {
		e.Older = compromisedPath + "?" + url.Values{"query": {e.Query}, "after": {next}}.Encode() + "#pick"
	}
	return &page{template: "compromised", title: "Token compromised?", crumbs: trail(crumb{"Token compromised?", ""}), data: e}, nil
}
