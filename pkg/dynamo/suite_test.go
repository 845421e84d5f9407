package dynamo

import (
	"testing"

	"github.com/private-integrations/private-integrations/pkg/dynamo/dynamolocal"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func TestStoreKeepsItsContractOnDynamoDB(t *testing.T) {
	t.Parallel()
	dynamolocal.URL(t) // or all of it is left out
	storetest.Run(t, storetest.Scale{Workers: 20, Increments: 20}, func(t *testing.T) table.Backend { return newTable(t) })
}
