package describe

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/openapi"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

func made(t *testing.T) []byte {
	t.Helper()
	b, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t *testing.T) *openapi3.T {
	t.Helper()
	d, err := openapi3.NewLoader().LoadFromData(made(t))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Validation also holds every example against its schema.
func TestDocumentIsValid(t *testing.T) {
	if err := read(t).Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestDocumentCompilesAsACatalogue(t *testing.T) {
	report, err := openapi.Compile([]openapi.File{{Name: "openapi.json", Data: made(t)}}, openapi.Options{AllowUnscoped: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(report.Catalog.Operations); got != len(api.Operations) || len(report.Refused) != 0 {
		t.Errorf("%d of %d operations compile, refused: %v", got, len(api.Operations), report.Refused)
	}
}

// described finds o in d.
func described(t *testing.T, d *openapi3.T, o api.Operation) *openapi3.Operation {
	t.Helper()
	found := d.Paths.Value(o.Path).GetOperation(o.Method)
	if found == nil || found.OperationID != o.ID {
		t.Fatalf("%s is not described at %s %s", o.ID, o.Method, o.Path)
	}
	return found
}

func TestEveryOperationSaysWhatItIs(t *testing.T) {
	d := read(t)
	tags := map[string]bool{}
	for _, tag := range d.Tags {
		tags[tag.Name] = true
	}
	for _, o := range api.Operations {
		found := described(t, d, o)
		if found.Summary == "" || found.Description == "" || len(found.Tags) != 1 || !tags[found.Tags[0]] {
			t.Errorf("%s: summary %q, description %q, tags %q", o.ID, found.Summary, found.Description, found.Tags)
		}
	}
}

func TestExamplesOfRequestsAreTakenByTheHandlers(t *testing.T) {
	d := read(t)
	for _, o := range api.Operations {
		if o.Input == nil {
			continue
		}
		examples := described(t, d, o).RequestBody.Value.Content["application/json"].Examples
		if len(examples) == 0 {
			t.Errorf("%s has no example of its body", o.ID)
		}
		for name, example := range examples {
			in := reflect.New(reflect.TypeOf(o.Input)).Interface()
			if err := strictjson.Decode(text(t, example.Value.Value), in); err != nil {
				t.Errorf("%s, example %s: %v", o.ID, name, err)
			}
		}
	}
}

func TestExamplesOfAnswersAreWhatTheHandlersWrite(t *testing.T) {
	d := read(t)
	for _, o := range api.Operations {
		if o.Output == nil {
			continue
		}
		examples := described(t, d, o).Responses.Status(o.Status).Value.Content["application/json"].Examples
		if len(examples) == 0 {
			t.Errorf("%s has no example of its answer", o.ID)
		}
		for name, example := range examples {
			out := reflect.New(reflect.TypeOf(o.Output)).Interface()
			if err := json.Unmarshal(text(t, example.Value.Value), out); err != nil {
				t.Fatalf("%s, example %s: %v", o.ID, name, err)
			}
			var again any
			if err := json.Unmarshal(text(t, out), &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(again, example.Value.Value); diff != "" {
				t.Errorf("%s, example %s (- handler, + example):\n%s", o.ID, name, diff)
			}
		}
	}
}

func TestEveryProblemStandsUnderItsStatus(t *testing.T) {
	d := read(t)
	for _, o := range api.Operations {
		responses := described(t, d, o).Responses
		for _, code := range o.Problems {
			status := o.Problem(code).Status
			response := responses.Status(status)
			if response == nil {
				t.Errorf("%s does not describe status %d of %s", o.ID, status, code)
				continue
			}
			var p problem.Problem
			example := response.Value.Content[problem.ContentType].Examples[string(code)]
			if err := json.Unmarshal(text(t, example.Value.Value), &p); err != nil {
				t.Fatal(err)
			}
			if p.Status != status || p.Code != code {
				t.Errorf("%s, example of %s under %d: %+v", o.ID, code, status, p)
			}
		}
	}
}

func TestProblemsLinkToTheirHeading(t *testing.T) {
	page, err := Errors()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range problem.Table {
		_, anchor, _ := strings.Cut(problem.New(k.Code).Type, "#")
		if !strings.Contains(string(page), "\n### "+anchor+"\n") {
			t.Errorf("errors.md has no heading %s", anchor)
		}
	}
}

func text(t *testing.T, value any) []byte {
	t.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
