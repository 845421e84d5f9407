package dynamo

import (
	"crypto/rand"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/private-integrations/private-integrations/pkg/dynamo/dynamolocal"
)

// config is for a client that answers by itself.
func config(client aws.HTTPClient) aws.Config {
	c := dynamolocal.Config("http://dynamodb.test")
	c.HTTPClient = client
	return c
}

// newTable makes a table of the test's own.
func newTable(t *testing.T) *DB {
	t.Helper()
	db := New(dynamolocal.Config(dynamolocal.URL(t)), "test-"+rand.Text())
	if err := db.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// through opens the same table with another HTTP client.
func (db *DB) through(client aws.HTTPClient) *DB {
	c := dynamolocal.Config(*db.client.Options().BaseEndpoint)
	c.HTTPClient = client
	return New(c, *db.table)
}
