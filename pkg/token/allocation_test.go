//go:build !race

package token_test

import (
	"testing"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// The race detector allocates on its own account, so this is not built with it.
func TestReadingATokenAndItsMACAllocateThreeTimesAtMost(t *testing.T) {
	v := readVectors(t).Good[1]
	f := format(t, v.Prefix)
	pepper, err := token.NewPepper(fromHex(t, v.Pepper))
	if err != nil {
		t.Fatal(err)
	}
	allocations := testing.AllocsPerRun(1000, func() {
		parsed, err := f.Parse(v.Token)
		if err != nil {
			t.Fatal(err)
		}
		pepper.MAC(parsed)
	})
	if allocations > 3 {
		t.Errorf("%v allocations", allocations)
	}
}
