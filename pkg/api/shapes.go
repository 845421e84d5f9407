package api

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// Instant is an instant in RFC 3339, in UTC and to the millisecond.
type Instant string

func instant(t time.Time) Instant {
	return Instant(t.UTC().Format(integration.Layout))
}

func instantOrNil(t time.Time) *Instant {
	if t.IsZero() {
		return nil
	}
	i := instant(t)
	return &i
}

// Scopes is the list of scopes.
type Scopes struct {
	Scopes []catalog.Listing `json:"scopes"`
}

// Integration is how a private integration is shown.
type Integration struct {
	ID          string      `json:"id" doc:"Ids sort by the time of creation."`
	AccountID   string      `json:"accountId"`
	Name        string      `json:"name"`
	Description string      `json:"description" doc:"Empty if there is none."`
	Scopes      []string    `json:"scopes" doc:"What its tokens may do, also such as the API has ceased to offer."`
	Status      string      `json:"status" enum:"active,expiring,rotating,expired,inactive,deleted"`
	Version     int64       `json:"version" doc:"Moves with every change; also the ETag."`
	CreatedAt   Instant     `json:"createdAt"`
	CreatedBy   string      `json:"createdBy" doc:"Who created it: the e-mail address, or the subject where the sign-in tells none."`
	UpdatedAt   Instant     `json:"updatedAt"`
	Current     *Token      `json:"current" doc:"The current token, null if none lives."`
	Retiring    *Token      `json:"retiring" doc:"The old token, within the grace window after a rotation; otherwise null."`
	Last        *EndedToken `json:"last" doc:"The newest token that has died, null if none has."`
}

// Token is how a living token is shown.
type Token struct {
	Hint        string   `json:"hint" doc:"Prefix and first characters of the public id."`
	CreatedAt   Instant  `json:"createdAt"`
	CreatedBy   string   `json:"createdBy" doc:"Who had it issued."`
	ExpiresAt   *Instant `json:"expiresAt" doc:"The token is valid strictly before this instant; null: for as long as nobody ends it."`
	FirstUsedAt *Instant `json:"firstUsedAt" doc:"Null: it has never been used."`
	LastUsedAt  *Instant `json:"lastUsedAt" doc:"As far as it is known yet: the last minute may be missing. Null: it has never been used."`
}

// EndedToken is how a dead token is shown.
type EndedToken struct {
	Hint    string  `json:"hint"`
	EndedAt Instant `json:"endedAt"`
	Reason  string  `json:"reason" enum:"expired,grace_ended,rotated,rotation_completed,rotation_cancelled,expired_by_admin,deleted,idle" doc:"Why it died."`
}

// Issued is the answer that shows a token, once.
type Issued struct {
	Integration Integration `json:"integration"`
	Token       *string     `json:"token" doc:"The token; null where the answer to an earlier request is repeated."`
	Replayed    bool        `json:"replayed,omitempty" doc:"True where the answer to an earlier request with the same Idempotency-Key is repeated, as it was then: the integration may have been changed or deleted since."`
}

// Integrations is a page of the list.
type Integrations struct {
	Integrations []Integration `json:"integrations"`
	NextCursor   *string       `json:"nextCursor" doc:"Null: this is the last page."`
}

// Rotation is a grace window.
type Rotation struct {
	Old          UsedToken `json:"old"`
	New          UsedToken `json:"new"`
	RotatedAt    Instant   `json:"rotatedAt"`
	ExpiresAt    Instant   `json:"expiresAt" doc:"When the old token dies."`
	Verdict      string    `json:"verdict" enum:"safe,in_use,new_token_unused" doc:"Whether the old token can be ended: the new one is used, and the old one was silent for quietMinutes."`
	QuietMinutes int       `json:"quietMinutes" doc:"How long the old token has to be silent: a setting of the account."`
	QuietAt      *Instant  `json:"quietAt" doc:"When it will have been, if it is not used again; a minute is allowed for uses that are not written yet. Null: it was never used."`
}

// UsedToken is a token, and what it was used for since the rotation.
type UsedToken struct {
	Token
	Count      int64           `json:"count" doc:"Requests that passed since the rotation."`
	Refused    int64           `json:"refused" doc:"Requests since then that were refused: for the scope, or an unknown route."`
	Operations []UsedOperation `json:"operations" doc:"Most called first."`
	Callers    []UsedCaller    `json:"callers" doc:"Most calls first."`
	Others     OtherUses       `json:"others"`
}

