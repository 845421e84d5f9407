package api

import (
	"context"
	"fmt"

	"github.com/private-integrations/private-integrations/pkg/manage"
)

// Notifications is a page of what people were told.
type Notifications struct {
	Notifications []Notification `json:"notifications"`
	NextCursor    *string        `json:"nextCursor" doc:"Null: this is the last page."`
}

// Notification is one thing that people were told.
type Notification struct {
	ID            string  `json:"id" doc:"That of the event."`
	Type          string  `json:"type" doc:"Such as rotation.due, token.ended or token.reuse_detected; expect new ones."`
	At            Instant `json:"at" doc:"When it happened."`
	IntegrationID *string `json:"integrationId" doc:"Null: it is about the account itself."`
	Title         string  `json:"title" doc:"A line, with what it is about."`
	Text          string  `json:"text" doc:"Paragraphs, with an empty line between them."`
}

func (a *API) listNotifications(ctx context.Context, c *call, _ nothing) (Notifications, error) {
	account := c.Params["accountId"]
	limit, err := c.limit()
	if err != nil {
		return Notifications{}, err
	}
	list := fmt.Sprintf("notifications %q", account)
	after, err := a.position(ctx, c, list)
	if err != nil {
		return Notifications{}, err
	}
	notices, next, err := a.Service.Notices(ctx, c.caller, account, manage.Page{After: after, Limit: limit})
	if err != nil {
		return Notifications{}, err
	}
	page := Notifications{Notifications: make([]Notification, len(notices))}
	for n, one := range notices {
		page.Notifications[n] = Notification{
			ID: one.ID, Type: string(one.Type), At: instant(one.At), Title: one.Title, Text: one.Text,
		}
		if one.Integration != "" {
			page.Notifications[n].IntegrationID = &one.Integration
		}
	}
	page.NextCursor, err = a.nextCursor(ctx, list, next)
	return page, err
}
