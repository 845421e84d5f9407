package console

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

// group are the scopes of one part of the API.
type group struct {
	Name   string
	Scopes []catalog.Listing
}

// access says what a scope's kind of access is called.
var access = map[string]badge{"readonly": {"Read only", ""}, "write": {"Write", "warn"}, "other": {"Other", ""}}

// groups are the scopes of the catalogue as they are picked.
func (c *Console) groups() []group {
	var all []group
	for _, l := range c.Catalog.Listing() {
		n := slices.IndexFunc(all, func(g group) bool { return g.Name == l.Group })
		if n < 0 {
			n = len(all)
			all = append(all, group{Name: l.Group})
		}
		all[n].Scopes = append(all[n].Scopes, l)
	}
	slices.SortFunc(all, func(a, b group) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// firstGet is a GET that a token with these scopes opens, to try it by: one
// without parameters in its path, if there is one. The path is empty if there is
// none.
func (c *Console) firstGet(scopes scope.Set) (path string, headers map[string]string) {
	for _, o := range c.Catalog.Operations {
		if o.Method != "GET" || !o.Permits(scopes) {
			continue
		}
		if !strings.Contains(o.Path, "{") {
			return o.Path, o.Headers
		}
		if path == "" {
			path, headers = o.Path, o.Headers
		}
	}
	return placeholders(path), headers
}

// placeholders puts what a person has to fill in in place of parameters:
// "/contacts/CONTACT_ID" for "/contacts/{contactId}".
func placeholders(path string) string {
	segments := strings.Split(path, "/")
	for n, s := range segments {
		name, is := strings.CutPrefix(s, "{")
		if !is {
			continue
		}
		var b strings.Builder
		for i, r := range strings.TrimSuffix(name, "}") {
			if i > 0 && r >= 'A' && r <= 'Z' {
				b.WriteByte('_')
			}
			b.WriteRune(r)
		}
		segments[n] = strings.ToUpper(b.String())
	}
	return strings.Join(segments, "/")
}

func asInvalid(err error) (*integration.Invalid, bool) {
	invalid := (*integration.Invalid)(nil)
	return invalid, errors.As(err, &invalid)
}
