package stories_test

import (
	"os"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/runner"
)

// published is a folder of documents that a real API publishes. It lies beside a
// developer's checkout and is not part of it.
const published = "../../../../shared/specs"

func TestPagesOfALargeAPIAreLight(t *testing.T) {
	if _, err := os.Stat(published); err != nil {
		t.Skipf("NOT RUN: the published documents are not at %s: %v", published, err)
	}
	w := start(t, func(c *runner.Config) { c.Catalog = []string{published} })
	p := w.open(home+"/new", admin)
	next("Reports")(p)
	p.Has("heading", "Scopes of “Reports”")
	p.Light()
	p.Fits()
	p.Check("contacts.readonly")
	p.Click("button", "Generate Access Token")
	p.See("-H 'Version: 2021-07-28'")
	p.Light()
}
