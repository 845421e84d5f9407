// Package catalog knows which operations an API has and which scopes each of
// them needs.
//
// A catalogue is compiled from OpenAPI documents once, at build time (package
// openapi does that), and loaded by the authorizer from a small file.
package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/route"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

// ErrClosed says that a request is for an operation that no token opens.
var ErrClosed = errors.New("no token opens this operation")

// Catalog is a set of operations and the scopes that open them. It does not
// change once made, and any number of goroutines may use it.
type Catalog struct {
	Scopes     []Scope     // by name
	Operations []Operation // by path, then method

	// Closed are operations that no token opens. The catalogue knows them so
	// that "/links/search", if closed, does not pass for a "/links/{id}".
	Closed []route.Route // by template, then method

	table    *route.Table
	servesV1 bool
}

// Scope is one scope that an operation needs. Group and access are read from
// the spelling of the name, for people; they decide nothing.
type Scope struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Group is what stands before the first slash or dot of the name: "calendars"
// for "calendars/events.write".
func (s Scope) Group() string {
	if i := strings.IndexAny(s.Name, "/."); i >= 0 {
		return s.Name[:i]
	}
	return s.Name
}

// Access is "readonly" or "write" where the name ends so, else "other".
func (s Scope) Access() string {
	switch {
	case strings.HasSuffix(s.Name, ".readonly"):
		return "readonly"
	case strings.HasSuffix(s.Name, ".write"):
		return "write"
	}
	return "other"
}

// Operation is one thing that the API can be asked to do.
type Operation struct {
	Method  string `json:"method"`
	Path    string `json:"path"` // template with the server's prefix, without a slash at its end
	Summary string `json:"summary,omitempty"`

	// Requirement lists the sets of scopes each of which is enough, smallest
	// first.
	Requirement []scope.Set `json:"requirement,omitempty"`

	// Headers are those that each request needs beside the token, with the one
	// value that they may have, for examples. They decide nothing.
	Headers map[string]string `json:"headers,omitempty"`

	// Unscoped says that any live token is enough; Requirement is empty then.
	Unscoped bool `json:"unscoped,omitempty"`

	name, needs string
}

// Permits reports whether a token that holds granted may do o.
func (o *Operation) Permits(granted scope.Set) bool {
	_, permitted := o.Opening(granted)
	return permitted
}

// Opening gives those of granted that o is done with: the first of its
// alternatives that they cover.
func (o *Operation) Opening(granted scope.Set) (scopes scope.Set, permitted bool) {
	for _, all := range o.Requirement {
		if granted.HasAll(all) {
			return all, true
		}
	}
	return nil, o.Unscoped
}

// Needs names the scopes to ask for, as the scope attribute of RFC 6750,
// section 3: the smallest set that is enough. It is empty where o is unscoped.
func (o *Operation) Needs() string { return o.needs }

// Name is the operation in one text, such as "GET /contacts/{contactId}".
func (o *Operation) Name() string { return o.name }

func (o *Operation) String() string { return o.Method + " " + o.Path }

// Requirement puts alternatives into the form that operations keep them in:
// each set once, smallest first.
func Requirement(alternatives ...scope.Set) []scope.Set {
	var sorted []scope.Set
	for _, all := range alternatives {
		sorted = append(sorted, scope.NewSet(all...))
	}
	slices.SortFunc(sorted, func(a, b scope.Set) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), slices.Compare(a, b))
	})
	return slices.CompactFunc(sorted, scope.Set.Equal)
}

// New makes a catalogue. Every scope that an operation requires must be among
// scopes, no two operations, open or closed, may match the same requests, and
// none may lie on a [Reservation]; an error names the operation.
func New(scopes []Scope, operations []Operation, closed ...route.Route) (*Catalog, error) {
	c := &Catalog{Scopes: slices.Clone(scopes), Operations: slices.Clone(operations), Closed: slices.Clone(closed)}
	slices.SortFunc(c.Scopes, func(a, b Scope) int { return cmp.Compare(a.Name, b.Name) })
	for i, s := range c.Scopes {
		if err := scope.Valid(s.Name); err != nil {
			return nil, fmt.Errorf("scope %q: %w", s.Name, err)
		}
		if i > 0 && c.Scopes[i-1].Name == s.Name {
			return nil, fmt.Errorf("scope %s is listed twice", s.Name)
		}
	}
	for i := range c.Operations {
		if err := c.complete(&c.Operations[i]); err != nil {
			return nil, fmt.Errorf("operation %s: %w", &c.Operations[i], err)
		}
	}
	slices.SortFunc(c.Operations, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	slices.SortFunc(c.Closed, func(a, b route.Route) int {
		return cmp.Or(cmp.Compare(a.Template, b.Template), cmp.Compare(a.Method, b.Method))
	})
	routes := make([]route.Route, 0, len(c.Operations)+len(c.Closed)) // operations first: Match counts on it
	for _, o := range c.Operations {
		routes = append(routes, route.Route{Method: o.Method, Template: o.Path})
	}
	routes = append(routes, c.Closed...)
	var err error
	if c.table, err = route.New(routes); err != nil {
		return nil, err
	}
	return c, nil
}

// complete checks o against the catalogue's scopes and works out the rest of it.
func (c *Catalog) complete(o *Operation) error {
	if o.Method == "" || o.Method != strings.ToUpper(o.Method) {
		return fmt.Errorf("its method must be in upper case")
	}
	if err := CheckReserved(o.Path); err != nil {
		return err
	}
	if o.Unscoped == (len(o.Requirement) > 0) {
		return fmt.Errorf("it must either require scopes or be unscoped")
	}
	o.Path = route.TrimSlash(o.Path)
	o.Requirement = Requirement(o.Requirement...)
	for _, all := range o.Requirement {
		if len(all) == 0 {
			return fmt.Errorf("one of its alternatives requires no scope")
		}
		for _, name := range all {
			if !c.Has(name) {
				return fmt.Errorf("it requires %q, which is no scope of the catalogue", name)
			}
		}
	}
	o.name = o.String()
	if !o.Unscoped {
		o.needs = o.Requirement[0].String()
	}
	c.servesV1 = c.servesV1 || v1.holds(o.Path)
	return nil
}

// Has reports whether the catalogue has a scope of this name.
func (c *Catalog) Has(name string) bool {
	_, found := slices.BinarySearchFunc(c.Scopes, name, func(s Scope, name string) int { return cmp.Compare(s.Name, name) })
	return found
}

// Named finds the operation of a [Operation.Name].
func (c *Catalog) Named(name string) (*Operation, bool) {
	for i := range c.Operations {
		if c.Operations[i].name == name {
			return &c.Operations[i], true
		}
	}
	return nil, false
}

// Match finds the operation that a request asks for. Path is as it stood in
// the request line, escaped and without the query. The error wraps
// [route.ErrPath] for a path that has several readings, or is
// [route.ErrNotFound], [route.ErrAmbiguous] or [ErrClosed].
func (c *Catalog) Match(method, path string) (*Operation, error) {
	if err := route.Check(path); err != nil {
		return nil, err
	}
	i, err := c.table.Match(method, path)
	if err != nil {
		return nil, err
	}
	if i >= len(c.Operations) {
		return nil, ErrClosed
	}
	return &c.Operations[i], nil
}
