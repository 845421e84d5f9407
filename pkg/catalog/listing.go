package catalog

// Listing is what the management API shows of a scope.
type Listing struct {
	Name        string            `json:"name"`
	Group       string            `json:"group"`
	Access      string            `json:"access"` // readonly, write or other
	Description string            `json:"description"`
	Operations  []ListedOperation `json:"operations"` // those that need the scope, by path, then method
}

// ListedOperation is what the management API shows of an operation.
type ListedOperation struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Summary string `json:"summary"`
}

// Listing lists the scopes by name. An operation stands under every scope that
// occurs in its requirement, also where it needs another one beside it.
func (c *Catalog) Listing() []Listing {
	listed := make([]Listing, len(c.Scopes))
	for i, s := range c.Scopes {
		listed[i] = Listing{Name: s.Name, Group: s.Group(), Access: s.Access(), Description: s.Description, Operations: []ListedOperation{}}
		for _, o := range c.Operations {
			if o.mentions(s.Name) {
				listed[i].Operations = append(listed[i].Operations, ListedOperation{Method: o.Method, Path: o.Path, Summary: o.Summary})
			}
		}
	}
	return listed
}

func (o *Operation) mentions(name string) bool {
	for _, all := range o.Requirement {
		if all.Has(name) {
			return true
		}
	}
	return false
}
