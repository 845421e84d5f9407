// Package event is a fact as it leaves the system: the documented shape that
// other programs of the deployment's company receive. docs/events has a JSON
// Schema for each type.
package event

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Source is where events say that they are from.
const Source = "private-integrations"

// Version is that of the shape. New members may join within a version; it moves
// when one goes or comes to mean something else.
const Version = 1

// Event tells of one fact. It follows from the fact alone, so that one that is
// sent again is the same to the byte. It holds no secret: of a token the hint.
type Event struct {
	Version     int          `json:"version"`
	ID          string       `json:"id"` // of the fact: what consumers tell repetitions by
	Type        fact.Type    `json:"type"`
	At          Instant      `json:"at"`
	Account     string       `json:"accountId"`
	Integration string       `json:"integrationId,omitempty"` // empty: it is about the account itself
	Seq         int64        `json:"seq"`                     // gap-free for each integration, and for the account itself
	Actor       Actor        `json:"actor"`
	Token       string       `json:"token,omitempty"` // its hint
	Member      *Member      `json:"member,omitempty"`
	Operation   string       `json:"operation,omitempty"`
	Reason      string       `json:"reason,omitempty"`
	Caller      *Caller      `json:"caller,omitempty"`
	Changes     []fact.Delta `json:"changes"` // never null
}

// Actor is who did it; the id "system" is the clock.
type Actor struct {
	ID      string `json:"id"`
	Email   string `json:"email,omitempty"`
	Address string `json:"address,omitempty"`
}

// Member is the person whom it is about.
type Member struct {
	ID    string `json:"id"`
	Email string `json:"email,omitempty"`
}

// Caller is who used a dead token.
type Caller struct {
	Address string  `json:"address,omitempty"`
	Agent   string  `json:"userAgent,omitempty"`
	Known   bool    `json:"knownBefore"`
	At      Instant `json:"at"`
}

// Of is the event of a fact.
func Of(f fact.Fact, format token.Format) Event {
	e := Event{
		Version: Version, ID: f.ID(), Type: f.Type, At: Instant{f.At},
		Account: f.Account, Integration: f.Integration, Seq: f.Seq,
		Actor:     Actor{f.Actor.ID, f.Actor.Email, f.Actor.Address},
		Operation: f.Operation, Reason: f.Reason, Changes: f.Changes,
	}
	if e.Changes == nil {
		e.Changes = []fact.Delta{}
	}
	if f.Token != "" {
		e.Token = format.Hint(f.Token)
	}
	if f.Member != "" {
		e.Member = &Member{f.Member, f.MemberEmail}
	}
	if c := f.Caller; !c.At.IsZero() {
		e.Caller = &Caller{c.Address, c.Agent, c.Known, Instant{c.At}}
	}
	return e
}

// Change finds what happened to a field; nil: nothing.
func (e Event) Change(field string) *fact.Delta {
	for n := range e.Changes {
		if e.Changes[n].Field == field {
			return &e.Changes[n]
		}
	}
	return nil
}

// Parse reads an event. Members that it does not know are of a later program and
// left out.
func Parse(text []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(text, &e); err != nil {
		return Event{}, fmt.Errorf("read an event: %w", err)
	}
	switch {
	case e.Version != Version:
		return Event{}, fmt.Errorf("read event %q: it is of version %d, this program knows %d", e.ID, e.Version, Version)
	case e.ID == "" || e.Type == "" || e.Account == "" || e.At.IsZero():
		return Event{}, fmt.Errorf("read event %q: id, type, accountId or at is missing", e.ID)
	}
	return e, nil
}

// Instant is an instant that is written in RFC 3339, in UTC and with
// milliseconds.
type Instant struct{ time.Time }

// MarshalJSON writes the instant: the one of [time.Time] leaves zeros out.
func (i Instant) MarshalJSON() ([]byte, error) {
	return i.UTC().AppendFormat(nil, `"`+integration.Layout+`"`), nil
}

// Text is the event as JSON.
func (e Event) Text() []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("event %s can't be written: %v", e.ID, err)) // there is nothing in it that can't
	}
	return text
}
