package dynamo

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// Query reads a stretch of one partition, strongly consistent.
func (db *DB) Query(ctx context.Context, q table.Query) ([]table.Row, error) {
	var x expression
	condition := x.name(partitionKey) + " = " + x.value(stringValue(q.Partition))
	if q.Prefix != "" {
		condition += " AND begins_with(" + x.name(sortKey) + ", " + x.value(stringValue(q.Prefix)) + ")"
	}
	in := &dynamodb.QueryInput{
		ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(!q.Descending),
		KeyConditionExpression: aws.String(condition), ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values,
	}
	if q.After != "" {
		in.ExclusiveStartKey = encodeKey(table.Key{Partition: q.Partition, Sort: q.After})
	}
	found, err := db.query(ctx, in, q.Limit)
	if err != nil {
		return nil, err
	}
	return decodeRows(found)
}

// decodeRows gives the rows up to one that can't be read.
func decodeRows(found []map[string]types.AttributeValue) (rows []table.Row, err error) {
	rows = make([]table.Row, len(found))
	for n, values := range found {
		if rows[n].Key, err = decodeKey(values); err != nil {
			return rows[:n], err
		}
		if rows[n].Item, err = decode(rows[n].Key, values); err != nil {
			return rows[:n], err
		}
	}
	return rows, nil
}

// Scan reads up to 1 MB of the table, strongly consistent, and gives what of it
// lies in partitions that begin with prefix.
func (db *DB) Scan(ctx context.Context, prefix string, after *table.Key) (page []table.Row, next *table.Key, err error) {
	found, next, err := db.scan(ctx, prefix, after, false)
	if err != nil {
		return nil, nil, err
	}
	if page, err = decodeRows(found); err != nil {
		return page, nil, err
	}
	return page, next, nil
}

// Keys is [DB.Scan] for keys alone. It costs as much.
func (db *DB) Keys(ctx context.Context, prefix string, after *table.Key) (page []table.Key, next *table.Key, err error) {
	found, next, err := db.scan(ctx, prefix, after, true)
	if err != nil {
		return nil, nil, err
	}
	page = make([]table.Key, len(found))
	for n, values := range found {
		if page[n], err = decodeKey(values); err != nil {
			return nil, nil, err
		}
	}
	return page, next, nil
}

func (db *DB) scan(ctx context.Context, prefix string, after *table.Key, keysOnly bool) (found []map[string]types.AttributeValue, next *table.Key, err error) {
	var x expression
	in := &dynamodb.ScanInput{
		TableName: db.table, ConsistentRead: aws.Bool(true),
		FilterExpression: aws.String("begins_with(" + x.name(partitionKey) + ", " + x.value(stringValue(prefix)) + ")"),
	}
	if keysOnly {
		in.ProjectionExpression = aws.String(x.name(partitionKey) + ", " + x.name(sortKey))
	}
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = x.names, x.values
	if after != nil {
		in.ExclusiveStartKey = encodeKey(*after)
	}
	out, err := db.client.Scan(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	if len(out.LastEvaluatedKey) == 0 {
		return out.Items, nil, nil
	}
	last, err := decodeKey(out.LastEvaluatedKey)
	return out.Items, &last, err
}

// Due reads the due index, which lags behind the items by some milliseconds,
// seldom more.
func (db *DB) Due(ctx context.Context, shard int, until time.Time, after *table.Due, limit int) ([]table.Due, error) {
	var x expression
	name := stringValue(strconv.Itoa(shard))
	condition := x.name(table.AttributeDueShard) + " = " + x.value(name) +
		" AND " + x.name(table.AttributeDueAt) + " <= " + x.value(numberValue(until.UnixMilli()))
	in := &dynamodb.QueryInput{
		IndexName:              aws.String(dueIndex),
		KeyConditionExpression: aws.String(condition), ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values,
	}
	if after != nil {
		in.ExclusiveStartKey = encodeKey(after.Key)
		in.ExclusiveStartKey[table.AttributeDueShard] = name
		in.ExclusiveStartKey[table.AttributeDueAt] = numberValue(after.At.UnixMilli())
	}
	found, err := db.query(ctx, in, limit)
	if err != nil {
		return nil, err
	}
	due := make([]table.Due, len(found))
	for n, values := range found {
		if due[n], err = decodeDue(values); err != nil {
			return nil, err
		}
	}
	return due, nil
}

// Timeline reads the timeline index, which lags behind the items by some
// milliseconds, seldom more.
func (db *DB) Timeline(ctx context.Context, q table.TimelineQuery) ([]table.Row, error) {
	var x expression
	place := x.name(table.AttributeTimeline)
	condition := x.name(table.AttributeAccount) + " = " + x.value(stringValue(q.Account)) +
		" AND " + place + " BETWEEN " + x.value(stringValue(q.From)) + " AND " + x.value(stringValue(q.Before))
	in := &dynamodb.QueryInput{
		IndexName: aws.String(timelineIndex), ScanIndexForward: aws.Bool(false), KeyConditionExpression: aws.String(condition),
	}
	if q.PlacesOnly {
		in.ProjectionExpression = aws.String(x.name(partitionKey) + ", " + x.name(sortKey) + ", " + place)
	}
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = x.names, x.values
	found, err := db.query(ctx, in, q.Limit+1)
	if err != nil {
		return nil, err
	}
	// BETWEEN has both ends; one item at most can be at the upper one.
	if len(found) > 0 {
		if top, ok := found[0][table.AttributeTimeline].(*types.AttributeValueMemberS); ok && top.Value == q.Before {
			found = found[1:]
		}
	}
	return decodeRows(found[:min(q.Limit, len(found))])
}

func decodeDue(values map[string]types.AttributeValue) (table.Due, error) {
	key, err := decodeKey(values)
	if err != nil {
		return table.Due{}, err
	}
	at, err := decodeValue(table.AttributeDueAt, values[table.AttributeDueAt])
	if err != nil || at.Kind != table.Number {
		return table.Due{}, fmt.Errorf("%w: %s is due at no instant", table.ErrDamaged, key)
	}
	return table.Due{Key: key, At: time.UnixMilli(at.Number).UTC()}, nil
}

// query reads page after page, which DynamoDB ends at 1 MB, up to limit.
func (db *DB) query(ctx context.Context, in *dynamodb.QueryInput, limit int) (found []map[string]types.AttributeValue, err error) {
	in.TableName = db.table
	for {
		in.Limit = aws.Int32(int32(limit - len(found)))
		out, err := db.client.Query(ctx, in)
		if err != nil {
			return nil, err
		}
		found = append(found, out.Items...)
		if len(found) >= limit || len(out.LastEvaluatedKey) == 0 {
			return found, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}
