package describe

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// What the samples are about. The tokens could not be real: their checksums are
// wrong.
const (
	account       = "acme"
	integrationID = "01KAN2W8QG7T5Y9C3ZB4D6EXMP"
	admin         = "admin@acme.test"
	staff         = "staff@acme.test"
	userID        = "k2x7ehzw3qfml5r4ttovd6qexa"

	exampleToken = "pit_EXAMPLE000000000000000_EXAMPLE000000000000000000000000000000000000EXAMPL"
	newHint      = "pit_EXAMPL"
	oldHint      = "pit_SAMPLE"

	created api.Instant = "2027-01-04T09:30:00.000Z"
	rotated api.Instant = "2027-03-01T08:00:00.000Z"
	ends    api.Instant = "2027-03-08T08:00:00.000Z"
	lastUse api.Instant = "2027-03-01T08:59:12.345Z"
	quiet   api.Instant = "2027-03-02T09:00:12.345Z" // a day and a minute later
	later   api.Instant = "2027-06-30T22:00:00.000Z"
)

// sample is how an operation is shown: bodies by what they are for, what the
// answer is in words, and answers.
type sample struct {
	requests map[string]*huma.Example
	answer   string
	answers  map[string]*huma.Example
}

func sampleOf(o api.Operation) sample {
	s, found := samples[o.ID]
	if !found {
		panic("describe: no sample of " + o.ID)
	}
	return s
}

func request(summary, body string) *huma.Example {
	return &huma.Example{Summary: summary, Value: json.RawMessage(body)}
}

func answer(summary string, value any) *huma.Example {
	return &huma.Example{Summary: summary, Value: value}
}

type examples = map[string]*huma.Example

var samples = map[string]sample{
	"list-scopes": {
		answer: "The scopes, by name.",
		answers: examples{"scopes": answer("A catalogue with one scope", api.Scopes{Scopes: []catalog.Listing{{
			Name: "contacts.readonly", Group: "contacts", Access: "readonly", Description: "Read contacts",
			Operations: []catalog.ListedOperation{{Method: "GET", Path: "/contacts/{contactId}", Summary: "Read a contact"}},
		}}})},
	},
	"list-integrations": {
		answer: "A page of the list.",
		answers: examples{"page": answer("The last page", api.Integrations{
			Integrations: []api.Integration{active()},
		})},
	},
	"create-integration": {
		requests: examples{
			"create":  request("Without a deadline", `{"name": "Nightly export", "description": "Copies contacts to the warehouse", "scopes": ["contacts.readonly"]}`),
			"expires": request("With a deadline", `{"name": "Trial of a partner", "scopes": ["contacts.readonly"], "expiresAt": "2027-06-30T22:00:00Z"}`),
		},
		answer:  "The new integration and its token.",
		answers: issued(active()),
	},
	"get-integration": {answer: "The integration.", answers: examples{
		"active":   answer("With one token", active()),
		"rotating": answer("Within a grace window", rotating()),
	}},
	"edit-integration": {
		requests: examples{"scopes": request("Grant one more scope", `{"scopes": ["contacts.readonly", "contacts.write"]}`)},
		answer:   "The integration as it now stands.",
		answers:  examples{"edited": answer("With one more scope", edited())},
	},
	"list-members": {
		answer: "The people of the account.",
		answers: examples{"members": answer("An admin, and one of the staff who may look", api.Members{Members: []api.Member{
			{UserID: "q5m2o7cvnw4zj3ykd6a7lfexam", Email: admin, Role: "admin", Permissions: api.Permissions{PrivateIntegrations: "manage"}},
			viewer(),
		}})},
	},
	"set-permission": {
		requests: examples{"view": request("Let somebody look", `{"privateIntegrations": "view"}`)},
		answer:   "The member as they now stand.",
		answers:  examples{"viewer": answer("They may look", viewer())},
	},
	"get-settings": {answer: "The settings.", answers: examples{"settings": answer("As they are at first", settings(168))}},
	"set-settings": {
		requests: examples{
			"grace": request("A day of grace instead of a week", `{"graceHours": 24}`),
			"off":   request("Switch the feature off", `{"labs": {"privateIntegrations": false}}`),
		},
		answer:  "The settings as they now stand.",
		answers: examples{"settings": answer("With another grace", settings(24))},
	},
	"delete-integration": {answer: "It is deleted."},
	"list-events": {
		answer:  "A page of events.",
		answers: examples{"page": answer("The newest event", events())},
	},
	"list-notifications": {
		answer: "A page of the list.",
		answers: examples{"page": answer("The last page", api.Notifications{Notifications: []api.Notification{{
			ID: integrationID + ".4", Type: "rotation.due", At: rotated, IntegrationID: new(integrationID),
			Title: "Time to rotate the token of “Nightly export”",
			Text:  "The token " + oldHint + " of “Nightly export” has been in use for a long time.",
		}}})},
	},
	"list-audit": {
		answer:  "A page of the audit.",
		answers: examples{"page": answer("The newest entries", audit())},
	},
	"rotate-token": {
		requests: examples{
			"later": request("Both tokens work for a week", `{"expireOld": "later", "graceHours": 168}`),
			"now":   request("The old token dies at once", `{"expireOld": "now"}`),
		},
		answer:  "The integration as it now stands, and its new token.",
		answers: issued(rotating()),
	},
	"get-rotation": {
		answer:  "The grace window.",
		answers: examples{"rotation": answer("A week in which both tokens work", window())},
	},
	"move-rotation": {
		requests: examples{"move": request("End the window on another day", `{"expiresAt": "2027-03-08T08:00:00Z"}`)},
		answer:   "The integration as it now stands.",
		answers:  examples{"rotating": answer("With the window's new end", rotating())},
	},
	"cancel-rotation": {
		requests: examples{
			"cancel": request("Unless the new token has been used", `{}`),
			"force":  request("In any case", `{"force": true}`),
		},
		answer:  "The integration as it now stands.",
		answers: examples{"cancelled": answer("The old token is current again", ended(newHint, "rotation_cancelled", oldToken(nil)))},
	},
	"complete-rotation": {
		requests: examples{"complete": request("There is nothing to say", `{}`)},
		answer:   "The integration as it now stands.",
		answers:  examples{"completed": answer("The new token alone", ended(oldHint, "rotation_completed", newToken()))},
	},
	"expire-tokens": {
		requests: examples{
			"now":   request("End every token now", `{}`),
			"later": request("Set the current token's deadline", `{"at": "2027-06-30T22:00:00Z"}`),
		},
		answer:  "The integration as it now stands.",
		answers: examples{"expiring": answer("With a deadline", expiring())},
	},
	"clear-expiry": {
		answer:  "The integration as it now stands.",
		answers: examples{"active": answer("Without a deadline", active())},
	},
	"lookup-token": {
		requests: examples{"lookup": request("A token that has turned up", `{"token": "`+exampleToken+`"}`)},
		answer:   "What the token belongs to.",
		answers: examples{"found": answer("It lives", api.Lookup{
			Integration: active(), Token: api.LookedUp{Hint: newHint, Active: true, CreatedAt: created},
		})},
	},
}

