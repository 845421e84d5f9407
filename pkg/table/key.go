package table

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/token"
)

const (
	integrationPrefix = "INTEGRATION#"
	factPrefix        = "FACT#"
	tokenPrefix       = "TOKEN#" // of partitions
)

func accountPartition(account string) string { return "ACCOUNT#" + account }

func integrationKey(account, id string) Key {
	return Key{accountPartition(account), integrationPrefix + id}
}

// parseIntegrationKey is the inverse of integrationKey.
func parseIntegrationKey(k Key) (account, id string, err error) {
	account, ofAccount := strings.CutPrefix(k.Partition, "ACCOUNT#")
	id, ofIntegration := strings.CutPrefix(k.Sort, integrationPrefix)
	if !ofAccount || !ofIntegration {
		return "", "", fmt.Errorf("%w: %s is no integration's key", ErrDamaged, k)
	}
	return account, id, nil
}

func tokenKey(id token.ID) Key { return Key{tokenPrefix + string(id), "TOKEN"} }

// factKey pads the number so that sort keys are in the order of numbers.
func factKey(account, subject string, seq int64) Key {
	return Key{accountPartition(account), fmt.Sprintf("%s%s#%012d", factPrefix, subject, seq)}
}

func countKey(account string) Key { return Key{accountPartition(account), "COUNT"} }

func receiptKey(account, key string) Key { return Key{accountPartition(account), "IDEM#" + key} }

// dueShard spreads integrations evenly over the partitions of the due index.
func dueShard(id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return strconv.Itoa(int(h.Sum32() % DueShards))
}
