package describe

import (
	"bytes"
	_ "embed" // for the page about events
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/notice"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Where the documents of events lie, from the root of the project.
const (
	eventPages   = "docs/events"
	eventSamples = "events/out"
)

//go:embed events.md
var eventsPage string

// Events has the documents of all types of events, by their path from the
// project's root: a page, a JSON Schema of each type's detail, and a sample of
// each as EventBridge hands it over.
func Events() (map[string][]byte, error) {
	files := map[string][]byte{eventPages + "/README.md": eventPage()}
	for _, k := range event.Kinds {
		schema, err := indented(schemaOfEvent(k))
		if err != nil {
			return nil, err
		}
		files[path.Join(eventPages, string(k.Type)+".schema.json")] = schema
		sample, err := indented(envelope(SampleEvent(k.Type)))
		if err != nil {
			return nil, err
		}
		files[path.Join(eventSamples, string(k.Type)+".json")] = sample
	}
	return files, nil
}

func indented(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(value)
	return b.Bytes(), err
}

func eventPage() []byte {
	var rows strings.Builder
	told := notice.Types()
	for _, k := range event.Kinds {
		tells := ""
		if slices.Contains(told, k.Type) {
			tells = "yes"
		}
		fmt.Fprintf(&rows, "| [`%s`](%s.schema.json) | %s | [sample](../../%s/%s.json) | %s |\n", k.Type, k.Type, k.Says, eventSamples, k.Type, tells)
	}
	return []byte(strings.Replace(eventsPage, "{{rows}}\n", rows.String(), 1))
}

// members describes what events are made of. A schema lets others pass, which a
// later version of this program may add.
var members = map[string]any{
	"version":       map[string]any{"const": event.Version, "description": "Of this shape. New members may join within a version."},
	"id":            textSchema("That of the fact: the same whenever the event is sent again."),
	"at":            instantSchema("When it happened."),
	"accountId":     textSchema("Whose it is."),
	"integrationId": textSchema("What it is about; absent: the account itself."),
	"seq":           map[string]any{"type": "integer", "minimum": 1, "description": "Counts the events of an integration, and those of an account itself, without gaps."},
	"token":         textSchema("Prefix and first characters of the public id of the token that it is about."),
	"operation":     textSchema("What was denied."),
	"reason":        textSchema("Why the token died, or why the operation was denied."),
	"actor": objectSchema("Who did it; the id `system` is the clock.", []string{"id"}, map[string]any{
		"id": textSchema("The subject of the sign-in."), "email": textSchema("As the sign-in tells it."), "address": textSchema("From where."),
	}),
	"member": objectSchema("The person whom it is about.", []string{"id"}, map[string]any{
		"id": textSchema("Of the member, within the management API."), "email": textSchema("As their sign-in told it."),
	}),
	"caller": objectSchema("Who used the dead token.", []string{"knownBefore", "at"}, map[string]any{
		"address": textSchema("Of the caller."), "userAgent": textSchema("The beginning of the header."), "at": instantSchema("When."),
		"knownBefore": map[string]any{"type": "boolean", "description": "Whether that address had used the token while it lived."},
	}),
	"changes": map[string]any{
		"type": "array", "description": "The fields that changed; often none.",
		"items": objectSchema("A side that is absent was empty.", []string{"field"}, map[string]any{
			"field": textSchema("As the management API names it."), "from": textSchema("Before."), "to": textSchema("After."),
		}),
	},
}

func textSchema(description string) map[string]any {
	return map[string]any{"type": "string", "minLength": 1, "description": description}
}

func instantSchema(description string) map[string]any {
	return map[string]any{
		"type": "string", "format": "date-time", "pattern": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`, "description": description,
	}
}

func objectSchema(description string, required []string, properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "description": description, "required": required, "properties": properties}
}

func schemaOfEvent(k event.Kind) map[string]any {
	has := slices.Concat(event.Members, k.Has)
	properties := map[string]any{}
	for _, name := range has {
		properties[name] = members[name]
	}
	properties["type"] = map[string]any{"const": k.Type}
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   k.Type, "description": k.Says,
		"type": "object", "required": has, "properties": properties,
	}
}

// envelope is what EventBridge makes of an event.
func envelope(e event.Event) any {
	return struct {
		Version    string      `json:"version"`
		ID         string      `json:"id"`
		DetailType fact.Type   `json:"detail-type"`
		Source     string      `json:"source"`
		Account    string      `json:"account"`
		Time       string      `json:"time"`
		Region     string      `json:"region"`
		Resources  []string    `json:"resources"`
		Detail     event.Event `json:"detail"`
	}{"0", "d32c5e00-34a7-4ba3-a4f3-0000000000e0", e.Type, event.Source, "123456789012", e.At.Format(time.RFC3339), "eu-central-1", []string{}, e}
}

// SampleEvent is a sample of a type.
func SampleEvent(of fact.Type) event.Event {
	f, found := factSamples[of]
	if !found {
		panic("describe: no sample of the event " + of)
	}
	at, err := time.Parse(time.RFC3339, string(rotated))
	if err != nil {
		panic(err)
	}
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		panic(err)
	}
	f.Account, f.Type, f.At = account, of, at
	if f.Type == fact.ReuseDetected {
		f.Caller.At = at
	}
	if f.Actor.ID == "" {
		f.Actor = fact.Actor{ID: admin, Email: admin, Address: "192.0.2.1"}
	}
	if f.Member == "" && of != fact.LabsSwitched && of != fact.SettingsChanged {
		f.Integration = integrationID
	}
	return event.Of(f, format)
}

const (
	newID token.ID = "EXAMPLE000000000000000"
	oldID token.ID = "SAMPLE0000000000000000"
)

func deadline(from, to string) []fact.Delta {
	return []fact.Delta{{Field: "expiresAt", From: from, To: to}}
}

// factSamples has a fact of each type, without what all have in common.
var factSamples = map[fact.Type]fact.Fact{
	fact.Created: {Seq: 1, Changes: []fact.Delta{
		{Field: "name", To: "Nightly export"}, {Field: "description", To: "Copies contacts to the warehouse"},
		{Field: "scopes", To: "contacts.readonly"},
	}},
	fact.Updated:           {Seq: 3, Changes: []fact.Delta{{Field: "scopes", From: "contacts.readonly", To: "contacts.readonly contacts.write"}}},
	fact.Deleted:           {Seq: 12},
	fact.TokenCreated:      {Seq: 2, Token: newID, Changes: deadline("", string(later))},
	fact.TokenEnded:        {Seq: 9, Token: oldID, Reason: string(integration.ReasonGrace), Actor: fact.System},
	fact.ReuseDetected:     {Seq: 10, Token: oldID, Actor: fact.System, Caller: fact.Caller{Address: "198.51.100.7", Agent: "python-requests/2.32"}},
	fact.RotationStarted:   {Seq: 5, Token: oldID, Changes: deadline("", string(ends))},
	fact.RotationMoved:     {Seq: 6, Token: oldID, Changes: deadline(string(ends), string(later))},
	fact.RotationCancelled: {Seq: 7, Token: oldID, Changes: deadline(string(ends), "")},
	fact.RotationCompleted: {Seq: 7, Token: oldID},
	fact.RotationUpcoming:  {Seq: 3, Token: oldID, Actor: fact.System, Changes: []fact.Delta{{Field: "tokenAgeDays", To: "76"}}},
	fact.RotationDue:       {Seq: 4, Token: oldID, Actor: fact.System, Changes: []fact.Delta{{Field: "tokenAgeDays", To: "90"}}},
	fact.RotationEnding:    {Seq: 7, Token: oldID, Actor: fact.System, Changes: comes("endsInHours", "48")},
	fact.OldTokenStillUsed: {Seq: 8, Token: oldID, Actor: fact.System, Changes: comes("endsInHours", "24")},
	fact.ExpiryUpcoming:    {Seq: 4, Token: newID, Actor: fact.System, Changes: comes("expiresInDays", "7")},
	fact.IdleWarning:       {Seq: 4, Token: newID, Actor: fact.System, Changes: comes("endsInDays", "7")},
	fact.ExpirySet:         {Seq: 3, Token: newID, Changes: deadline("", string(later))},
	fact.ExpiryCleared:     {Seq: 4, Token: newID, Changes: deadline(string(later), "")},
	fact.PermissionChanged: {
		Seq: 1, Member: "k3qzn7x2v5c4j6h8m9p0r1t2w3", MemberEmail: "staff@acme.test",
		Changes: []fact.Delta{{Field: "privateIntegrations", From: "none", To: "view"}},
	},
	fact.SettingsChanged: {Seq: 2, Changes: []fact.Delta{{Field: "graceHours", From: "168", To: "48"}}},
	fact.LabsSwitched:    {Seq: 3, Changes: []fact.Delta{{Field: "labs.privateIntegrations", From: "true", To: "false"}}},
	fact.AccessDenied: {
		Seq: 4, Actor: fact.Actor{ID: "staff@acme.test", Email: "staff@acme.test", Address: "192.0.2.2"},
		Member: "k3qzn7x2v5c4j6h8m9p0r1t2w3", MemberEmail: "staff@acme.test", Operation: "rotate-token", Reason: "forbidden",
	},
}

// comes is what facts say of what is to come.
func comes(field, threshold string) []fact.Delta {
	return append([]fact.Delta{{Field: field, To: threshold}}, deadline("", string(ends))...)
}
