// Package describe writes the documents that are made from code: the management
// API's OpenAPI document, of [api.Operations] and the types of their bodies, and
// the page about errors, of [problem.Table].
package describe

import (
	_ "embed" // for the introduction
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/private-integrations/private-integrations/pkg/api"
)

// Version is that of the management API. Its major number is in the paths.
const Version = "1.0.0"

// introduction says what holds for all operations, in Markdown.
//
//go:embed introduction.md
var introduction string

// signIn names the security scheme.
const signIn = "signIn"

// OpenAPI is the OpenAPI 3.1 document of the management API, as JSON. The same
// operations give the same bytes.
func OpenAPI() ([]byte, error) {
	b, err := json.Marshal(document())
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	// The library escapes what would be risky within HTML. Here it would only be
	// hard to read.
	b, err = jsontext.AppendFormat(nil, b, jsontext.WithIndent("  "), jsontext.PreserveRawStrings(false))
	if err != nil {
		return nil, fmt.Errorf("format OpenAPI document: %w", err)
	}
	return append(b, '\n'), nil
}

func document() *huma.OpenAPI {
	schemas := newSchemas()
	d := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Private Integrations: management API", Version: Version, Description: introduction,
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Servers: []*huma.Server{
			{URL: "http://localhost:8080", Description: "The local runner."},
			{URL: "https://{host}", Description: "A deployment.", Variables: map[string]*huma.ServerVariable{
				"host": {Default: "management.example.com", Description: "Where the management API is deployed."},
			}},
		},
		Tags: []*huma.Tag{
			{Name: "Scopes", Description: "What tokens can be allowed to do."},
			{Name: "Integrations", Description: "A name, scopes, and the tokens that hold them."},
			{Name: "Tokens", Description: "When tokens die, and whose they are."},
			{Name: "Rotation", Description: "A new token in place of the old one, at once or with a grace window in which both work."},
			{Name: "Usage", Description: "What tokens are used for, and which scopes are not needed for it."},
			{Name: "Audit", Description: "What happened, in an account as a whole."},
			{Name: "Account", Description: "What holds for all integrations of an account: its people and its settings."},
		},
		Security: []map[string][]string{{signIn: {}}},
		Components: &huma.Components{
			Schemas:    schemas.Registry,
			Parameters: parameters,
			Headers:    headers,
			Examples:   problemExamples(),
			SecuritySchemes: map[string]*huma.SecurityScheme{signIn: {
				Type: "http", Scheme: "bearer", BearerFormat: "JWT",
				Description: "A JWT of the deployment's identity provider, whose membership claim holds `account:<id>:admin` or `account:<id>:staff` for each account that its user belongs to. It is not a token of a private integration.",
			}},
		},
	}
	for _, o := range api.Operations {
		d.AddOperation(operation(schemas, o))
	}
	schemas.complete()
	return d
}

// operation describes o.
func operation(schemas *schemas, o api.Operation) *huma.Operation {
	described := &huma.Operation{
		Method: o.Method, Path: o.Path, OperationID: o.ID, Tags: []string{o.Tag},
		Summary: o.Summary, Description: o.Description,
		Parameters: parametersOf(o),
		Responses:  problemResponses(schemas, o),
	}
	s := sampleOf(o)
	if o.Input != nil {
		described.RequestBody = &huma.RequestBody{
			Required: !o.OptionalBody,
			Content:  jsonContent(schemas.input(reflect.TypeOf(o.Input)), s.requests),
		}
	}
	success := &huma.Response{Description: s.answer, Headers: headersOf(o)}
	if o.Output != nil {
		success.Content = jsonContent(schemas.output(reflect.TypeOf(o.Output)), s.answers)
		for _, format := range o.Formats {
			success.Content[format] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		}
	}
	described.Responses[fmt.Sprint(o.Status)] = success
	return described
}

func jsonContent(schema *huma.Schema, examples map[string]*huma.Example) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: schema, Examples: examples}}
}

// headersOf are the headers of o's success.
func headersOf(o api.Operation) map[string]*huma.Header {
	names := []string{"Cache-Control"}
	switch o.Output.(type) {
	case api.Integration, api.Issued, api.Settings:
		names = append(names, "ETag")
	}
	if o.Status == http.StatusCreated {
		names = append(names, "Location")
	}
	if o.Formats != nil {
		names = append(names, "Link")
	}
	referred := make(map[string]*huma.Header, len(names))
	for _, name := range names {
		referred[name] = &huma.Header{Ref: "#/components/headers/" + name}
	}
	return referred
}
