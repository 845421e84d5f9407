// Package pkg_test holds the layers of the tree: which package may import which.
package pkg_test

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/private-integrations/private-integrations"

type kind string

const (
	// A noun says what things are: values in, values out.
	noun kind = "noun"
	// A verb says what is done with them, over small interfaces that it owns.
	verb kind = "verb"
	// A face or a part of the world: HTTP, AWS, disk.
	world kind = "face or world"
)

// kinds has every package under pkg/. A new one is born here, with its kind.
var kinds = map[string]kind{
	"account":     noun,
	"catalog":     noun,
	"cursor":      noun,
	"event":       noun,
	"fact":        noun,
	"integration": noun,
	"keyset":      noun,
	"notice":      noun,
	"problem":     noun,
	"route":       noun,
	"scope":       noun,
	"seal":        noun,
	"token":       noun,
	"usage":       noun,

	"authorize": verb,
	"deliver":   verb,
	"fsck":      verb,
	"manage":    verb,
	"record":    verb,
	"rekey":     verb,
	"remind":    verb,
	"sweep":     verb,
	"tripwire":  verb,

	"api":                  world,
	"batch":                world,
	"bolt":                 world,
	"console":              world,
	"contacts":             world,
	"describe":             world,
	"dynamo":               world,
	"dynamo/dynamolocal":   world,
	"eventbus":             world,
	"gateway":              world,
	"keyring":              world,
	"mail":                 world,
	"openapi":              world,
	"rig":                  world,
	"secrets":              world,
	"secrets/secretslocal": world,
	"signin":               world,
	"storetest":            world,
	"strictjson":           world,
	"table":                world,
}

// libraries are what a kind may take from others; none of them touches the world.
var libraries = map[kind][]string{
	noun: {"golang.org/x/text/unicode/norm"},
	verb: {"github.com/oklog/ulid/v2"},
}

