package api

import (
	"context"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

// Members are the people of an account.
type Members struct {
	Members []Member `json:"members" doc:"By e-mail address. People are known from their first sign-in or call on."`
}

// Member is somebody in an account, and what they may do.
type Member struct {
	UserID      string      `json:"userId" doc:"Made of the sign-in's issuer and subject."`
	Email       string      `json:"email" doc:"Empty where the sign-in tells none."`
	Role        string      `json:"role" enum:"admin,staff" doc:"As of their last sign-in or call."`
	Permissions Permissions `json:"permissions"`
}

// Permissions are what somebody may do.
type Permissions struct {
	PrivateIntegrations string `json:"privateIntegrations" enum:"none,view,manage" doc:"With the integrations of the account. Admins may manage and staff nothing until it is set."`
}

// EditPermissions is the body that sets what somebody may do.
type EditPermissions struct {
	PrivateIntegrations string `json:"privateIntegrations" enum:"none,view,manage"`
}

// Settings are those of an account.
type Settings struct {
	Labs         Labs     `json:"labs"`
	GraceHours   int      `json:"graceHours" doc:"Length of the grace window of a rotation that names none."`
	ReminderDays int      `json:"reminderDays" doc:"Age of a token at which its rotation is due."`
	QuietMinutes int      `json:"quietMinutes" doc:"How long an old token has to be silent to count as no longer used."`
	IdleDays     int      `json:"idleDays" doc:"How long a token may be silent before it is ended; 0: for ever."`
	Operator     Operator `json:"operator"`

	version int64
}

func (s Settings) header(*call) map[string]string { return map[string]string{"ETag": etag(s.version)} }

// Labs are features that an account can switch off.
type Labs struct {
	PrivateIntegrations bool `json:"privateIntegrations" doc:"Off: integrations can't be seen or managed, and their tokens go on working."`
}

// Operator is what the deployment sets for all accounts.
type Operator struct {
	MaxIntegrations int    `json:"maxIntegrations" doc:"How many integrations an account may have."`
	TokenPrefix     string `json:"tokenPrefix" doc:"What its tokens begin with."`
}

// EditSettings is the body that changes settings; what is left out stays.
type EditSettings struct {
	Labs         EditLabs                 `json:"labs,omitzero"`
	GraceHours   strictjson.Optional[int] `json:"graceHours,omitzero" nullable:"false" minimum:"1" maximum:"720"`
	ReminderDays strictjson.Optional[int] `json:"reminderDays,omitzero" nullable:"false" minimum:"30" maximum:"365"`
	QuietMinutes strictjson.Optional[int] `json:"quietMinutes,omitzero" nullable:"false" minimum:"2" maximum:"43200"`
	IdleDays     strictjson.Optional[int] `json:"idleDays,omitzero" nullable:"false" minimum:"0" maximum:"730" doc:"0, or at least 30."`
	Operator     EditOperator             `json:"operator,omitzero"`
}

// EditLabs is the part of a body that switches features.
type EditLabs struct {
	PrivateIntegrations strictjson.Optional[bool] `json:"privateIntegrations,omitzero" nullable:"false"`
}

// EditOperator takes what the operator sets back as it was read, so that
// settings can be read, edited and sent.
type EditOperator struct {
	MaxIntegrations strictjson.Optional[int]    `json:"maxIntegrations,omitzero" nullable:"false" doc:"As it was read: it can't be changed here."`
	TokenPrefix     strictjson.Optional[string] `json:"tokenPrefix,omitzero" nullable:"false" doc:"As it was read: it can't be changed here."`
}

// given is the value of an optional member that must not be null, which could be
// taken for "leave it" and for "remove it"; nil where it is left out.
func given[T any](invalid *integration.Invalid, field string, o strictjson.Optional[T]) *T {
	if o.Set && o.Value == nil {
		invalid.Add(field, "must not be null")
	}
	return o.Value
}

// farBeyond is more than any setting may be, and few enough days to be a
// Duration.
const farBeyond = 100_000

// lasting reads a length of time that is given as a number of units.
func lasting(invalid *integration.Invalid, field string, o strictjson.Optional[int], unit time.Duration) *time.Duration {
	n := given(invalid, field, o)
	if n == nil {
		return nil
	}
	d := time.Duration(max(-1, min(*n, farBeyond))) * unit
	return &d
}

// unchanged holds that what the operator sets is sent back as it is.
func unchanged[T comparable](invalid *integration.Invalid, field string, o strictjson.Optional[T], is T) {
	if v := given(invalid, field, o); v != nil && *v != is {
		invalid.Add(field, "is set by the operator and can't be changed here")
	}
}

const day = 24 * time.Hour

func (in EditSettings) edit(o Operator) (account.Edit, error) {
	invalid := &integration.Invalid{}
	e := account.Edit{
		PrivateIntegrations: given(invalid, "labs.privateIntegrations", in.Labs.PrivateIntegrations),
		Grace:               lasting(invalid, "graceHours", in.GraceHours, time.Hour),
		ReminderAge:         lasting(invalid, "reminderDays", in.ReminderDays, day),
		QuietFor:            lasting(invalid, "quietMinutes", in.QuietMinutes, time.Minute),
		IdleAfter:           lasting(invalid, "idleDays", in.IdleDays, day),
	}
	unchanged(invalid, "operator.maxIntegrations", in.Operator.MaxIntegrations, o.MaxIntegrations)
	unchanged(invalid, "operator.tokenPrefix", in.Operator.TokenPrefix, o.TokenPrefix)
	return e, invalid.Err()
}

func (a *API) operator() Operator { return Operator{a.Service.Max, a.Format.Prefix()} }

func (a *API) settings(of account.Account, err error) (Settings, error) {
	if err != nil {
		return Settings{}, err
	}
	return Settings{
		Labs:         Labs{of.PrivateIntegrations},
		GraceHours:   int(of.Grace / time.Hour),
		ReminderDays: int(of.ReminderAge / day),
		QuietMinutes: int(of.QuietFor / time.Minute),
		IdleDays:     int(of.IdleAfter / day),
		Operator:     a.operator(),
		version:      of.Version,
	}, nil
}

func (a *API) getSettings(ctx context.Context, c *call, _ nothing) (Settings, error) {
	return a.settings(a.Service.Settings(ctx, c.caller, c.Params["accountId"]))
}

func (a *API) setSettings(ctx context.Context, c *call, in EditSettings) (Settings, error) {
	versions, err := c.versions()
	if err != nil {
		return Settings{}, err
	}
	e, err := in.edit(a.operator())
	if err != nil {
		return Settings{}, err
	}
	return a.settings(a.Service.SetSettings(ctx, c.caller, c.Params["accountId"], versions, e))
}

func member(m account.Member) Member {
	return Member{UserID: m.ID, Email: m.Email, Role: string(m.Role), Permissions: Permissions{string(m.Permission())}}
}

func (a *API) listMembers(ctx context.Context, c *call, _ nothing) (Members, error) {
	members, err := a.Service.Members(ctx, c.caller, c.Params["accountId"])
	if err != nil {
		return Members{}, err
	}
	all := Members{Members: make([]Member, len(members))}
	for n, m := range members {
		all.Members[n] = member(m)
	}
	return all, nil
}

func (a *API) setPermission(ctx context.Context, c *call, in EditPermissions) (Member, error) {
	m, err := a.Service.SetPermission(ctx, c.caller, c.Params["accountId"], c.Params["userId"], account.Permission(in.PrivateIntegrations))
	if err != nil {
		return Member{}, err
	}
	return member(m), nil
}
