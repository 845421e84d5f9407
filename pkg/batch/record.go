package batch

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-lambda-go/events"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// Names of the table's keys, which are in each image as well.
const (
	partitionKey = "PK"
	sortKey      = "SK"
)

// keyOf is the key of a record as far as it can be read.
func keyOf(r events.DynamoDBEventRecord) table.Key {
	part := func(name string) string {
		if v, found := r.Change.Keys[name]; found && v.DataType() == events.DataTypeString {
			return v.String()
		}
		return ""
	}
	return table.Key{Partition: part(partitionKey), Sort: part(sortKey)}
}

// readRecord reads what a record of the stream says was written.
func readRecord(r events.DynamoDBEventRecord) (table.Written, error) {
	w := table.Written{Row: table.Row{Key: keyOf(r)}, New: r.EventName == string(events.DynamoDBOperationTypeInsert)}
	if w.Key.Partition == "" || w.Key.Sort == "" {
		return w, fmt.Errorf("%w: without a key", table.ErrDamaged)
	}
	for name, value := range r.Change.NewImage {
		if name == partitionKey || name == sortKey {
			continue
		}
		a, err := readValue(name, value)
		if err != nil {
			return w, fmt.Errorf("%w: %s: attribute %s: %w", table.ErrDamaged, w.Key, name, err)
		}
		w.Item = append(w.Item, a)
	}
	return w, nil
}

func readValue(name string, value events.DynamoDBAttributeValue) (table.Attribute, error) {
	a := table.Attribute{Name: name}
	switch value.DataType() {
	case events.DataTypeString:
		a.Kind, a.Text = table.String, value.String()
	case events.DataTypeBinary:
		a.Kind, a.Text = table.Binary, string(value.Binary())
	case events.DataTypeNumber:
		n, err := strconv.ParseInt(value.Number(), 10, 64)
		if err != nil {
			return a, fmt.Errorf("%s is no whole number of 64 bits", value.Number())
		}
		a.Kind, a.Number = table.Number, n
	case events.DataTypeList:
		a.Kind = table.List
		for n, element := range value.List() {
			if element.DataType() != events.DataTypeString {
				return a, fmt.Errorf("element %d is no string", n)
			}
			a.List = append(a.List, element.String())
		}
	default:
		return a, fmt.Errorf("is of a type that this program does not write")
	}
	return a, nil
}
