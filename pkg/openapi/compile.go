// Package openapi compiles OpenAPI 3.0 and 3.1 documents into the catalogue of
// operations and scopes, and reports what it left out and why.
//
// An operation is compiled if a bearer token alone can satisfy its security
// requirement, by oauth2, openIdConnect or http-bearer schemes, and its path is
// not one that the product itself answers. All others are refused, and closed
// in the catalogue, so that the authorizer lets nobody through to them. What
// can't be resolved safely, such as one path with two different requirements,
// stops the whole.
//
// A template that no request can be matched to, such as "/{from}-{to}", can't
// be closed either: where the API has "/{id}" beside it, the scope of that one
// opens both.
package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/route"
)

// Options are the deployment's choices.
type Options struct {
	// AllowUnscoped opens operations that ask for a token but for no scope to
	// every live token.
	AllowUnscoped bool
}

// Report is the outcome of a compilation.
type Report struct {
	Catalog   *catalog.Catalog
	Refused   []Refused // in the order of the documents
	Documents int
}

// Refused is an operation that is not in the catalogue.
type Refused struct {
	File   string
	Method string // "*" where a whole path is refused
	Path   string
	Reason string
}

// Compile makes one catalogue of all files. An error names the file and, where
// it lies there, the operation.
func Compile(files []File, options Options) (*Report, error) {
	c := compiler{options: options, seen: make(map[string]declared), descriptions: make(map[string]string)}
	for _, f := range files {
		d, err := parse(f)
		if err != nil {
			return nil, err
		}
		if err := c.document(d); err != nil {
			return nil, err
		}
	}
	made, err := catalog.New(c.scopes(), c.operations, c.closed...)
	if err != nil {
		return nil, fmt.Errorf("compile catalogue: %w", err)
	}
	return &Report{Catalog: made, Refused: c.refused, Documents: len(files)}, nil
}

type compiler struct {
	options      Options
	operations   []catalog.Operation
	closed       []route.Route
	refused      []Refused
	seen         map[string]declared // by method and shape of the template
	descriptions map[string]string   // of scopes; the first one stands
}

// declared is a verdict and where it was come to.
type declared struct {
	place
	verdict
}

// place is where an operation is declared, for messages.
type place struct{ file, method, path string }

func (p place) String() string { return p.file + ": " + p.method + " " + p.path }

// methods are those of a path item; API Gateway routes all but the last two.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

func (c *compiler) document(d *document) error {
	for name, description := range d.descriptions {
		if c.descriptions[name] == "" {
			c.descriptions[name] = description
		}
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		item, why, err := d.item(d.Paths[path])
		if err != nil {
			return fmt.Errorf("%s: %s can't be read: %w", d.name, path, err)
		}
		if why != "" {
			if err := c.closePath(d, path, why); err != nil {
				return err
			}
			continue
		}
		if err := c.item(d, path, item); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) item(d *document, path string, item pathItem) error {
	var shared openapi3.Servers
	if raw := item["servers"]; raw != nil {
		if err := json.Unmarshal(raw, &shared); err != nil {
			return fmt.Errorf("%s: the servers of %s can't be read: %w", d.name, path, err)
		}
	}
	for _, method := range methods {
		var o *operation
		at := place{d.name, strings.ToUpper(method), path}
		if raw := item[method]; raw != nil {
			if err := json.Unmarshal(raw, &o); err != nil {
				return fmt.Errorf("%s can't be read: %w", at, err)
			}
		}
		if o == nil {
			continue
		}
		if err := c.operation(d, at, shared, item["parameters"], o); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

// operation compiles or refuses one operation. Its errors stop everything.
func (c *compiler) operation(d *document, at place, shared openapi3.Servers, parameters jsontext.Value, o *operation) error {
	full, shape, err := template(at.path, o.Servers, shared, d.Servers)
	if err != nil {
		c.refuse(at, err.Error())
		return nil
	}
	at.path = full
	security := d.Security
	if o.Security != nil {
		security = *o.Security
	}
	v, err := d.judge(security, c.options.AllowUnscoped)
	if err != nil {
		return err
	}
	if at.method == "TRACE" || at.method == "QUERY" {
		v = verdict{refusal: "API Gateway does not route the method"}
	}
	if err := catalog.CheckReserved(at.path); err != nil {
		v = verdict{refusal: err.Error()} // the request would never come to the authorizer
	}
	again, err := c.agree(declared{at, v}, shape)
	if err != nil {
		return err
	}
	switch {
	case v.refusal != "":
		c.refuse(at, v.refusal)
	case !again:
		c.operations = append(c.operations, catalog.Operation{
			Method: at.method, Path: at.path, Summary: strings.Join(strings.Fields(o.Summary), " "), Requirement: v.requirement, Unscoped: v.unscoped,
			Headers: d.headers(parameters, o.Parameters),
		})
	}
	return nil
}

// agree records a verdict, and closes what it refuses. The same operation may
// have been declared before; then both must need the same.
func (c *compiler) agree(now declared, shape string) (again bool, err error) {
	key := now.method + " " + shape
	before, again := c.seen[key]
	if again {
		if !before.equal(now.verdict) {
			return true, fmt.Errorf("it %s, but the same operation in %s %s; make them agree or leave one out", now.verdict, before.place, before.verdict)
		}
		return true, nil
	}
	c.seen[key] = now
	if now.refusal != "" {
		c.closed = append(c.closed, route.Route{Method: now.method, Template: now.path})
	}
	return false, nil
}

// closePath refuses all operations of a path whose item can't be read.
func (c *compiler) closePath(d *document, path, why string) error {
	c.refuse(place{d.name, "*", path}, why)
	full, shape, err := template(path, d.Servers)
	if err != nil {
		return nil //nolint:nilerr // a template that matches nothing needs no closing
	}
	at := place{file: d.name, path: full}
	for _, method := range methods {
		at.method = strings.ToUpper(method)
		if _, err := c.agree(declared{at, verdict{refusal: why}}, shape); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

func (c *compiler) refuse(at place, reason string) {
	c.refused = append(c.refused, Refused{File: at.file, Method: at.method, Path: at.path, Reason: reason})
}

// scopes are those that the compiled operations need.
func (c *compiler) scopes() []catalog.Scope {
	needed := make(map[string]bool)
	for _, o := range c.operations {
		for _, all := range o.Requirement {
			for _, name := range all {
				needed[name] = true
			}
		}
	}
	var scopes []catalog.Scope
	for name := range needed {
		scopes = append(scopes, catalog.Scope{Name: name, Description: c.descriptions[name]})
	}
	return scopes
}
