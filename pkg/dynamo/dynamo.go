// Package dynamo keeps the table in DynamoDB. It is the backend in production.
package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// Names of the table's keys and of its indexes. The keys of the one are the
// attributes dueShard and dueAt, and it holds keys alone; those of the other are
// account and timeline, and it holds whole items, of which many are read at once.
const (
	partitionKey  = "PK"
	sortKey       = "SK"
	dueIndex      = "due"
	timelineIndex = "timeline"
)

// DB is one table. It implements the table's backend.
type DB struct {
	client *dynamodb.Client
	table  *string
}

var _ table.Backend = (*DB)(nil)

// New opens the table of that name. How failed calls are repeated is decided
// here and not in cfg.
func New(cfg aws.Config, name string) *DB {
	return &DB{
		client: dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.Retryer = retryer() }),
		table:  aws.String(name),
	}
}

// Get reads one item, strongly consistent.
func (db *DB) Get(ctx context.Context, key table.Key) (table.Item, error) {
	out, err := db.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: db.table, Key: encodeKey(key), ConsistentRead: aws.Bool(true),
	})
	if err != nil || out.Item == nil {
		return nil, err
	}
	return decode(key, out.Item)
}

// batchSize is how many keys one BatchGetItem takes.
const batchSize = 100

// GetAll reads some items, each strongly consistent; together they are not of
// one instant.
func (db *DB) GetAll(ctx context.Context, keys []table.Key) ([]table.Item, error) {
	items := make([]table.Item, len(keys))
	place := make(map[table.Key]int, len(keys))
	requests := make([]map[string]types.AttributeValue, len(keys))
	for n, key := range keys {
		place[key] = n
		requests[n] = encodeKey(key)
	}
	for len(requests) > 0 {
		batch := requests[:min(batchSize, len(requests))]
		requests = requests[len(batch):]
		found, err := db.batch(ctx, batch)
		if err != nil {
			return nil, err
		}
		for _, values := range found {
			key, err := decodeKey(values)
			if err != nil {
				return nil, err
			}
			if items[place[key]], err = decode(key, values); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}

// batch reads the items of up to batchSize keys, in any order. DynamoDB may
// leave some for another request.
func (db *DB) batch(ctx context.Context, keys []map[string]types.AttributeValue) (found []map[string]types.AttributeValue, err error) {
	for attempt := range attempts {
		if attempt > 0 {
			if err := sleep(ctx, delay(attempt)); err != nil {
				return nil, err
			}
		}
		out, err := db.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{*db.table: {Keys: keys, ConsistentRead: aws.Bool(true)}},
		})
		if err != nil {
			return nil, err
		}
		found = append(found, out.Responses[*db.table]...)
		if keys = out.UnprocessedKeys[*db.table].Keys; len(keys) == 0 {
			return found, nil
		}
	}
	return nil, fmt.Errorf("read %d items of table %s: DynamoDB put them off %d times", len(keys), *db.table, attempts)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
