package describe

import (
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

func init() {
	samples["get-usage"] = sample{
		answer:  "Counts by day, operation, scope and caller.",
		answers: examples{"usage": answer("Two days", used())},
	}
	samples["get-advice"] = sample{
		answer:  "Scopes that could go, and what that would have refused.",
		answers: examples{"advice": answer("One scope was not used", advised())},
	}
}

func operations(count int64) []api.UsedOperation {
	return []api.UsedOperation{{Method: "GET", Path: "/contacts/{contactId}", Count: count, LastUsedOn: "2027-03-01"}}
}

func callers(count int64, at api.Instant) []api.UsedCaller {
	return []api.UsedCaller{{Address: "203.0.113.7", UserAgent: "exporter/2.1", Count: count, LastSeenAt: at}}
}

// window is a rotation of which the client has not been moved yet.
func window() api.Rotation {
	return api.Rotation{
		Old:       api.UsedToken{Token: oldToken(new(ends)), Count: 12, Operations: operations(12), Callers: callers(12, lastUse)},
		New:       api.UsedToken{Token: newToken(), Operations: []api.UsedOperation{}, Callers: []api.UsedCaller{}},
		RotatedAt: rotated, ExpiresAt: ends, Verdict: string(usage.NewTokenUnused), QuietMinutes: 1440, QuietAt: new(quiet),
	}
}

func used() api.Usage {
	return api.Usage{
		Days:       []api.UsageDay{{Day: "2027-02-28", Count: 288}, {Day: "2027-03-01", Count: 108, Refused: 2}},
		Operations: operations(396), Scopes: []api.UsedScope{{Scope: "contacts.readonly", Count: 396, LastUsedOn: "2027-03-01"}},
		Callers: callers(398, lastUse), Reusers: []api.UsedCaller{}, LastUsedAt: new(lastUse),
	}
}

func advised() api.Advice {
	return api.Advice{
		Known: true, WatchedSince: "2027-01-04",
		Unused:   []api.UnusedScope{{Scope: "contacts.write", LastUsedOn: new("2027-01-09")}},
		Narrowed: []string{"contacts.readonly"},
		Preview:  api.Preview{Scopes: []string{"contacts.readonly"}, Days: usage.PreviewOf, Refused: []api.RefusedOperation{}},
	}
}
