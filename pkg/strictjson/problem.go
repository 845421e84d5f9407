package strictjson

import (
	"errors"
	"fmt"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Problem is what a client is told of an error of [Decode], or of any
// [*integration.Invalid]; false for other errors.
func Problem(err error) (problem.Problem, bool) {
	if fault := (*SyntaxError)(nil); errors.As(err, &fault) {
		detail := fmt.Sprintf("Reading stopped at byte offset %d: %s.", fault.Offset, fault.Reason)
		return problem.New(problem.InvalidJSON).With(detail), true
	}
	if fault := (*integration.Invalid)(nil); errors.As(err, &fault) {
		p := problem.New(problem.ValidationFailed)
		for _, f := range fault.Fields {
			p.Errors = append(p.Errors, problem.Field(f))
		}
		return p, true
	}
	return problem.Problem{}, false
}
