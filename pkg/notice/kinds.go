package notice

import (
	"text/template"
	"time"

	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
)

// kind is a type of event that people are told of.
type kind struct {
	of          fact.Type
	only        func(event.Event) bool // which of that type; nil: each
	title, text *template.Template
	link        Link // of what is about the account itself
}

// kinds has all of which people are told, with the reason why. A new one needs
// its words and no more.
//
// Left out is what a person has just done and seen done (creating, editing,
// rotating, cancelling, ending, deleting, settings), and denials, which anybody
// in the account could make by the hundred.
var kinds = []kind{
	// It asks for something to be done, and nothing else does.
	{of: fact.RotationDue,
		title: words(`Time to rotate the token of “{{.Name}}”`),
		text: words(`The token {{.Token}} of “{{.Name}}” has been in use for a long time. The longer a token is out, the more places it may have been copied to.

Rotate it, and let the old token expire later: your program keeps working until you have given it the new one.`)},

	{of: fact.RotationUpcoming,
		title: words(`The token of “{{.Name}}” should be rotated soon`),
		text: words(`The token {{.Token}} of “{{.Name}}” is {{with .Change "tokenAgeDays"}}{{.To}} days{{end}} old and should be rotated within the next two weeks.

Rotate it, and let the old token expire later: your program keeps working until you have given it the new one.`)},

	// A program stops if nobody does anything.
	{of: fact.RotationEnding, title: words(`The old token of “{{.Name}}” is still in use`), text: ending},
	{of: fact.OldTokenStillUsed, title: words(`The old token of “{{.Name}}” stops within a day, and is still in use`), text: ending},
	{of: fact.ExpiryUpcoming,
		title: words(`A token of “{{.Name}}” expires on {{with .Change "expiresAt"}}{{instant .To}}{{end}}`),
		text: words(`The token {{.Token}} of “{{.Name}}” expires on {{with .Change "expiresAt"}}{{instant .To}}{{end}}. Requests with it are refused from then on.

If a program still needs it, rotate it in time, or give it a later date.`)},
	{of: fact.IdleWarning,
		title: words(`A token of “{{.Name}}” is not used and ends on {{with .Change "expiresAt"}}{{instant .To}}{{end}}`),
		text: words(`{{with .Change "lastUsedAt"}}The token {{$.Token}} of “{{$.Name}}” was last used on {{instant .To}}{{else}}The token {{$.Token}} of “{{$.Name}}” has never been used{{end}}. Your account has tokens end that rest for so long: this one on {{with .Change "expiresAt"}}{{instant .To}}{{end}}.

A single request with it is enough to keep it. If nothing needs it any more, nothing is to be done.`)},

	// Whoever lost a program by it should not have to find out why.
	{of: fact.TokenEnded, only: reason("expired"),
		title: words(`A token of “{{.Name}}” has expired`),
		text: words(`The token {{.Token}} of “{{.Name}}” reached the date on which it was set to expire, {{date .At}}. Requests with it are refused now.

If a program still needs it, generate a new token and give it to the program.`)},
	{of: fact.TokenEnded, only: reason("idle"),
		title: words(`A token of “{{.Name}}” was ended, because it was not used`),
		text: words(`The token {{.Token}} of “{{.Name}}” was not used for as long as your account lets tokens rest, so it was ended on {{date .At}}. Requests with it are refused now.

If a program still needs it, generate a new token. How long tokens may rest is among the settings of your account.`)},

	// Somebody holds what was thought to be gone: an old copy, or a thief.
	{of: fact.ReuseDetected,
		title: words(`A dead token of “{{.Name}}” was used`),
		text: words(`Somebody used the token {{.Token}} of “{{.Name}}”, which does not work any more. The request was refused, and no living token was touched.
{{with .Caller}}
It came on {{date .At}} from {{if .Address}}{{.Address}}{{with .Agent}}, as “{{.}}”{{end}}{{else}}an address that was not kept: more programs used the token that day than are kept by name{{end}}. {{if not .Address}}If you can't tell who that was, take the token to be in the wrong hands: look where else it was kept, and rotate what was kept beside it.{{else if .Known}}That address used the token while it still worked: most likely a program of yours was not given the new token yet.{{else}}That address had not used the token while it worked. If it is not one of yours, the token is in the wrong hands: look where else it was kept, and rotate what was kept beside it.{{end}}
{{end}}`)},

	// Who may make tokens has changed: a quiet way in, if nobody hears of it.
	{of: fact.PermissionChanged, link: Link{staffPath, "See who may do what"},
		title: words(`What {{person .Member}} may do with private integrations was changed`),
		text: words(`{{actor .Actor}} changed what {{person .Member}} may do with the private integrations of this account{{with .Change "privateIntegrations"}}{{if eq .From .To}}: it is {{.To}}, as before, and stays so whatever their role becomes{{else}}, from {{.From}} to {{.To}}{{end}}{{end}}.

If that was not meant to be, change it back.`)},

	// Tokens work on, and nobody can end them until it is switched on again.
	{of: fact.LabsSwitched, link: Link{labsPath, "See the switch"},
		title: words(`Private integrations were switched {{with .Change "labs.privateIntegrations"}}{{if eq .To "true"}}on{{else}}off{{end}}{{end}}`),
		text: words(`{{actor .Actor}} switched private integrations {{with .Change "labs.privateIntegrations"}}{{if eq .To "true"}}on for this account.{{else}}off for this account.

Tokens that are out keep working. They can't be rotated or ended until somebody switches the feature on again.{{end}}{{end}}`)},
}

// ending is said twice, since a program stops if it is not heard.
var ending = words(`A grace window of “{{.Name}}” ends on {{with .Change "expiresAt"}}{{instant .To}}{{end}}, and its old token {{.Token}} was used{{with .Change "lastUsedAt"}} on {{instant .To}}{{end}}. Whatever uses it stops working then.

Give it the new token, or let the old one live longer. The integration's page says where the old token is used from.`)

func reason(is string) func(event.Event) bool {
	return func(e event.Event) bool { return e.Reason == is }
}

// kindOf finds the words for an event. There are none for what another event of
// the same moment has overtaken.
func kindOf(e event.Event) (kind, bool) {
	if e.Change(fact.OvertakenBy) != nil {
		return kind{}, false
	}
	for _, k := range kinds {
		if k.of == e.Type && (k.only == nil || k.only(e)) {
			return k, true
		}
	}
	return kind{}, false
}

// dateLayout is one that no reader takes for another date.
const dateLayout = "2 January 2006, 15:04 UTC"

// functions are those that words may use beside the event's members.
var functions = template.FuncMap{
	"date": func(i event.Instant) string { return i.UTC().Format(dateLayout) },
	"instant": func(text string) string {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return text
		}
		return at.UTC().Format(dateLayout)
	},
	"actor": func(a event.Actor) string {
		switch {
		case a.Email != "":
			return a.Email
		case a.ID == fact.System.ID:
			return "The system"
		}
		return a.ID
	},
	"person": func(m *event.Member) string {
		if m == nil || m.Email == "" {
			return "a member"
		}
		return m.Email
	},
}

func words(text string) *template.Template {
	return template.Must(template.New("").Funcs(functions).Option("missingkey=error").Parse(text))
}
