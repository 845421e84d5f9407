package dynamo

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// expression gathers the names and values that an expression refers to: many
// plain names are reserved words of DynamoDB's.
type expression struct {
	names      map[string]string // by what refers to them
	references map[string]string // the inverse
	values     map[string]types.AttributeValue
}

// name refers to an attribute, whose name may hold anything. One that is named
// twice is referred to by the same text: DynamoDB minds names that nothing
// refers to, and its expressions have a bound.
func (x *expression) name(attribute string) string {
	if x.names == nil {
		x.names, x.references = map[string]string{}, map[string]string{}
	}
	reference, found := x.references[attribute]
	if !found {
		reference = "#" + strconv.Itoa(len(x.names))
		x.names[reference], x.references[attribute] = attribute, reference
	}
	return reference
}

func (x *expression) value(v types.AttributeValue) string {
	if x.values == nil {
		x.values = map[string]types.AttributeValue{}
	}
	reference := ":" + strconv.Itoa(len(x.values))
	x.values[reference] = v
	return reference
}

// conditions is the expression that all of them hold; nil for none.
func (x *expression) conditions(all []table.Condition) *string {
	if len(all) == 0 {
		return nil
	}
	terms := make([]string, len(all))
	for n, c := range all {
		terms[n] = x.condition(c)
	}
	return aws.String(strings.Join(terms, " AND "))
}

func (x *expression) condition(c table.Condition) string {
	if c.Test == table.Exists {
		return "attribute_exists(" + x.name(partitionKey) + ")"
	}
	name := x.name(c.Attribute)
	switch c.Test {
	case table.Present:
		return "attribute_exists(" + name + ")"
	case table.Equal:
		return name + " = " + x.value(numberValue(c.Number))
	case table.AbsentOrAtMost:
		return "(attribute_not_exists(" + name + ") OR " + name + " <= " + x.value(numberValue(c.Number)) + ")"
	}
	return "attribute_not_exists(" + name + ")"
}

func (x *expression) update(u table.Update) *string {
	var set, add, remove []string
	for _, a := range u.Set {
		set = append(set, x.name(a.Name)+" = "+x.value(encodeValue(a)))
	}
	for name, n := range u.Add {
		add = append(add, x.name(name)+" "+x.value(numberValue(n)))
	}
	for _, name := range u.Remove {
		remove = append(remove, x.name(name))
	}
	var text strings.Builder
	for _, clause := range []struct {
		keyword string
		terms   []string
	}{{"SET ", set}, {" ADD ", add}, {" REMOVE ", remove}} {
		if len(clause.terms) > 0 {
			text.WriteString(clause.keyword + strings.Join(clause.terms, ", "))
		}
	}
	return aws.String(text.String())
}
