package dynamo

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// Write does all of writes, or none. A single one is a transaction too: without
// its token, a write whose answer got lost would be repeated and meet its own
// effect, as a condition that fails or as a number that is added twice.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-apis-txwriteitems
func (db *DB) Write(ctx context.Context, writes []table.Write) error {
	items := make([]types.TransactWriteItem, len(writes))
	for n, w := range writes {
		items[n] = db.transactWrite(w)
	}
	_, err := db.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: items, ClientRequestToken: aws.String(rand.Text()),
	})
	if refused := refusal(err); refused != nil {
		return refused
	}
	return err
}

func (db *DB) transactWrite(w table.Write) types.TransactWriteItem {
	var x expression
	condition := x.conditions(w.If)
	switch {
	case w.Remove:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: db.table, Key: encodeKey(w.Key),
			ConditionExpression: condition, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values,
		}}
	case w.Update != nil:
		update := x.update(*w.Update)
		return types.TransactWriteItem{Update: &types.Update{
			TableName: db.table, Key: encodeKey(w.Key), UpdateExpression: update,
			ConditionExpression: condition, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values,
		}}
	}
	return types.TransactWriteItem{Put: &types.Put{
		TableName: db.table, Item: encode(w.Key, w.Put),
		ConditionExpression: condition, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values,
	}}
}

// refusal names the writes whose conditions failed; nil if err is of another
// kind.
func refusal(err error) *table.Refused {
	var c *types.TransactionCanceledException
	if !errors.As(err, &c) {
		return nil
	}
	var refused table.Refused
	for n, reason := range c.CancellationReasons {
		if aws.ToString(reason.Code) == "ConditionalCheckFailed" {
			refused.Writes = append(refused.Writes, n)
		}
	}
	if len(refused.Writes) == 0 {
		return nil
	}
	return &refused
}
