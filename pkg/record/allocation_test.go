//go:build !race

package record_test

import (
	"testing"

	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// The race detector allocates on its own account, so this is not built with it.
func TestCountingAKnownUseAllocatesNothing(t *testing.T) {
	g := gather(t, rig.New(t))
	r := record.New(record.ForFunctions(nowhere{}, g.Clock.Now))
	use := g.use(1)
	r.Note(use)
	allocations := testing.AllocsPerRun(1000, func() {
		r.Note(use)
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}
