package describe

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// GatewayMessage is the body of API Gateway's own answers.
type GatewayMessage struct {
	Message string `json:"message"`
}

// problemResponses are the answers of o to what goes wrong, one for each status.
func problemResponses(schemas *schemas, o api.Operation) map[string]*huma.Response {
	all := map[string]*huma.Response{}
	for _, code := range o.Problems {
		p := o.Problem(code)
		status := fmt.Sprint(p.Status)
		r := all[status]
		if r == nil {
			r = problemResponse(schemas, p.Status)
			all[status] = r
		}
		r.Description = strings.TrimPrefix(r.Description+"\n", "\n") + fmt.Sprintf("- `%s`: %s.", code, p.Title)
		example := &huma.Example{Ref: "#/components/examples/" + string(code)}
		if p.Status != problem.New(code).Status {
			example = problemExample(p)
		}
		r.Content[problem.ContentType].Examples[string(code)] = example
	}
	return all
}

func problemResponse(schemas *schemas, status int) *huma.Response {
	r := &huma.Response{Content: map[string]*huma.MediaType{problem.ContentType: {
		Schema:   schemas.output(reflect.TypeFor[problem.Problem]()),
		Examples: map[string]*huma.Example{},
	}}}
	if status == http.StatusUnauthorized {
		r.Description = "- `{\"message\": \"Unauthorized\"}`: the gateway's own answer."
		r.Content["application/json"] = &huma.MediaType{
			Schema:  schemas.output(reflect.TypeFor[GatewayMessage]()),
			Example: GatewayMessage{"Unauthorized"},
		}
	}
	return r
}

// problemExamples has an example of each code that an operation answers.
func problemExamples() map[string]*huma.Example {
	all := map[string]*huma.Example{}
	for _, o := range api.Operations {
		for _, code := range o.Problems {
			all[string(code)] = problemExample(problem.New(code))
		}
	}
	return all
}

func problemExample(p problem.Problem) *huma.Example {
	return &huma.Example{Summary: p.Title, Value: exampleOf(p)}
}

// exampleOf fills in what differs from one answer to the next.
func exampleOf(p problem.Problem) problem.Problem {
	p.RequestID = "JKJaXmPLvHcESHA="
	switch p.Code {
	case problem.ValidationFailed:
		p.Errors = []problem.Field{{Field: "name", Message: "must not be empty"}}
	case problem.InvalidJSON:
		p.Detail = "Reading stopped at byte offset 17: a name stands twice in one object."
	case problem.InsufficientScope:
		p.Detail = "This operation needs the scope: contacts.write"
	}
	return p
}
