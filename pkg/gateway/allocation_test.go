//go:build !race

package gateway_test

import "testing"

// maxEventAllocs is the budget of one event without I/O; the goal is 40.
const maxEventAllocs = 12

func TestAnEventCostsFewAllocations(t *testing.T) {
	a, _, minted := newAuthorizer(t)
	event := goldenEvent(t, minted)
	got := testing.AllocsPerRun(100, func() {
		if _, err := a.Invoke(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	})
	if got > maxEventAllocs {
		t.Errorf("%v allocations, want at most %d", got, maxEventAllocs)
	}
}
