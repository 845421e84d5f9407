package describe

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

const schemaPrefix = "#/components/schemas/"

// schemas makes a component of each type that bodies are made of. The library
// reads types and tags; [schemas.complete] adds what it can't know.
type schemas struct {
	huma.Registry
	inputs map[reflect.Type]bool
}

func newSchemas() *schemas {
	r := huma.NewMapRegistry(schemaPrefix, name)
	r.RegisterTypeAlias(reflect.TypeFor[api.Instant](), reflect.TypeFor[time.Time]())
	optional[time.Time](r)
	optional[string](r)
	optional[[]string](r)
	optional[int](r)
	optional[bool](r)
	return &schemas{r, map[reflect.Type]bool{}}
}

// optional makes members that a body may leave out, or set to null, of T.
func optional[T any](r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[strictjson.Optional[T]](), reflect.TypeFor[*T]())
}

// names are given where that of the Go type needs its package to be understood.
var names = map[reflect.Type]string{
	reflect.TypeFor[catalog.Listing]():         "Scope",
	reflect.TypeFor[catalog.ListedOperation](): "ScopeOperation",
	reflect.TypeFor[fact.Delta]():              "Change",
	reflect.TypeFor[problem.Field]():           "FieldProblem",
}

func name(t reflect.Type, hint string) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if given, ok := names[t]; ok {
		return given
	}
	return huma.DefaultSchemaNamer(t, hint)
}

func (s *schemas) input(t reflect.Type) *huma.Schema {
	s.mark(t)
	return s.Schema(t, true, "")
}

// mark notes that t, and the structs within it, come in bodies.
func (s *schemas) mark(t reflect.Type) {
	if t.Kind() != reflect.Struct {
		return
	}
	s.inputs[t] = true
	for n := range t.NumField() {
		s.mark(t.Field(n).Type)
	}
}

func (s *schemas) output(t reflect.Type) *huma.Schema { return s.Schema(t, true, "") }

// complete finishes the components. Answers are left open, so that clients
// tolerate fields that are new; what they may hold null is what is a pointer.
func (s *schemas) complete() {
	unused := maps.Clone(notes)
	note := func(name string) string {
		delete(unused, name)
		return notes[name]
	}
	for name, schema := range s.Map() {
		t := s.TypeFromRef(schemaPrefix + name)
		schema.Description = note(name)
		if !s.inputs[t] {
			schema.AdditionalProperties = nil
		}
		for _, f := range reflect.VisibleFields(t) { // those of embedded structs too
			if !f.IsExported() || f.Anonymous {
				continue
			}
			member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := schema.Properties[member]
			if text := note(name + "." + member); text != "" {
				p.Description = text
			}
			if p.Type == huma.TypeArray {
				p.Nullable = false
			}
			if f.Type.Kind() == reflect.Pointer && options == "" {
				nullable(p)
			}
		}
	}
	if len(unused) > 0 {
		panic(fmt.Sprintf("describe: notes on what is not there: %q", slices.Sorted(maps.Keys(unused))))
	}
}

// nullable lets p be null as well.
func nullable(p *huma.Schema) {
	if p.Ref == "" {
		p.Nullable = true
		return
	}
	p.AnyOf = []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}
	p.Ref = ""
}

// notes describe components, and members of types whose packages know nothing
// of descriptions.
var notes = map[string]string{
	"Integration": "A private integration. At most two of its tokens work at a time.",
	"Token":       "A token that works.",
	"EndedToken":  "A token that has died.",
	"Rotation":    "The grace window after a rotation, in which both tokens work.",
	"UsedToken":   "A token that works, and what it was used for since the rotation.",
	"Usage":       "What an integration's tokens were used for.",
	"Advice":      "Which scopes an integration does not need.",
	"Event":       "One thing that happened.",
	"LookedUp":    "The token that was asked for.",
	"AuditEntry":  "One thing that happened, and its place in the chain of hashes.",
	"Person":      "Somebody in an account.",
	"Member":      "Somebody in an account.",
	"Settings":    "An account's settings.",

	"Scope":             "A scope that can be granted.",
	"Scope.group":       "What the name begins with, such as `contacts`.",
	"Scope.access":      "`readonly`, `write` or `other`, as the name ends.",
	"Scope.operations":  "The operations of API v2.0 that need it.",
	"ScopeOperation":    "An operation of API v2.0.",
	"Change":            "A field that changed.",
	"Change.from":       "Left out where there was none.",
	"Change.to":         "Left out where there is none any more.",
	"Problem":           "What went wrong (RFC 9457).",
	"Problem.type":      "The page that explains the code.",
	"Problem.title":     "The code in words.",
	"Problem.status":    "The status of the answer.",
	"Problem.code":      "Stable, for programs to compare. Expect new ones.",
	"Problem.detail":    "What went wrong this time, for people.",
	"Problem.errors":    "Each fault in what was sent; only of `validation_failed`.",
	"Problem.requestId": "What the operator finds the request by.",
	"FieldProblem":      "A fault in what was sent.",
	"GatewayMessage":    "What the gateway answers by itself, before a request reaches the API.",
}
