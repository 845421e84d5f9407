// Package api is the management API: one table of operations, from which come
// the Lambda handlers, the routes of the local runner and of the CDK app, and
// the API's description.
package api

import (
	"context"

	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Operation is one thing that the API can be asked to do, and one Lambda
// handler.
type Operation struct {
	ID          string // also the folder of its handler
	Method      string
	Path        string // template
	Summary     string
	Description string
	Status      int // of success
	Public      bool
	Query       []Parameter
	Conditional bool // takes If-Match
	Idempotent  bool // takes Idempotency-Key
	Problems    []problem.Code
	Input       any // zero value of the body; nil: none
	Output      any // zero value of the answer; nil: none

	handle func(*API) gateway.Handler
}

// Parameter is one of the query.
type Parameter struct {
	Name        string
	Description string
	Type        string // "integer" or "string"
	Enum        []string
	Minimum     int
	Maximum     int
	Default     int
}

// Handler makes the handler of the operation.
func (o Operation) Handler(a *API) gateway.Handler { return o.handle(a) }

// nothing is the body of an operation that takes none.
type nothing struct{}

// with completes o with its handler, and with the types of its body and answer.
func with[In, Out any](o Operation, run func(*API, context.Context, *call, In) (Out, error)) Operation {
	var (
		in  In
		out Out
	)
	if _, none := any(in).(nothing); !none {
		o.Input = in
	}
	if _, none := any(out).(nothing); !none {
		o.Output = out
	}
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
)

var (
	limitParameter  = Parameter{Name: "limit", Type: "integer", Minimum: 1, Maximum: maxLimit, Default: defaultLimit, Description: "How many entries a page has at most."}
	cursorParameter = Parameter{Name: "cursor", Type: "string", Description: "`nextCursor` of the page before, with the same filters."}
)

var (
	ofAny    = []problem.Code{problem.SignInRequired, problem.Internal}
	ofOne    = append([]problem.Code{problem.Forbidden, problem.NotFound}, ofAny...)
	ofChange = append([]problem.Code{problem.Conflict, problem.VersionMismatch}, ofOne...)
	ofBody   = append([]problem.Code{problem.InvalidJSON, problem.BodyTooLarge, problem.UnsupportedMedia, problem.ValidationFailed}, ofChange...)
)

func also(codes []problem.Code, more ...problem.Code) []problem.Code {
	return append(append([]problem.Code(nil), codes...), more...)
}
