package describe

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Errors is the page that the types of problems point into, in Markdown: one
// heading for each code.
func Errors() ([]byte, error) {
	kinds := slices.Clone(problem.Table)
	slices.SortStableFunc(kinds, func(a, b problem.Kind) int { return cmp.Compare(a.Status, b.Status) })

	var page bytes.Buffer
	page.WriteString(errorsIntroduction)
	for _, k := range kinds {
		fmt.Fprintf(&page, "| [%s](#%s) | %d | %s |\n", k.Code, k.Code, k.Status, k.Title)
	}
	status := 0
	for _, k := range kinds {
		if k.Status != status {
			status = k.Status
			fmt.Fprintf(&page, "\n## %d %s\n", status, http.StatusText(status))
		}
		example, err := exampleText(k.Code)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&page, "\n### %s\n\n**%s.** %s\n\n%s\n\n```json\n%s\n```\n", k.Code, k.Title, k.Detail, k.Help, example)
	}
	return page.Bytes(), nil
}

const errorsIntroduction = `<!-- Made of pkg/problem by "go test ./pkg/describe -update". -->

# Errors

What goes wrong is answered as problem details ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), media type
` + "`application/problem+json`" + `. Programs compare ` + "`code`" + `, which is stable; ` + "`title`" + ` and ` + "`detail`" + ` are for people and may
change. ` + "`type`" + ` is a link to the code on this page.

The management API's gateway checks the sign-in and finds the operation before the API sees a request. Its own refusals have
no code: ` + "`{\"message\": \"Unauthorized\"}`" + ` with the status 401, and, where no operation has the method and path,
` + "`{\"message\": \"Not Found\"}`" + ` with 404.

| code | status | meaning |
|---|---|---|
`

func exampleText(code problem.Code) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(exampleOf(problem.New(code))); err != nil {
		return nil, fmt.Errorf("write example of %s: %w", code, err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
