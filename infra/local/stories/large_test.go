package stories_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/runner"
)

// largeAPI writes the description of an API of so many scopes, which is more than
// those have that are published, and gives the file.
func largeAPI(t *testing.T, scopes int) string {
	t.Helper()
	var paths, described strings.Builder
	for n := range scopes {
		scope := fmt.Sprintf("resources-of-kind-%02d.readonly", n)
		for _, path := range []string{"", "/{id}", "/{id}/notes", "/{id}/tasks"} {
			fmt.Fprintf(&paths, "  /resources-of-kind-%02d%s: {get: {parameters: [{$ref: '#/components/parameters/Version'}], security: [{oauth: [%s]}]}}\n", n, path, scope)
		}
		fmt.Fprintf(&described, "            %s: Read all that there is of the resources of kind %02d\n", scope, n)
	}
	file := filepath.Join(t.TempDir(), "large.yaml")
	document := `openapi: 3.1.0
info: {title: Large, version: '2021-07-28'}
paths:
` + paths.String() + `components:
  parameters: {Version: {name: Version, in: header, required: true, schema: {type: string, enum: ['2021-07-28']}}}
  securitySchemes:
    oauth:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: https://api.example.com/oauth/authorize
          tokenUrl: https://api.example.com/oauth/token
          scopes:
` + described.String()
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPagesOfALargeAPIAreLight(t *testing.T) {
	w := start(t, func(c *runner.Config) { c.Catalog = []string{largeAPI(t, 50)} })
	p := w.open(home+"/new", admin)
	next("Reports")(p)
	p.Has("heading", "Scopes of “Reports”")
	p.Light()
	p.Fits()
	p.Check("resources-of-kind-49.readonly")
	p.Click("button", "Generate Access Token")
	p.See("-H 'Version: 2021-07-28'")
	p.Light()
}
