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

// Create makes the table and waits until it can be used. That is for tests and
// trials; the CDK app makes the one in production.
func (db *DB) Create(ctx context.Context) error {
	_, err := db.client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:   db.table,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(partitionKey), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(sortKey), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(table.AttributeDueShard), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(table.AttributeDueAt), AttributeType: types.ScalarAttributeTypeN},
			{AttributeName: aws.String(table.AttributeAccount), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(table.AttributeTimeline), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: keySchema(partitionKey, sortKey),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String(dueIndex),
			KeySchema:  keySchema(table.AttributeDueShard, table.AttributeDueAt),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}, {
			IndexName:  aws.String(timelineIndex),
			KeySchema:  keySchema(table.AttributeAccount, table.AttributeTimeline),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	})
	if err != nil {
		return fmt.Errorf("create table %s: %w", *db.table, err)
	}
	active := dynamodb.NewTableExistsWaiter(db.client)
	if err := active.Wait(ctx, &dynamodb.DescribeTableInput{TableName: db.table}, 2*time.Minute); err != nil {
		return fmt.Errorf("wait for table %s: %w", *db.table, err)
	}
	_, err = db.client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: db.table,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: aws.String(table.AttributeTTL), Enabled: aws.Bool(true),
		},
	})
	if err != nil {
		return fmt.Errorf("let the items of table %s end: %w", *db.table, err)
	}
	return nil
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: aws.String(partition), KeyType: types.KeyTypeHash},
		{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange},
	}
}
