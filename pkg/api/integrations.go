package api

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

// NewIntegration is the body that creates one.
type NewIntegration struct {
	Name        string                         `json:"name" minLength:"1" maxLength:"100"`
	Description string                         `json:"description,omitempty" maxLength:"500"`
	Scopes      []string                       `json:"scopes" minItems:"1" uniqueItems:"true" doc:"Names from the list of scopes."`
	ExpiresAt   strictjson.Optional[time.Time] `json:"expiresAt,omitzero" doc:"The token's deadline; none if it is left out or null."`
}

// EditIntegration is the body that changes one; what is left out stays.
type EditIntegration struct {
	Name        strictjson.Optional[string]   `json:"name,omitzero" nullable:"false" minLength:"1" maxLength:"100"`
	Description strictjson.Optional[string]   `json:"description,omitzero" nullable:"false" maxLength:"500"`
	Scopes      strictjson.Optional[[]string] `json:"scopes,omitzero" nullable:"false" minItems:"1" uniqueItems:"true" doc:"All that it is to hold, not only new ones."`
}

func (in EditIntegration) edit() (integration.Edit, error) {
	invalid := &integration.Invalid{}
	return integration.Edit{
		Name:        given(invalid, "name", in.Name),
		Description: given(invalid, "description", in.Description),
		Scopes:      given(invalid, "scopes", in.Scopes),
	}, invalid.Err()
}

// LookupToken is the body that asks for a token's integration.
type LookupToken struct {
	Token string `json:"token" doc:"The whole token, without Bearer before it."`
}

func (i Integration) header(*call) map[string]string {
	return map[string]string{"ETag": etag(i.Version)}
}

func (i Issued) header(c *call) map[string]string {
	header := i.Integration.header(c)
	if c.operation.ID == "create-integration" {
		header["Location"] = c.Path + "/" + i.Integration.ID
	}
	return header
}

func (a *API) shapes() shapes { return shapes{a.Format} }

func (a *API) shown(v manage.View, err error) (Integration, error) {
	if err != nil {
		return Integration{}, err
	}
	return a.shapes().integration(v), nil
}

func (a *API) issued(i manage.Issued, err error) (Issued, error) {
	if err != nil {
		return Issued{}, err
	}
	out := Issued{Integration: a.shapes().integration(i.View), Replayed: i.Replayed}
	if i.Token != nil {
		text := i.Token.Reveal()
		out.Token = &text
	}
	return out, nil
}

func (a *API) listScopes(context.Context, *call, nothing) (Scopes, error) {
	return Scopes{a.Catalog.Listing()}, nil
}

func (a *API) listIntegrations(ctx context.Context, c *call, _ nothing) (Integrations, error) {
	account := c.Params["accountId"]
	limit, err := c.limit()
	if err != nil {
		return Integrations{}, err
	}
	filter, err := c.filter()
	if err != nil {
		return Integrations{}, err
	}
	list := fmt.Sprintf("integrations %q %q %q", account, filter.Query, filter.Status)
	after, err := a.position(ctx, c, list)
	if err != nil {
		return Integrations{}, err
	}
	views, next, err := a.Service.List(ctx, c.caller, account, filter, manage.Page{After: after, Limit: limit})
	if err != nil {
		return Integrations{}, err
	}
	page := Integrations{Integrations: make([]Integration, len(views))}
	for n, v := range views {
		page.Integrations[n] = a.shapes().integration(v)
	}
	page.NextCursor, err = a.nextCursor(ctx, list, next)
	return page, err
}

func (a *API) createIntegration(ctx context.Context, c *call, in NewIntegration) (Issued, error) {
	once, err := c.once(in)
	if err != nil {
		return Issued{}, err
	}
	invalid := &integration.Invalid{}
	n := integration.New{
		Account: c.Params["accountId"], Name: in.Name, Description: in.Description, Scopes: in.Scopes,
		ExpiresAt: deadline(invalid, "expiresAt", in.ExpiresAt),
	}
	if err := invalid.Err(); err != nil {
		return Issued{}, err
	}
	return a.issued(a.Service.Create(ctx, c.caller, n, once))
}

func (a *API) getIntegration(ctx context.Context, c *call, _ nothing) (Integration, error) {
	return a.shown(a.Service.Get(ctx, c.caller, c.Params["accountId"], c.Params["integrationId"]))
}

func (a *API) editIntegration(ctx context.Context, c *call, in EditIntegration) (Integration, error) {
	t, err := c.target()
	if err != nil {
		return Integration{}, err
	}
	e, err := in.edit()
	if err != nil {
		return Integration{}, err
	}
	return a.shown(a.Service.Edit(ctx, c.caller, t, e))
}

func (a *API) deleteIntegration(ctx context.Context, c *call, _ nothing) (nothing, error) {
	t, err := c.target()
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.Service.Delete(ctx, c.caller, t)
}

func (a *API) listEvents(ctx context.Context, c *call, _ nothing) (Events, error) {
	account, id := c.Params["accountId"], c.Params["integrationId"]
	limit, err := c.limit()
	if err != nil {
		return Events{}, err
	}
	list := fmt.Sprintf("events %q %q", account, id)
	position, err := a.position(ctx, c, list)
	if err != nil {
		return Events{}, err
	}
	var before int64
	if position != "" {
		if before, err = strconv.ParseInt(position, 10, 64); err != nil {
			return Events{}, fmt.Errorf("a sealed cursor: %w", err)
		}
	}
	facts, err := a.Service.Events(ctx, c.caller, account, id, before, limit)
	if err != nil {
		return Events{}, err
	}
	page := Events{Events: make([]Event, len(facts))}
	for n, f := range facts {
		page.Events[n] = a.shapes().event(f)
	}
	// Facts are numbered from 1 without gaps.
	if n := len(facts); n > 0 && facts[n-1].Seq > 1 {
		page.NextCursor, err = a.nextCursor(ctx, list, strconv.FormatInt(facts[n-1].Seq, 10))
	}
	return page, err
}

func (a *API) lookupToken(ctx context.Context, c *call, in LookupToken) (Lookup, error) {
	found, err := a.Service.Lookup(ctx, c.caller, c.Params["accountId"], in.Token)
	if err != nil {
		return Lookup{}, err
	}
	out := Lookup{
		Integration: a.shapes().integration(found.View),
		Token: LookedUp{
			Hint: a.Format.Hint(found.Credential.ID), Active: found.Ended == nil,
			CreatedAt: instant(found.Credential.CreatedAt),
		},
	}
	if e := found.Ended; e != nil {
		out.Token.EndedAt, out.Token.Reason = instantOrNil(e.At), string(e.Reason)
	}
	return out, nil
}
