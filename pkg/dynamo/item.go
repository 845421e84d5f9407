package dynamo

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/private-integrations/private-integrations/pkg/table"
)

func stringValue(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func numberValue(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func encodeKey(k table.Key) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{partitionKey: stringValue(k.Partition), sortKey: stringValue(k.Sort)}
}

func encode(k table.Key, item table.Item) map[string]types.AttributeValue {
	values := encodeKey(k)
	for _, a := range item {
		values[a.Name] = encodeValue(a)
	}
	return values
}

func encodeValue(a table.Attribute) types.AttributeValue {
	switch a.Kind {
	case table.Number:
		return numberValue(a.Number)
	case table.Binary:
		return &types.AttributeValueMemberB{Value: []byte(a.Text)}
	case table.List:
		list := make([]types.AttributeValue, len(a.List))
		for n, s := range a.List {
			list[n] = stringValue(s)
		}
		return &types.AttributeValueMemberL{Value: list}
	}
	return stringValue(a.Text)
}

func decodeKey(values map[string]types.AttributeValue) (table.Key, error) {
	partition, ok := values[partitionKey].(*types.AttributeValueMemberS)
	sort, also := values[sortKey].(*types.AttributeValueMemberS)
	if !ok || !also {
		return table.Key{}, fmt.Errorf("%w: without a key", table.ErrDamaged)
	}
	return table.Key{Partition: partition.Value, Sort: sort.Value}, nil
}

// decode reads the item under k.
func decode(k table.Key, values map[string]types.AttributeValue) (table.Item, error) {
	item := make(table.Item, 0, len(values))
	for name, value := range values {
		if name == partitionKey || name == sortKey {
			continue
		}
		a, err := decodeValue(name, value)
		if err != nil {
			return nil, &table.Damaged{Key: k, Err: fmt.Errorf("%w: %s: attribute %s: %w", table.ErrDamaged, k, name, err)}
		}
		item = append(item, a)
	}
	return item, nil
}

func decodeValue(name string, value types.AttributeValue) (table.Attribute, error) {
	a := table.Attribute{Name: name}
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		a.Kind, a.Text = table.String, v.Value
	case *types.AttributeValueMemberB:
		a.Kind, a.Text = table.Binary, string(v.Value)
	case *types.AttributeValueMemberN:
		n, err := strconv.ParseInt(v.Value, 10, 64)
		if err != nil {
			return a, fmt.Errorf("%s is no whole number of 64 bits", v.Value)
		}
		a.Kind, a.Number = table.Number, n
	case *types.AttributeValueMemberL:
		a.Kind, a.List = table.List, make([]string, len(v.Value))
		for n, element := range v.Value {
			s, ok := element.(*types.AttributeValueMemberS)
			if !ok {
				return a, fmt.Errorf("element %d is a %T, not a string", n, element)
			}
			a.List[n] = s.Value
		}
	default:
		return a, fmt.Errorf("is a %T, which this program does not write", value)
	}
	return a, nil
}
