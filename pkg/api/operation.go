// Package api is the management API: one table of operations, from which come
// the Lambda handlers, the routes of the local runner and of the CDK app, and
// the API's description.
package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Operation is one thing that the API can be asked to do, and one Lambda
// handler.
type Operation struct {
	ID          string // also the folder of its handler
	Method      string
	Path        string // template
	Tag         string // the group that the API's description puts it in
	Summary     string
	Description string
	Status      int // of success
	Query       []Parameter
	Conditional bool           // takes If-Match
	Idempotent  bool           // takes Idempotency-Key
	Admins      bool           // for the account's admins, whether or not the feature is on
	Problems    []problem.Code // in the table: those that don't follow from the rest
	Input       any            // zero value of the body; nil: none
	Output      any            // zero value of the answer; nil: none
	Formats     []string       // media types, beside JSON, that the answer can have
	// OptionalBody says that an absent body counts as an empty object.
	OptionalBody bool

	handle func(*API) gateway.Handler
}

// Parameter is one of the query.
type Parameter struct {
	Name        string
	Description string
	Type        string // "integer" or "string"
	Format      string // of a string, if one
	Enum        []string
	Minimum     int
	Maximum     int
	Default     int
	MaxLength   int
}

// Handler makes the handler of the operation.
func (o Operation) Handler(a *API) gateway.Handler { return o.handle(a) }

// Problem is what the operation answers for code.
func (o Operation) Problem(code problem.Code) problem.Problem {
	p := problem.New(code)
	if code == problem.NoRotation && o.Method == http.MethodGet {
		p.Status = http.StatusNotFound // it is the rotation that was asked for
	}
	return p
}

// nothing is the body of an operation that takes none.
type nothing struct{}

// with completes o with its handler, with the types of its body and answer, and
// with the problems that follow from them.
func with[In, Out any](o Operation, run func(*API, context.Context, *call, In) (Out, error)) Operation {
	var (
		in  In
		out Out
	)
	if _, none := any(in).(nothing); !none {
		o.Input = in
		_, o.OptionalBody = any(&in).(interface{ optional() })
	}
	if _, none := any(out).(nothing); !none {
		o.Output = out
	}
	o.Problems = append(o.common(), o.Problems...)
	o.handle = func(a *API) gateway.Handler { return serve(a, o, run) }
	return o
}

// Find gives the operation of an id. It panics if there is none: ids are
// written in source.
func Find(id string) Operation {
	for _, o := range Operations {
		if o.ID == id {
			return o
		}
	}
	panic("api: no operation " + id)
}

const (
	accountPath     = "/api/v1/accounts/{accountId}"
	integrationPath = accountPath + "/integrations/{integrationId}"
	memberPath      = accountPath + "/members/{userId}"
)

var (
	limitParameter  = Parameter{Name: "limit", Type: "integer", Minimum: 1, Maximum: maxLimit, Default: defaultLimit, Description: "How many entries a page has at most."}
	cursorParameter = Parameter{Name: "cursor", Type: "string", Description: "`nextCursor` of the page before, with the same filters."}
)

// common are the problems that follow from what the operation takes.
func (o Operation) common() []problem.Code {
	codes := []problem.Code{problem.BadRequest, problem.SignInRequired, problem.ValidationFailed, problem.Internal}
	if strings.Contains(o.Path, "{accountId}") {
		codes = append(codes, problem.Forbidden, problem.NotFound)
		if o.Tag != tagAccount && o.Tag != tagAudit {
			codes = append(codes, problem.FeatureDisabled)
		}
	}
	if o.Input != nil {
		codes = append(codes, problem.InvalidJSON, problem.BodyTooLarge, problem.UnsupportedMedia)
	}
	if o.Conditional {
		codes = append(codes, problem.VersionMismatch)
	}
	if o.Idempotent {
		codes = append(codes, problem.KeyReused)
	}
	if o.Conditional || o.Idempotent {
		codes = append(codes, problem.Conflict)
	}
	return codes
}

// The groups of the API's description.
const (
	tagScopes       = "Scopes"
	tagIntegrations = "Integrations"
	tagTokens       = "Tokens"
	tagRotation     = "Rotation"
	tagUsage        = "Usage"
	tagAccount      = "Account"
	tagAudit        = "Audit"
)
