package openapi

import (
	"maps"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// parameter is what matters here of a Parameter Object.
type parameter struct {
	Ref      string `json:"$ref"`
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Schema   struct {
		Enum  []string `json:"enum"`
		Const string   `json:"const"`
	} `json:"schema"`
}

// plain is what stands in an example as it is, whatever reads that.
var plain = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// headers are those that every request of an operation needs, with the only value
// that they may have, such as the version of the API. Lists of parameters are
// those of the path and of the operation, of which the latter win. What is not
// understood is left out: the examples that headers are for work without, or say
// what is missing.
func (d *document) headers(lists ...jsontext.Value) map[string]string {
	var all map[string]string
	for _, list := range lists {
		var raw []jsontext.Value
		if json.Unmarshal(list, &raw) != nil {
			continue
		}
		for _, one := range raw {
			name, value := d.header(one)
			maps.DeleteFunc(all, func(before, _ string) bool { return strings.EqualFold(before, name) })
			if value == "" {
				continue
			}
			if all == nil {
				all = map[string]string{}
			}
			all[name] = value
		}
	}
	return all
}

// header reads one parameter, or the one of the document that it refers to. The
// value is empty if it is not needed, or not the only one; so is the name if it is
// no header.
func (d *document) header(raw jsontext.Value) (name, value string) {
	var p parameter
	if json.Unmarshal(raw, &p) != nil {
		return "", ""
	}
	if shared, found := strings.CutPrefix(p.Ref, "#/components/parameters/"); found {
		var all map[string]jsontext.Value
		p = parameter{}
		if json.Unmarshal(d.Components.Parameters, &all) != nil || json.Unmarshal(all[shared], &p) != nil {
			return "", ""
		}
	}
	value = p.Schema.Const
	if len(p.Schema.Enum) == 1 {
		value = p.Schema.Enum[0]
	}
	switch strings.ToLower(p.Name) {
	case "authorization", "accept", "content-type": // which OpenAPI has for other places
		return "", ""
	}
	switch {
	case p.In != "header":
		return "", ""
	case !p.Required || !plain.MatchString(p.Name) || !plain.MatchString(value):
		return p.Name, ""
	}
	return p.Name, value
}