// Events is a page of what happened.
type Events struct {
	Events     []Event `json:"events"`
	NextCursor *string `json:"nextCursor" doc:"Null: this is the last page."`
}

// Event is one thing that happened: what, who, when, from where, and what
// changed by it.
type Event struct {
	ID      string       `json:"id" doc:"The integration's id and the event's number, which counts from 1 without gaps."`
	Type    string       `json:"type" doc:"Such as integration.created, token.ended or rotation.started; expect new ones."`
	At      Instant      `json:"at"`
	Actor   Actor        `json:"actor" doc:"Who did it."`
	Address string       `json:"address,omitempty" doc:"The address that the request came from."`
	Token   string       `json:"token,omitempty" doc:"Hint of the token that it is about."`
	Reason  string       `json:"reason,omitempty" doc:"Why that token died."`
	Caller  *Caller      `json:"caller,omitempty" doc:"Who used the dead token from that address; without an address more had called on that day than are kept by name."`
	Changes []fact.Delta `json:"changes" doc:"The fields that changed; often none."`
}

// Caller is what sent a request with a dead token.
type Caller struct {
	UserAgent   string  `json:"userAgent,omitempty" doc:"The beginning of the header."`
	KnownBefore bool    `json:"knownBefore" doc:"Whether the address had used the token while it lived."`
	At          Instant `json:"at" doc:"When the request came."`
}

// Actor is who did something; the id "system" is the clock.
type Actor struct {
	ID    string `json:"id" doc:"The subject of the sign-in; system where the clock did it."`
	Email string `json:"email,omitempty"`
}

// Lookup is what a token belongs to.
type Lookup struct {
	Integration Integration `json:"integration"`
	Token       LookedUp    `json:"token"`
}

// LookedUp is the token that was asked for.
type LookedUp struct {
	Hint      string   `json:"hint"`
	Active    bool     `json:"active" doc:"Whether the token lives."`
	CreatedAt Instant  `json:"createdAt"`
	EndedAt   *Instant `json:"endedAt" doc:"When it died; null: it lives."`
	Reason    string   `json:"reason,omitempty" doc:"Why it is dead."`
}

// shapes turns what the domain knows into what is shown.
type shapes struct{ format token.Format }

func (s shapes) integration(v manage.View) Integration {
	i := Integration{
		ID: v.ID, AccountID: v.Account, Name: v.Name, Description: v.Description, Scopes: v.Scopes,
		Status: string(v.Status), Version: v.Version,
		CreatedAt: instant(v.CreatedAt), CreatedBy: v.CreatedBy, UpdatedAt: instant(v.UpdatedAt),
	}
	if c := v.Current; c != nil {
		current := s.token(v, *c, c.ExpiresAt)
		i.Current = &current
	}
	if r := v.Retiring; r != nil {
		retiring := s.token(v, r.Token, v.RetiringDeadline())
		i.Retiring = &retiring
	}
	if l := v.Last; l != nil {
		i.Last = &EndedToken{s.format.Hint(l.ID), instant(l.At), string(l.Reason)}
	}
	return i
}

func (s shapes) token(v manage.View, t integration.Token, deadline time.Time) Token {
	return Token{
		Hint: s.format.Hint(t.ID), CreatedAt: instant(t.CreatedAt), CreatedBy: t.CreatedBy,
		ExpiresAt:   instantOrNil(deadline),
		FirstUsedAt: instantOrNil(v.FirstUses[t.ID]), LastUsedAt: instantOrNil(v.LastUses[t.ID]),
	}
}

func (s shapes) usedToken(v manage.View, t integration.Token, deadline time.Time, r usage.Report) UsedToken {
	return UsedToken{
		Token: s.token(v, t, deadline), Count: r.Count, Refused: r.Refused,
		Operations: operationsOf(r), Callers: callersOf(r.Callers), Others: OtherUses(r.Others),
	}
}

func (s shapes) event(f fact.Fact) Event {
	e := Event{
		ID: f.ID(), Type: string(f.Type), At: instant(f.At), Actor: Actor{f.Actor.ID, f.Actor.Email},
		Address: f.Actor.Address, Reason: f.Reason, Changes: f.Changes,
	}
	if f.Token != "" {
		e.Token = s.format.Hint(f.Token)
	}
	if e.Changes == nil {
		e.Changes = []fact.Delta{}
	}
	if c := f.Caller; !c.At.IsZero() {
		e.Address, e.Caller = c.Address, &Caller{c.Agent, c.Known, instant(c.At)}
	}
	return e
}
