package event

import "github.com/private-integrations/private-integrations/pkg/fact"

// Kind describes a type of event for those who consume it. A type that is not
// among [Kinds] goes out all the same, in the shape that all have.
type Kind struct {
	Type fact.Type
	Says string
	Has  []string // members that it has beside those of every event
}

// Members are those of every event.
var Members = []string{"version", "id", "type", "at", "accountId", "seq", "actor", "changes"}

// of is a member of the events of integrations.
const of = "integrationId"

// Kinds has every type.
var Kinds = []Kind{
	{fact.Created, "An integration was created. `changes` has its name, description and scopes.", []string{of}},
	{fact.Updated, "Its name, description or scopes were changed; its tokens stay.", []string{of}},
	{fact.Deleted, "It was deleted, and its tokens with it.", []string{of}},
	{fact.TokenCreated, "A token was issued. `changes` has its deadline, if it has one.", []string{of, "token"}},
	{fact.TokenEnded, "A token died, for the `reason`: of the clock or of what somebody did.", []string{of, "token", "reason"}},
	{fact.ReuseDetected, "A dead token was used, and refused. At most once an hour and token.", []string{of, "token", "caller"}},
	{fact.RotationStarted, "A grace window was opened: `token` is the old one, which `changes` gives its deadline.", []string{of, "token"}},
	{fact.RotationMoved, "The window's end was moved.", []string{of, "token"}},
	{fact.RotationCancelled, "The window was closed by ending the new token; `token`, the old one, is current again.", []string{of, "token"}},
	{fact.RotationCompleted, "The window was closed by ending the old token.", []string{of, "token"}},
	{fact.RotationUpcoming, "The current token will be so old in 14 days that it should be rotated. `changes` has its age in days.", []string{of, "token"}},
	{fact.RotationDue, "The current token has become so old that it should be rotated; said again every 30 days. `changes` has its age in days.", []string{of, "token"}},
	{fact.RotationEnding, "The window ends within 48 hours, and the old token is in use.", []string{of, "token"}},
	{fact.OldTokenStillUsed, "The window ends within 24 hours, and the old token is still in use.", []string{of, "token"}},
	{fact.ExpirySet, "The current token was given a deadline, or another one.", []string{of, "token"}},
	{fact.ExpiryCleared, "The current token's deadline was taken away.", []string{of, "token"}},
	{fact.ExpiryUpcoming, "The current token expires in 30, 7 or 1 days. `changes` says which, and when.", []string{of, "token"}},
	{fact.IdleWarning, "The current token is not used, and will be ended in 15, 7 or 1 days unless it is. `changes` says in how many, and when: sooner where the schedule came late, and never within a day.", []string{of, "token"}},

	{fact.PermissionChanged, "What a member of the account may do was changed.", []string{"member"}},
	{fact.SettingsChanged, "The account's settings were changed.", nil},
	{fact.LabsSwitched, "The feature was switched on or off for the account. Tokens work in either case.", nil},
	{fact.AccessDenied, "Somebody was denied an operation. At most once a minute, member and operation.", []string{"member", "operation", "reason"}},
}
