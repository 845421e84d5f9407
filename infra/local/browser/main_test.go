package browser_test

import (
	"os"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }
