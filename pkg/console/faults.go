package console

import "strings"

// faults are what is wrong with the fields of a form, as it stands below each.
type faults map[string]string

// blamed is one of them as it stands above the form, with what leads to the field.
type blamed struct{ ID, Label, Text string }

// fieldsOf are the fields of integrations in the order of their forms, with what
// their forms call them.
var fieldsOf = []struct{ name, id, label string }{
	{"name", "name", "Name"}, {"description", "description", "Description"},
	{"expiresAt", "on", "Date and time"}, {"scopes", "scopes-fault", "Scopes"},
}

// List is the faults in the order of the form.
func (f faults) List() (all []blamed) {
	for _, field := range fieldsOf {
		if message := f[field.name]; message != "" {
			all = append(all, blamed{field.id, field.label, uncapital(message)})
		}
	}
	return all
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func uncapital(s string) string { return strings.ToLower(s[:1]) + s[1:] }
