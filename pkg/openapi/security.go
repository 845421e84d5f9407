package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

// verdict is what a token needs for an operation, or why no token will do.
type verdict struct {
	requirement []scope.Set
	unscoped    bool
	refusal     string
}

func (v verdict) String() string {
	switch {
	case v.refusal != "":
		return "is refused: " + v.refusal
	case v.unscoped:
		return "needs any live token"
	}
	return "needs " + alternatives(v.requirement)
}

// alternatives writes a requirement out for people: "a + b or c".
func alternatives(requirement []scope.Set) string {
	sets := make([]string, len(requirement))
	for i, all := range requirement {
		sets[i] = strings.Join(all, " + ")
	}
	return strings.Join(sets, " or ")
}

func (v verdict) equal(w verdict) bool {
	return slices.EqualFunc(v.requirement, w.requirement, scope.Set.Equal) &&
		v.unscoped == w.unscoped && (v.refusal == "") == (w.refusal == "")
}

// judge weighs the alternatives of a security requirement. Those that a token
// of ours can't satisfy alone are dropped. The error is for a scope that can't
// be one.
func (d *document) judge(requirements openapi3.SecurityRequirements, allowUnscoped bool) (verdict, error) {
	if len(requirements) == 0 {
		return verdict{refusal: "it has no security requirement"}, nil
	}
	var enough []scope.Set
	var dropped []string
	for _, all := range requirements {
		scopes, why, err := d.scopes(all)
		switch {
		case err != nil:
			return verdict{}, err
		case why != "":
			dropped = append(dropped, why)
		case len(scopes) > 0:
			enough = append(enough, scopes)
		case allowUnscoped:
			return verdict{unscoped: true}, nil
		default:
			dropped = append(dropped, "it asks for a token but for no scope (CATALOG_UNSCOPED=allow opens such operations to every live token)")
		}
	}
	if len(enough) == 0 {
		slices.Sort(dropped)
		return verdict{refusal: strings.Join(slices.Compact(dropped), "; ")}, nil
	}
	return verdict{requirement: catalog.Requirement(enough...)}, nil
}

// scopes is the union of what the schemes of one alternative ask for. Why says
// what else than a token it needs.
func (d *document) scopes(all openapi3.SecurityRequirement) (scopes scope.Set, why string, err error) {
	if len(all) == 0 {
		return nil, "it is open to anonymous callers", nil
	}
	var names []string
	for _, scheme := range slices.Sorted(maps.Keys(all)) {
		if why := d.unusable(scheme); why != "" {
			return nil, why, nil
		}
		for _, name := range all[scheme] {
			name = strings.TrimSpace(name)
			if err := scope.Valid(name); err != nil {
				return nil, "", fmt.Errorf("scope %q of security scheme %s: %w", name, scheme, err)
			}
			names = append(names, name)
		}
	}
	return scope.NewSet(names...), "", nil
}

// unusable says why a bearer token does not satisfy a security scheme, or
// nothing.
func (d *document) unusable(name string) string {
	scheme := d.scheme(name)
	switch {
	case scheme == nil:
		return fmt.Sprintf("its security scheme %s is not declared in the document", name)
	case scheme.Type == "oauth2", scheme.Type == "openIdConnect":
		return ""
	case scheme.Type != "http":
		return fmt.Sprintf("its security scheme %s is of type %s, not a bearer token", name, scheme.Type)
	case !strings.EqualFold(scheme.Scheme, "bearer"):
		return fmt.Sprintf("its security scheme %s is HTTP %s, not a bearer token", name, scheme.Scheme)
	}
	return ""
}

// scheme finds a declared scheme, also through references within the document.
func (d *document) scheme(name string) *openapi3.SecurityScheme {
	for range len(d.Components.SecuritySchemes) {
		declared := d.Components.SecuritySchemes[name]
		if declared == nil {
			return nil
		}
		if declared.Ref == "" {
			return declared.Value
		}
		var local bool
		if name, local = strings.CutPrefix(declared.Ref, "#/components/securitySchemes/"); !local {
			return nil
		}
	}
	return nil
}

// descriptions yields the scopes that the document's OAuth 2.0 flows describe,
// always in the same order.
func (d *document) descriptions(yield func(name, description string) bool) {
	for _, key := range slices.Sorted(maps.Keys(d.Components.SecuritySchemes)) {
		scheme := d.scheme(key)
		if scheme == nil || scheme.Flows == nil {
			continue
		}
		for _, flow := range []*openapi3.OAuthFlow{scheme.Flows.AuthorizationCode, scheme.Flows.ClientCredentials, scheme.Flows.Implicit, scheme.Flows.Password} {
			if flow == nil {
				continue
			}
			for name, description := range flow.Scopes {
				if !yield(strings.TrimSpace(name), strings.TrimSpace(description)) {
					return
				}
			}
		}
	}
}