func TestEveryPackageKeepsToItsLayer(t *testing.T) {
	found := map[string]bool{}
	for _, house := range []string{"functions", "infra", "pkg"} {
		err := filepath.WalkDir(filepath.Join("..", house), func(file string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return filepath.SkipDir
			case !entry.IsDir() && filepath.Ext(file) == ".go":
				checkFile(t, strings.TrimPrefix(filepath.ToSlash(file), "../"), found)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range kinds {
		if !found[name] {
			t.Errorf("pkg/%s is in kinds and not in the tree: take it out", name)
		}
	}
}

// checkFile holds the imports of one file, which it reads in this process, so
// that a changed file makes a cached result of this test void. Test files use
// real parts of any layer.
func checkFile(t *testing.T, file string, found map[string]bool) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	folder := path.Dir(file)
	name := strings.TrimPrefix(folder, "pkg/")
	byKind := within(folder, "pkg") && !strings.HasSuffix(file, "_test.go")
	if byKind {
		found[name] = true
		if kinds[name] == "" {
			t.Errorf("%s: the package %s has no kind: give it one in kinds", file, folder)
		}
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		reason := ""
		if folder != "infra" || !strings.HasSuffix(file, "_test.go") {
			reason = refusedByFolder(folder, imported)
		}
		if reason == "" && imported == module+"/infra/local/browser" && !strings.HasSuffix(file, "_test.go") {
			reason = "only tests open pages"
		}
		if reason == "" && byKind {
			reason = refusedByKind(kinds[name], imported)
		}
		if reason != "" {
			t.Errorf("%s imports %s: %s", file, imported, reason)
		}
	}
}

// deployed are the packages from which the CDK app makes its template.
var deployed = []string{"pkg/api", "pkg/catalog", "pkg/console", "pkg/event", "pkg/gateway", "pkg/notice", "pkg/problem", "pkg/signin", "pkg/token"}

// refusedByFolder says why no file in folder may import imported; empty if it may.
func refusedByFolder(folder, imported string) string {
	own, ours := strings.CutPrefix(imported, module+"/")
	switch {
	case ours && within(own, "functions") && !within(folder, "functions"):
		return "nobody else imports functions/"
	case ours && within(own, "infra") && !within(folder, "infra"):
		return "only infra/ imports infra/"
	case ours && folder == "infra" && !slices.Contains(deployed, own):
		return fmt.Sprintf("the CDK app knows what the gateways and the settings are made of, %q, no more", deployed)
	case folder != "infra" && (within(imported, "github.com/aws/aws-cdk-go") || within(imported, "github.com/aws/jsii-runtime-go")):
		return "only the CDK app imports the CDK"
	case within(imported, "github.com/chromedp") && folder != "infra/local/browser":
		return "only infra/local/browser drives a browser"
	}
	return ""
}

// refusedByKind says why no package of this kind may import imported; empty if it may.
func refusedByKind(of kind, imported string) string {
	if of != noun && of != verb {
		return ""
	}
	own, ours := strings.CutPrefix(imported, module+"/pkg/")
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case ours && kinds[own] != noun && kinds[own] != of:
		return fmt.Sprintf("a %s doesn't know a %s", of, cmp.Or(kinds[own], "package without a kind"))
	case ours, slices.Contains(libraries[of], imported), imported == "net/url", imported == "net/netip":
		return ""
	case strings.Contains(first, "."):
		return fmt.Sprintf("a %s takes no library but %q", of, libraries[of])
	case slices.Contains([]string{"net", "os", "plugin", "syscall", "unsafe"}, first):
		return fmt.Sprintf("a %s doesn't touch the world", of)
	}
	return ""
}

// within says whether path is root or below it.
func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

func TestLayersRefuseWhatWouldCrossThem(t *testing.T) {
	const ours = module + "/"
	for _, c := range []struct {
		of      kind
		path    string
		refused bool
	}{
		{noun, ours + "pkg/scope", false},
		{noun, "net/url", false},
		{noun, "encoding/json", false},
		{noun, ours + "pkg/manage", true},
		{noun, ours + "pkg/bolt", true},
		{noun, ours + "pkg/utils", true},
		{noun, "golang.org/x/text/unicode/norm", false},
		{noun, "github.com/oklog/ulid/v2", true},
		{noun, "os", true},
		{noun, "os/exec", true},
		{noun, "net", true},
		{noun, "net/http", true},
		{verb, ours + "pkg/scope", false},
		{verb, ours + "pkg/authorize", false},
		{verb, "github.com/oklog/ulid/v2", false},
		{verb, ours + "pkg/table", true},
		{verb, "github.com/aws/aws-sdk-go-v2/aws", true},
		{verb, "net/http", true},
		{world, "net/http", false},
		{world, ours + "pkg/manage", false},
	} {
		if reason := refusedByKind(c.of, c.path); (reason != "") != c.refused {
			t.Errorf("%s imports %s: refused %t (%q), want %t", c.of, c.path, !c.refused, reason, c.refused)
		}
	}
	for _, c := range []struct {
		folder, path string
		refused      bool
	}{
		{"functions/authorizer", ours + "pkg/dynamo", false},
		{"functions/authorizer", ours + "infra/local/issuer", true},
		{"pkg/api", ours + "functions/authorizer", true},
		{"pkg/api", "github.com/aws/aws-cdk-go/awscdk/v2", true},
		{"infra", "github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb", false},
		{"infra", ours + "pkg/catalog", false},
		{"infra", ours + "pkg/api", false},
		{"infra", ours + "pkg/table", true},
		{"infra/local", ours + "pkg/table", false},
		{"infra/local", ours + "infra/local/issuer", false},
		{"infra/local", "github.com/aws/jsii-runtime-go", true},
		{"infra/local/browser", "github.com/chromedp/chromedp", false},
		{"infra/local/runner", "github.com/chromedp/chromedp", true},
		{"pkg/console", "github.com/chromedp/cdproto/page", true},
	} {
		if reason := refusedByFolder(c.folder, c.path); (reason != "") != c.refused {
			t.Errorf("%s imports %s: refused %t (%q), want %t", c.folder, c.path, !c.refused, reason, c.refused)
		}
	}
}
