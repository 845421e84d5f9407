//go:build !race

package authorize_test

import "testing"

// The race detector allocates on its own account, so this is not built with it.
func TestTokenLogicAllocatesThreeTimesAtMost(t *testing.T) {
	authorizer, request := logic(t)
	ctx := t.Context()
	allocations := testing.AllocsPerRun(1000, func() {
		if _, err := authorizer.Authorize(ctx, request); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 3 {
		t.Errorf("%v allocations", allocations)
	}
}