func newToken() api.Token {
	return api.Token{Hint: newHint, CreatedAt: rotated, CreatedBy: admin}
}

func oldToken(expiresAt *api.Instant) api.Token {
	return api.Token{Hint: oldHint, CreatedAt: created, CreatedBy: admin, ExpiresAt: expiresAt, FirstUsedAt: new(created), LastUsedAt: new(lastUse)}
}

// active is an integration with one token.
func active() api.Integration {
	return api.Integration{
		ID: integrationID, AccountID: account, Name: "Nightly export", Description: "Copies contacts to the warehouse",
		Scopes: []string{"contacts.readonly"}, Status: string(integration.StatusActive), Version: 1,
		CreatedAt: created, CreatedBy: admin, UpdatedAt: created,
		Current: &api.Token{Hint: newHint, CreatedAt: created, CreatedBy: admin},
	}
}

func viewer() api.Member {
	return api.Member{UserID: userID, Email: staff, Role: "staff", Permissions: api.Permissions{PrivateIntegrations: "view"}}
}

func settings(graceHours int) api.Settings {
	return api.Settings{
		Labs: api.Labs{PrivateIntegrations: true}, GraceHours: graceHours, ReminderDays: 90, QuietMinutes: 1440,
		Operator: api.Operator{MaxIntegrations: 100, TokenPrefix: "pit"},
	}
}

func edited() api.Integration {
	i := active()
	i.Scopes = []string{"contacts.readonly", "contacts.write"}
	i.Version, i.UpdatedAt = 2, rotated
	return i
}

func expiring() api.Integration {
	i := active()
	i.Current.ExpiresAt = new(later)
	i.Version, i.UpdatedAt = 2, rotated
	return i
}

// rotating is the integration within a grace window.
func rotating() api.Integration {
	i := active()
	i.Status, i.Version, i.UpdatedAt = string(integration.StatusRotating), 2, rotated
	i.Current, i.Retiring = new(newToken()), new(oldToken(new(ends)))
	return i
}

// ended is the integration after the window, with the token that is left.
func ended(hint, reason string, left api.Token) api.Integration {
	i := rotating()
	i.Status, i.Version = string(integration.StatusActive), 3
	i.Current, i.Retiring = &left, nil
	i.Last = &api.EndedToken{Hint: hint, EndedAt: rotated, Reason: reason}
	return i
}

// issued are the answers that issue a token: the first, and a repeated one.
func issued(i api.Integration) examples {
	return examples{
		"issued":   answer("The token, this once", api.Issued{Integration: i, Token: new(exampleToken)}),
		"replayed": answer("To a repeated request with the same Idempotency-Key", api.Issued{Integration: i, Replayed: true}),
	}
}

func events() api.Events {
	return api.Events{Events: []api.Event{{
		ID: integrationID + ".4", Type: string(fact.RotationStarted), At: rotated,
		Actor: api.Actor{ID: "5f0c9a4e", Email: admin}, Address: "203.0.113.7", Token: oldHint,
		Changes: []fact.Delta{{Field: "expiresAt", To: string(ends)}},
	}}, NextCursor: new("EXAMPLEcursor")}
}

func audit() api.Audit {
	started := events().Events[0]
	return api.Audit{Entries: []api.AuditEntry{
		{
			ID: "account:" + account + ".2", Type: string(fact.AccessDenied), At: later,
			Actor: api.Actor{ID: "7c1d2e3f", Email: staff}, Address: "203.0.113.9", Member: &api.Person{ID: userID, Email: staff},
			Operation: "rotate-token", Count: 3, Reason: "forbidden", Changes: []fact.Delta{},
			Prev: hashOf(1), Hash: hashOf(2),
		},
		{
			ID: started.ID, Type: started.Type, At: started.At, IntegrationID: new(integrationID), IntegrationName: new("Nightly export"),
			Actor: started.Actor, Address: started.Address, Token: started.Token, TokenID: string(oldID), Changes: started.Changes,
			Prev: hashOf(3), Hash: hashOf(4),
		},
	}, NextCursor: new("EXAMPLEcursor")}
}

// hashOf makes up a hash.
func hashOf(n int64) string { return string(fact.Link("", fact.Fact{Seq: n}).Hash) }
