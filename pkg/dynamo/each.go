package dynamo

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// WriteEach has one call under way for each eachInTurn of its writes, but not
// more than eachAtOnce, for which the SDK keeps connections. A connection that
// is not there yet costs a handshake: more than to wait for a few calls.
const (
	eachInTurn = 4
	eachAtOnce = 10
)

// WriteEach does each of writes with a call of its own, without a transaction: a
// call that is repeated since its answer got lost is done twice.
func (db *DB) WriteEach(ctx context.Context, writes []table.Write) []error {
	became := make([]error, len(writes))
	next := make(chan int)
	var all sync.WaitGroup
	for range min(eachAtOnce, (len(writes)+eachInTurn-1)/eachInTurn) {
		all.Go(func() {
			for n := range next {
				became[n] = db.writeOne(ctx, writes[n])
			}
		})
	}
	for n := range writes {
		next <- n
	}
	close(next)
	all.Wait()
	return became
}

func (db *DB) writeOne(ctx context.Context, w table.Write) (err error) {
	var x expression
	condition := x.conditions(w.If)
	switch {
	case w.Remove:
		_, err = db.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: db.table, Key: encodeKey(w.Key),
			ConditionExpression: condition, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values,
		})
	case w.Update != nil:
		update := x.update(*w.Update)
		_, err = db.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: db.table, Key: encodeKey(w.Key), UpdateExpression: update,
			ConditionExpression: condition, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values,
		})
	default:
		_, err = db.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: db.table, Item: encode(w.Key, w.Put),
			ConditionExpression: condition, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values,
		})
	}
	if refused := (*types.ConditionalCheckFailedException)(nil); errors.As(err, &refused) {
		return table.ErrRefused
	}
	return err
}
