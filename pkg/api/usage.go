package api

import (
	"context"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// Usage is what the tokens of an integration were used for.
type Usage struct {
	Days       []UsageDay      `json:"days" doc:"Each day that was asked for, in UTC, oldest first."`
	Operations []UsedOperation `json:"operations" doc:"Of requests that passed, most first."`
	Scopes     []UsedScope     `json:"scopes" doc:"Those that let them pass, most first."`
	Callers    []UsedCaller    `json:"callers" doc:"Of all requests of living tokens, most first."`
	Reusers    []UsedCaller    `json:"reusers" doc:"Who sent tokens that were dead."`
	Others     OtherUses       `json:"others"`
	Partial    bool            `json:"partial" doc:"True: more tokens lived in those days than are told of, which are the newest 50. What the others were used for is missing."`
	LastUsedAt *Instant        `json:"lastUsedAt" doc:"Also before those days. The last minute may be missing. Null: no living token was ever used."`
}

// UsageDay is how often tokens were used on a day.
type UsageDay struct {
	Day     string `json:"day" format:"date"`
	Count   int64  `json:"count" doc:"Requests that passed."`
	Refused int64  `json:"refused" doc:"Requests of living tokens that were refused: for the scope, or an unknown route."`
	Reused  int64  `json:"reused" doc:"Requests with tokens that were dead."`
}

// UsedOperation is how often an operation was called.
type UsedOperation struct {
	Method     string `json:"method"`
	Path       string `json:"path" doc:"The template."`
	Count      int64  `json:"count"`
	LastUsedOn string `json:"lastUsedOn" format:"date"`
}

// UsedScope is how often a scope let a request pass.
type UsedScope struct {
	Scope      string `json:"scope"`
	Count      int64  `json:"count"`
	LastUsedOn string `json:"lastUsedOn" format:"date"`
}

// UsedCaller is how often somebody called.
type UsedCaller struct {
	Address    string  `json:"address"`
	UserAgent  string  `json:"userAgent" doc:"Its first 100 characters; empty if none was sent."`
	Count      int64   `json:"count"`
	LastSeenAt Instant `json:"lastSeenAt"`
}

// OtherUses is how much was counted without a name.
type OtherUses struct {
	Operations int64 `json:"operations" doc:"Of each token and day the first 100 are kept."`
	Scopes     int64 `json:"scopes" doc:"The first 100."`
	Callers    int64 `json:"callers" doc:"The first 20."`
}

// Advice is which scopes an integration does not need.
type Advice struct {
	Known        bool          `json:"known" doc:"False while there is too little to judge by: less than 45 days, or more names than are kept."`
	WatchedSince string        `json:"watchedSince" format:"date" doc:"What was used before can't be told."`
	Unused       []UnusedScope `json:"unused" doc:"Held for 45 days and not used in them."`
	Narrowed     []string      `json:"narrowed" doc:"The integration's scopes without those."`
	Preview      Preview       `json:"preview"`
}

// UnusedScope is a scope that could go.
type UnusedScope struct {
	Scope      string  `json:"scope"`
	LastUsedOn *string `json:"lastUsedOn" format:"date" doc:"Null: not since watchedSince."`
}

// Preview is what some scopes would have refused.
type Preview struct {
	Scopes       []string           `json:"scopes" doc:"What it is about."`
	Days         int                `json:"days" doc:"Over how many days, of which the last is today."`
	Refused      []RefusedOperation `json:"refused" doc:"Operations that were called and would not have been allowed, most called first."`
	RefusedCount int64              `json:"refusedCount" doc:"How many calls those were."`
	UnknownCount int64              `json:"unknownCount" doc:"Calls of which the operation is not known: any of them may have been refused."`
}

// RefusedOperation is an operation that scopes don't cover.
type RefusedOperation struct {
	Method     string `json:"method"`
	Path       string `json:"path" doc:"The template."`
	Summary    string `json:"summary"`
	Needs      string `json:"needs" doc:"The scopes that are enough, with spaces between."`
	Count      int64  `json:"count"`
	LastUsedOn string `json:"lastUsedOn" format:"date"`
}

func (a *API) getUsage(ctx context.Context, c *call, _ nothing) (Usage, error) {
	days, err := c.number("days")
	if err != nil {
		return Usage{}, err
	}
	r, err := a.Service.Usage(ctx, c.caller, c.Params["accountId"], c.Params["integrationId"], days)
	if err != nil {
		return Usage{}, err
	}
	out := Usage{
		Days: make([]UsageDay, len(r.Days)), Operations: operationsOf(r), Scopes: make([]UsedScope, len(r.Scopes)),
		Callers: callersOf(r.Callers), Reusers: callersOf(r.Reusers), Others: OtherUses(r.Others), Partial: r.Partial, LastUsedAt: instantOrNil(r.LastUsedAt),
	}
	for n, d := range r.Days {
		out.Days[n] = UsageDay{d.Day.String(), d.Count, d.Refused, d.Reused}
	}
	for n, s := range r.Scopes {
		out.Scopes[n] = UsedScope{s.Name, s.Count, s.Last.String()}
	}
	return out, nil
}

func operationsOf(r usage.Report) []UsedOperation {
	all := make([]UsedOperation, len(r.Operations))
	for n, o := range r.Operations {
		method, path, _ := strings.Cut(o.Name, " ")
		all[n] = UsedOperation{method, path, o.Count, o.Last.String()}
	}
	return all
}

func callersOf(seen []usage.Seen) []UsedCaller {
	all := make([]UsedCaller, len(seen))
	for n, s := range seen {
		all[n] = UsedCaller{s.Address, s.Agent, s.Count, instant(s.LastAt)}
	}
	return all
}

func (a *API) getAdvice(ctx context.Context, c *call, _ nothing) (Advice, error) {
	text := c.Query.Get("scopes")
	scopes := strings.Fields(text)
	if c.Query.Has("scopes") && (len(scopes) == 0 || len(text) > maxScopesQuery) {
		invalid := &integration.Invalid{}
		invalid.Add("scopes", "must name scopes in at most %d bytes", maxScopesQuery)
		return Advice{}, invalid
	}
	advice, err := a.Service.Advice(ctx, c.caller, c.Params["accountId"], c.Params["integrationId"], scopes)
	if err != nil {
		return Advice{}, err
	}
	p := advice.Preview
	out := Advice{
		Known: advice.Known, WatchedSince: advice.Watched.String(),
		Unused: make([]UnusedScope, len(advice.Unused)), Narrowed: nonNil(advice.Narrow),
		Preview: Preview{
			Scopes: nonNil(p.Scopes), Days: usage.PreviewOf, Refused: make([]RefusedOperation, len(p.Refused)),
			RefusedCount: p.Count, UnknownCount: p.Unknown,
		},
	}
	for n, u := range advice.Unused {
		out.Unused[n].Scope = u.Scope
		if u.LastDay != 0 {
			out.Unused[n].LastUsedOn = new(u.LastDay.String())
		}
	}
	for n, r := range p.Refused {
		o := r.Operation
		out.Preview.Refused[n] = RefusedOperation{o.Method, o.Path, o.Summary, o.Needs(), r.Count, r.Last.String()}
	}
	return out, nil
}

// nonNil is a list as JSON shows an empty one: [].
func nonNil(names []string) []string { return append([]string{}, names...) }
