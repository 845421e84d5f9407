package catalog

import (
	"fmt"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/route"
)

// Paths of the public API that the product itself answers, whatever the method.
const (
	TokenPath  = "/token"   // introspection
	HealthPath = "/healthz" // liveness
	V1Path     = "/v1"      // "use API v2", unless the API has a version 1: see Catalog.ServesV1
)

// Reservation is a path that belongs to the product, and all that is below it
// where Below is set.
type Reservation struct {
	Path  string
	Below bool
}

var v1 = Reservation{Path: V1Path, Below: true}

// Reserved lists all paths of the public API that the product itself answers.
func Reserved() []Reservation {
	return []Reservation{{Path: TokenPath}, {Path: HealthPath}, v1}
}

// CheckReserved refuses a template that declares a path of the product. V1
// alone gives way: a catalogue with such operations has ServesV1. A template
// that could match a reserved path by a parameter, such as "/{id}", is none
// of its business: the gateway prefers the literal.
func CheckReserved(template string) error {
	for _, r := range Reserved() {
		if r != v1 && r.holds(template) {
			return fmt.Errorf("the gateway itself answers %s; have the operation at another path", r.Path)
		}
	}
	return nil
}

// ServesV1 reports whether the API itself has operations on /v1 or below, so
// that "use API v2" must not be answered there.
func (c *Catalog) ServesV1() bool { return c.servesV1 }

func (r Reservation) holds(template string) bool {
	template = route.TrimSlash(template)
	return template == r.Path || r.Below && strings.HasPrefix(template, r.Path+"/")
}
