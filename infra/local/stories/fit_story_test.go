package stories_test

import (
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// A name need not have a place at which it could be broken.
func TestTheLongestNameFits(t *testing.T) {
	t.Parallel()
	w := start(t)
	export := w.given(strings.Repeat("W", integration.MaxName))
	w.works(export.token)
	p := w.open(home, admin)
	for _, path := range []string{home, home + "/compromised", export.path, export.path + "/usage", export.path + "/delete"} {
		p.Visit(path).Fits()
	}
}
