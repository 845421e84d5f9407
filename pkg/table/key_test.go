package table

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestFactKeysAreInTheOrderOfTheirNumbers(t *testing.T) {
	var sorts []string
	for _, seq := range []int64{1, 2, 9, 10, 11, 99, 100, 123456, 999_999_999_999} {
		sorts = append(sorts, factKey("A", "I", seq).Sort)
	}
	if !slices.IsSorted(sorts) {
		t.Errorf("%v", sorts)
	}
}

func TestIntegrationKeyIsReadBack(t *testing.T) {
	account, id, err := parseIntegrationKey(integrationKey("a#b", "I"))
	if account != "a#b" || id != "I" || err != nil {
		t.Errorf("%q, %q, %v", account, id, err)
	}
	for _, key := range []Key{{}, tokenKey("T"), countKey("A"), factKey("A", "I", 1), {"TOKEN#T", "INTEGRATION#I"}} {
		if _, _, err := parseIntegrationKey(key); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), key.String()) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestDueShardsAreEven(t *testing.T) {
	const each = 1000
	counts := make([]int, DueShards)
	for n := range each * DueShards {
		shard, err := strconv.Atoi(dueShard(fmt.Sprintf("01JQ8Z%020d", n)))
		if err != nil {
			t.Fatal(err)
		}
		counts[shard]++
	}
	if slices.Min(counts) < each/2 || slices.Max(counts) > each*2 {
		t.Errorf("%v", counts)
	}
}
