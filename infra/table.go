package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

const (
	dueIndex      = "due"      // finds what comes due
	timelineIndex = "timeline" // has what happened in an account, in order
)

// newTable makes the one table. Its shape is that of dynamo.DB's Create, which a
// test holds.
func (d *deployment) newTable() awsdynamodb.Table {
	encryption := awsdynamodb.TableEncryption_AWS_MANAGED
	if d.key != nil {
		encryption = awsdynamodb.TableEncryption_CUSTOMER_MANAGED
	}
	table := awsdynamodb.NewTable(d.stack, jsii.String("Table"), &awsdynamodb.TableProps{
		PartitionKey:        attribute("PK", awsdynamodb.AttributeType_STRING),
		SortKey:             attribute("SK", awsdynamodb.AttributeType_STRING),
		BillingMode:         awsdynamodb.BillingMode_PAY_PER_REQUEST,
		TimeToLiveAttribute: jsii.String("ttl"),
		Stream:              awsdynamodb.StreamViewType_NEW_IMAGE,
		Encryption:          encryption,
		EncryptionKey:       d.key,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(d.kept),
		},
		DeletionProtection: jsii.Bool(d.kept),
		RemovalPolicy:      d.removal,
	})
	table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:      jsii.String(dueIndex),
		PartitionKey:   attribute("dueShard", awsdynamodb.AttributeType_STRING),
		SortKey:        attribute("dueAt", awsdynamodb.AttributeType_NUMBER),
		ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
	})
	table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName:      jsii.String(timelineIndex),
		PartitionKey:   attribute("account", awsdynamodb.AttributeType_STRING),
		SortKey:        attribute("timeline", awsdynamodb.AttributeType_STRING),
		ProjectionType: awsdynamodb.ProjectionType_ALL,
	})
	return table
}

func attribute(name string, of awsdynamodb.AttributeType) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: jsii.String(name), Type: of}
}
