package describe

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/private-integrations/private-integrations/pkg/api"
)

// parameters are those that several operations take.
var parameters = map[string]*huma.Param{
	"accountId": {
		Name: "accountId", In: "path", Required: true, Example: account,
		Description: "The account. One that is not yours is answered like one that does not exist.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	},
	"integrationId": {
		Name: "integrationId", In: "path", Required: true, Example: integrationID,
		Description: "The integration's `id`.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	},
	"userId": {
		Name: "userId", In: "path", Required: true, Example: userID,
		Description: "The member's `userId`.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	},
	"If-Match": {
		Name: "If-Match", In: "header", Example: `"3"`,
		Description: "The `ETag` that you have read: nothing is done if it has changed since (412 `version_mismatch`).",
		Schema:      &huma.Schema{Type: huma.TypeString},
	},
	"Idempotency-Key": {
		Name: "Idempotency-Key", In: "header", Example: "0b6cb8e4-6a3c-4f0e-9d0f-1f2d3c4b5a69",
		Description: "Made up by you for one request, and sent again only to repeat it: within 24 hours the repeated request has no second effect.",
		Schema:      &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(255), Pattern: "^[ -~]+$"},
	},
}

// headers are those of answers.
var headers = map[string]*huma.Header{
	"Cache-Control": {
		Description: "Answers are not for caches.",
		Schema:      &huma.Schema{Type: huma.TypeString, Enum: []any{"no-store"}},
	},
	"ETag": {
		Description: "The version in quotes, for `If-Match`.", Example: `"3"`,
		Schema: &huma.Schema{Type: huma.TypeString},
	},
	"Link": {
		Description: "Where the next page is, with `rel=\"next\"` (RFC 8288); left out of the last one.",
		Example:     `</api/v1/accounts/` + account + `/audit?cursor=EXAMPLEcursor&format=csv>; rel="next"`,
		Schema:      &huma.Schema{Type: huma.TypeString},
	},
	"Location": {
		Description: "The path of the new integration.", Example: "/api/v1/accounts/" + account + "/integrations/" + integrationID,
		Schema: &huma.Schema{Type: huma.TypeString, Format: "uri-reference"},
	},
}

// parametersOf are those of path, query and headers that o takes.
func parametersOf(o api.Operation) []*huma.Param {
	var all []*huma.Param
	shared := func(takes bool, name string) {
		if takes {
			all = append(all, &huma.Param{Ref: "#/components/parameters/" + name})
		}
	}
	shared(strings.Contains(o.Path, "{accountId}"), "accountId")
	shared(strings.Contains(o.Path, "{integrationId}"), "integrationId")
	shared(strings.Contains(o.Path, "{userId}"), "userId")
	for _, p := range o.Query {
		all = append(all, queryParameter(p))
	}
	shared(o.Conditional, "If-Match")
	shared(o.Idempotent, "Idempotency-Key")
	return all
}

func queryParameter(p api.Parameter) *huma.Param {
	s := &huma.Schema{Type: p.Type, Format: p.Format}
	for _, value := range p.Enum {
		s.Enum = append(s.Enum, value)
	}
	if p.Type == huma.TypeInteger {
		s.Minimum, s.Maximum = new(float64(p.Minimum)), new(float64(p.Maximum))
		s.Default = p.Default
	}
	if p.MaxLength > 0 {
		s.MaxLength = new(p.MaxLength)
	}
	return &huma.Param{Name: p.Name, In: "query", Description: p.Description, Schema: s}
}
