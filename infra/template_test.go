package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"
)

// dist stands in for what `make build` makes: zips of nothing, and a catalogue
// without operations.
var dist string

func TestMain(m *testing.M) {
	defer jsii.Close()
	os.Exit(withDist(m))
}

func withDist(m *testing.M) int {
	var err error
	if dist, err = os.MkdirTemp("", "dist"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dist) }()
	files := map[string]string{"catalog.json": `{"format":1,"scopes":[],"operations":[]}`}
	for folder := range needs {
		files[path.Base(folder)+".zip"] = folder
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dist, name), []byte(text), 0o600); err != nil {
			panic(err)
		}
	}
	return m.Run()
}

// resource is one of a template's, decoded from JSON.
type resource struct {
	id             string // without the hash at its end
	Type           string
	Properties     map[string]any
	DeletionPolicy string
}

// property walks down the properties.
func (r resource) property(names ...string) any {
	var value any = r.Properties
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// The choices of some deployments.
var (
	dev   = map[string]any{}
	prod  = map[string]any{"stage": "prod"}
	proxy = map[string]any{"upstream": "https://api.example.com/base/"}
	// Of a provider like this the console's client has a secret.
	ownIssuer = map[string]any{
		"issuer": "https://id.example.com", "audience": "integrations", "consoleClientId": "console",
		"consoleClientSecretArn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:console-a1b2c3",
		"brandName":              "Acme", "brandLogo": "https://acme.example.com/logo.svg", "brandColor": "#aa0000",
		"apiBaseUrl": "https://services.example.com/", "sessionLifetime": "1h",
	}
	full = map[string]any{
		"stage": "prod", "key": "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
		"upstream":  "https://api.example.com",
		"apiDomain": "api.example.com", "apiCertificate": "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
		"manageDomain": "manage.example.com", "manageCertificate": "arn:aws:acm:eu-central-1:111122223333:certificate/1a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
		"webRate": "2000", "alarmTopic": "arn:aws:sns:eu-central-1:111122223333:alarms",
	}
)

var templates = map[string]map[string]resource{}

// synth makes the template of a deployment: its resources by logical id.
func synth(t *testing.T, context map[string]any) map[string]resource {
	t.Helper()
	name := fmt.Sprint(context)
	if templates[name] == nil {
		templates[name] = decode(t, template(t, context)["Resources"])
	}
	return templates[name]
}

func template(t *testing.T, context map[string]any) map[string]any {
	t.Helper()
	context = maps.Clone(context)
	context["dist"] = dist
	app := newApp(context)
	s, err := readSettings(app.Node())
	if err != nil {
		t.Fatal(err)
	}
	stack := newStack(app, s)
	return app.Synth(nil).GetStackByName(stack.StackName()).Template().(map[string]any)
}

func decode(t *testing.T, from any) map[string]resource {
	t.Helper()
	text, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	resources := map[string]resource{}
	if err := json.Unmarshal(text, &resources); err != nil {
		t.Fatal(err)
	}
	for id, r := range resources {
		r.id = unhashed(id)
		resources[id] = r
	}
	return resources
}

// ofType are the resources of a type, by their ids.
func ofType(resources map[string]resource, kind string) []resource {
	var found []resource
	for _, r := range resources {
		if r.Type == kind {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b resource) int { return strings.Compare(a.id, b.id) })
	return found
}

var hash = regexp.MustCompile(`[0-9A-F]{8}$`)

func unhashed(id string) string { return hash.ReplaceAllString(id, "") }

// text writes a value with its references resolved to ids: "Table.Arn".
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		all := make([]string, len(v))
		for n := range v {
			all[n] = text(v[n])
		}
		return strings.Join(all, ", ")
	case map[string]any:
		if ref, found := v["Ref"]; found {
			return unhashed(ref.(string))
		}
		if of, found := v["Fn::GetAtt"].([]any); found {
			return unhashed(of[0].(string)) + "." + of[1].(string)
		}
		if join, found := v["Fn::Join"].([]any); found {
			parts := join[1].([]any)
			all := make([]string, len(parts))
			for n := range parts {
				all[n] = text(parts[n])
			}
			return strings.Join(all, join[0].(string))
		}
		var all []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			all = append(all, name+" ("+text(v[name])+")")
		}
		return strings.Join(all, " and ")
	}
	return fmt.Sprint(value)
}

// list is a value that may be one or several.
func list(value any) []any {
	if all, several := value.([]any); several {
		return all
	}
	return []any{value}
}

// policyOf lists the statements of a role: actions, resources, conditions.
func policyOf(resources map[string]resource, role string) []string {
	var lines []string
	for _, p := range ofType(resources, "AWS::IAM::Policy") {
		if text(p.property("Roles")) != role {
			continue
		}
		for _, s := range list(p.property("PolicyDocument", "Statement")) {
			statement := s.(map[string]any)
			line := fmt.Sprintf("%s %s on %s", statement["Effect"], text(statement["Action"]), text(statement["Resource"]))
			if condition := statement["Condition"]; condition != nil {
				line += " if " + text(condition)
			}
			lines = append(lines, line)
		}
	}
	return lines
}
