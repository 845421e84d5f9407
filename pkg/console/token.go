package console

import (
	"net/http"
	"time"

	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// shownOnce is the data of the page that shows a token.
type shownOnce struct {
	row
	Token string // empty: the form was sent again, and it was shown already
	Get   string // path of a first call; empty: the scopes open no GET
	// Headers are those that the first call needs beside the token.
	Headers map[string]string
	Wait    string // where the script asks for the first call
}

// tokenPage shows a token that was just issued.
func (c *Console) tokenPage(v *visit, issued manage.Issued) *page {
	s := shownOnce{row: c.rowOf(v, issued.View)}
	s.Get, s.Headers = c.firstGet(issued.Scopes)
	title := "Your access token"
	if issued.Token != nil {
		s.Token = issued.Token.Reveal()
		s.Wait = s.Path + "/first-call?token=" + string(issued.Token.ID())
	} else {
		title = "This token has been shown already"
	}
	return &page{template: "token", title: title, crumbs: ofOne(issued.View, crumb{title, ""}), data: s}
}

// firstCall tells the script of the page that shows a token whether that has
// been used: 204 as long as it has not.
func (c *Console) firstCall(v *visit) (*page, error) {
	i, err := c.Service.Get(v.Context(), v.caller(), v.Account(), v.PathValue("integrationId"))
	if err != nil {
		return nil, err
	}
	at := firstUse(i, token.ID(v.URL.Query().Get("token")))
	if at.IsZero() {
		return &page{status: http.StatusNoContent}, nil
	}
	return &page{
		status: http.StatusOK, contentType: "text/plain; charset=utf-8",
		body: []byte("Connected, first call " + v.Clock(at)),
	}, nil
}

// firstUse is when a living token of i was first used; zero: never.
func firstUse(i manage.View, id token.ID) time.Time { return i.FirstUses[id] }
