// Package stories_test tries the product's pages in a real browser, the way
// people use them and the way others would misuse them.
package stories_test

import (
	"os"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }
