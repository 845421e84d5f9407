package contacts

import _ "embed"

// OpenAPI is the description of this API (OpenAPI 3.1, YAML), and the default
// catalogue of the product.
//
//go:embed openapi.yaml
var OpenAPI []byte
