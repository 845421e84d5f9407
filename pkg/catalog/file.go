package catalog

import (
	"encoding/json"
	"fmt"

	"github.com/private-integrations/private-integrations/pkg/route"
)

// format is the version of the compiled form that this package reads.
const format = 1

// file is the compiled form: scopes and operations in the catalogue's order.
type file struct {
	Format     int           `json:"format"`
	Scopes     []Scope       `json:"scopes"`
	Operations []Operation   `json:"operations"`
	Closed     []route.Route `json:"closed,omitempty"`
}

// Encode gives the compiled form of c: JSON, the same bytes for the same
// catalogue.
func (c *Catalog) Encode() ([]byte, error) {
	data, err := json.Marshal(file{format, c.Scopes, c.Operations, c.Closed})
	if err != nil {
		return nil, fmt.Errorf("encode catalogue: %w", err)
	}
	return append(data, '\n'), nil
}

// Decode reads what [Catalog.Encode] wrote. It refuses another format, and
// content that [New] would refuse.
func Decode(data []byte) (*Catalog, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("decode catalogue: the file is not what `make catalog` writes; compile it again: %w", err)
	}
	if f.Format != format {
		return nil, fmt.Errorf("decode catalogue: the file has format %d and this program reads format %d; compile it again", f.Format, format)
	}
	c, err := New(f.Scopes, f.Operations, f.Closed...)
	if err != nil {
		return nil, fmt.Errorf("decode catalogue: %w", err)
	}
	return c, nil
}
