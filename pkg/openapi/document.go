package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/oasdiff/yaml"

	"github.com/private-integrations/private-integrations/pkg/route"
)

// document is what matters here of an OpenAPI document. The library's own
// document type would also read every schema, and refuses some that published
// documents have ("required": true, an object of examples); so its types are
// used for the parts below, and the rest is passed over unread.
type document struct {
	name string

	OpenAPI    any                           `json:"openapi"`
	Swagger    any                           `json:"swagger"`
	Servers    openapi3.Servers              `json:"servers"`
	Security   openapi3.SecurityRequirements `json:"security"`
	Paths      map[string]jsontext.Value     `json:"paths"`
	Components struct {
		SecuritySchemes openapi3.SecuritySchemes  `json:"securitySchemes"`
		PathItems       map[string]jsontext.Value `json:"pathItems"`
		Parameters      jsontext.Value            `json:"parameters"`
	} `json:"components"`
}

// pathItem holds the operations of a path by their methods, in lower case,
// among the path's other fields.
type pathItem map[string]jsontext.Value

type operation struct {
	Summary    string                         `json:"summary"`
	Security   *openapi3.SecurityRequirements `json:"security"` // nil: that of the document
	Servers    openapi3.Servers               `json:"servers"`
	Parameters jsontext.Value                 `json:"parameters"`
}

// parse reads a document. Duplicate keys are errors, since readers differ in
// which of the values they take.
func parse(f File) (*document, error) {
	data := bytes.TrimPrefix(f.Data, []byte("\ufeff"))
	if ext := filepath.Ext(f.Name); ext == ".yaml" || ext == ".yml" {
		var err error
		if data, err = yaml.YAMLToJSON(data); err != nil {
			return nil, fmt.Errorf("%s can't be read as YAML; mend it or export it again: %w", f.Name, err)
		}
	}
	d := document{name: f.Name}
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("%s can't be read as an OpenAPI document; mend it or export it again: %w", f.Name, err)
	}
	if d.Swagger != nil {
		return nil, fmt.Errorf("%s is a Swagger %v document; convert it to OpenAPI 3 first", f.Name, d.Swagger)
	}
	if version := fmt.Sprint(d.OpenAPI); version != "3" && !strings.HasPrefix(version, "3.") {
		return nil, fmt.Errorf(`%s is not an OpenAPI 3 document (it has no "openapi": "3.…"); leave it out, or convert it first`, f.Name)
	}
	return &d, nil
}

// item reads what stands at a path, and follows references within the
// document. Why is not empty where the item can't be used.
func (d *document) item(raw jsontext.Value) (item pathItem, why string, err error) {
	const longestChain = 8
	for range longestChain {
		item = nil
		if err := json.Unmarshal(raw, &item); err != nil {
			return nil, "", err
		}
		ref, found, err := item.ref()
		if err != nil || !found {
			return item, "", err
		}
		if len(item) > 1 {
			return nil, "it has other fields beside its $ref, which readers treat differently", nil
		}
		if raw = d.resolve(ref); raw == nil {
			return nil, fmt.Sprintf("its $ref %q is not to a path item of this document", ref), nil
		}
	}
	return nil, "its $ref leads over too many others", nil
}

func (i pathItem) ref() (ref string, found bool, err error) {
	raw, found := i["$ref"]
	if found {
		err = json.Unmarshal(raw, &ref)
	}
	return ref, found, err
}

// resolve finds a path item by a JSON pointer (RFC 6901) into the document, or
// nil.
func (d *document) resolve(ref string) jsontext.Value {
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	if name, ok := strings.CutPrefix(ref, "#/components/pathItems/"); ok {
		return d.Components.PathItems[unescape.Replace(name)]
	}
	if path, ok := strings.CutPrefix(ref, "#/paths/"); ok {
		if decoded, err := url.PathUnescape(path); err == nil {
			return d.Paths[unescape.Replace(decoded)]
		}
	}
	return nil
}

// template is a path under the server's prefix, and its shape. The error says
// why no request can be matched to it.
func template(path string, servers ...openapi3.Servers) (full, shape string, err error) {
	if !strings.HasPrefix(path, "/") {
		return "", "", errors.New("its path does not begin with a slash")
	}
	before, err := prefix(servers...)
	if err != nil {
		return "", "", err
	}
	full = route.TrimSlash(before + path)
	shape, err = route.Shape(full)
	return full, shape, err
}

// prefix is the path of the first server in the nearest list that is not
// empty, its variables at their defaults, without a slash at its end.
func prefix(lists ...openapi3.Servers) (string, error) {
	for _, servers := range lists {
		if len(servers) == 0 {
			continue
		}
		address := servers[0].URL
		for name, variable := range servers[0].Variables {
			address = strings.ReplaceAll(address, "{"+name+"}", variable.Default)
		}
		u, err := url.Parse(address)
		if err != nil || strings.ContainsAny(address, "{}") {
			return "", fmt.Errorf("the server's URL %q can't be read", address)
		}
		root := url.URL{Path: "/"}
		return strings.TrimSuffix(root.ResolveReference(u).EscapedPath(), "/"), nil
	}
	return "", nil
}
