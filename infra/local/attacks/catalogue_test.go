package attacks_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oasdiff/yaml"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// declared is an operation as a document declares it, read here without any of
// the product's code.
type declared struct {
	method, path string
	needs        [][]string // sets of scopes, each of which is enough; nil: none is named
}

// declaredIn reads the operations of documents whose schemes all bear scopes.
func declaredIn(t testing.TB, files ...string) (all []declared) {
	t.Helper()
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && filepath.Ext(file) != ".json" {
			data, err = yaml.YAMLToJSON(data)
		}
		var document struct {
			Security []map[string][]string
			Servers  []struct{ URL string }
			Paths    map[string]map[string]json.RawMessage
		}
		if err == nil {
			err = json.Unmarshal(data, &document)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		before := ""
		if len(document.Servers) > 0 {
			server, err := url.Parse(document.Servers[0].URL)
			if err != nil {
				t.Fatal(err)
			}
			before = strings.TrimSuffix(server.Path, "/")
		}
		for path, item := range document.Paths {
			for method, raw := range item {
				if slices.Contains([]string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}, method) {
					var o struct{ Security *[]map[string][]string }
					if err := json.Unmarshal(raw, &o); err != nil {
						t.Fatal(err)
					}
					if o.Security == nil {
						o.Security = &document.Security
					}
					all = append(all, declared{strings.ToUpper(method), before + path, alternatives(*o.Security)})
				}
			}
		}
	}
	return all
}

// alternatives gives the sets of scopes of a security requirement that name any.
func alternatives(security []map[string][]string) (sets [][]string) {
	for _, schemes := range security {
		if set := slices.Concat(slices.Collect(maps.Values(schemes))...); len(set) > 0 {
			sets = append(sets, set)
		}
	}
	return sets
}

// opens reports whether a token that holds granted may call o.
func (o declared) opens(granted []string) bool {
	return slices.ContainsFunc(o.needs, func(set []string) bool {
		return !slices.ContainsFunc(set, func(s string) bool { return !slices.Contains(granted, s) })
	})
}

var parameter = regexp.MustCompile(`\{[^/}]*\}`)

// target is the path of a call with plain ids in the place of its parameters.
func (o declared) target() string { return parameter.ReplaceAllString(o.path, "7h3plain1d") }

// takes reports whether o could be meant by a call.
func (o declared) takes(method, path string) bool {
	template := "^" + parameter.ReplaceAllString(strings.TrimSuffix(o.path, "/"), "[^/]+") + "/?$"
	return o.method == method && regexp.MustCompile(template).MatchString(path)
}

// grants hands out tokens by what they are to hold, one for each set.
type grants struct {
	w      *world
	issued map[string]grant
}

type grant struct{ integration, token, scopes string }

func (g *grants) of(t testing.TB, scopes []string) grant {
	t.Helper()
	sorted := slices.Compact(slices.Sorted(slices.Values(scopes)))
	key := strings.Join(sorted, " ")
	if held, found := g.issued[key]; found {
		return held
	}
	list, err := json.Marshal(sorted)
	if err != nil {
		t.Fatal(err)
	}
	a := g.w.obeyed(t, "POST", acme, `{"name":"One","scopes":`+string(list)+`}`)
	g.issued[key] = grant{a.ID(), a.Token(), key}
	return g.issued[key]
}

// through holds that a call with a grant reaches the API behind as it was sent.
func (g *grants) through(t testing.TB, o declared, with grant) {
	t.Helper()
	a := g.w.API(o.method, o.target(), with.token)
	var echo struct {
		Method, Path string
		Headers      map[string]string
	}
	if err := a.Into(&echo); a.Status != http.StatusOK || err != nil || echo.Method != o.method || echo.Path != o.target() {
		t.Errorf("%s %s with %q: %s", o.method, o.path, with.scopes, a)
		return
	}
	public := strings.Split(with.token, "_")[1]
	for name, want := range map[string]string{
		"X-Account-Id": "acme", "X-Integration-Id": with.integration, "X-Token-Id": public, "X-Scopes": with.scopes, "Authorization": "",
	} {
		if got := echo.Headers[name]; got != want {
			t.Errorf("%s %s: %s is %q, want %q", o.method, o.path, name, got, want)
		}
	}
}

// lacking holds that a call with a grant is refused for want of a scope that
// would open it, and that the answer names it.
func (g *grants) lacking(t testing.TB, o declared, with grant) {
	t.Helper()
	a := g.w.API(o.method, o.target(), with.token)
	refusal(t, a, problem.InsufficientScope, o)
	challenge := a.Header.Get("Www-Authenticate")
	for _, set := range o.needs {
		slices.Sort(set)
		named := strings.Join(set, " ")
		if strings.Contains(challenge, `scope="`+named+`"`) && strings.Contains(string(a.Body), named) {
			return
		}
	}
	t.Errorf("%s %s: none of %q is named: %s, %s", o.method, o.path, o.needs, challenge, a)
}

func refusal(t testing.TB, a localtest.Answer, code problem.Code, o declared) {
	t.Helper()
	if a.Status != problem.New(code).Status || a.Code() != string(code) && o.method != "HEAD" {
		t.Errorf("%s %s: %s, want %s", o.method, o.path, a, code)
	}
}

// published are real documents that lie beside the project where it is
// developed.
var published = filepath.Join("..", "..", "..", "..", "shared", "specs")

func publishedDocuments(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(published, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("NOT RUN: the published documents are not at %s", published)
	}
	return files
}

func TestEveryDeclaredScopeOpensItsOperationsAndNoOthers(t *testing.T) {
	for name, files := range map[string]func(*testing.T) []string{
		"the contacts API": func(*testing.T) []string {
			return []string{filepath.Join("..", "..", "..", "pkg", "contacts", "openapi.yaml")}
		},
		"a sample":  func(*testing.T) []string { return []string{filepath.Join("testdata", "sample.yaml")} },
		"published": publishedDocuments,
	} {
		t.Run(name, func(t *testing.T) {
			documents := files(t)
			w := start(t, func(c *runner.Config) { c.Catalog, c.Upstream, c.MaxIntegrations = documents, "echo", 1_000 })
			holdCatalogue(t, &grants{w, map[string]grant{}}, declaredIn(t, documents...))
		})
	}
}

func holdCatalogue(t *testing.T, g *grants, operations []declared) {
	var scopes []string
	for _, o := range operations {
		scopes = append(scopes, slices.Concat(o.needs...)...)
	}
	slices.Sort(scopes)
	scopes = slices.Compact(scopes)
	all := g.of(t, scopes)
	for _, o := range operations {
		if o.needs == nil {
			refusal(t, g.w.API(o.method, o.target(), all.token), problem.UnknownRoute, o)
			continue
		}
		for _, exactly := range o.needs {
			g.through(t, o, g.of(t, exactly))
		}
		others := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(slices.Concat(o.needs...), s) })
		if len(others) > 0 {
			g.lacking(t, o, g.of(t, others))
		}
		for _, s := range scopes {
			if single := []string{s}; !o.opens(single) {
				g.lacking(t, o, g.of(t, single))
			}
		}
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} {
			if slices.ContainsFunc(operations, func(d declared) bool { return d.takes(method, o.target()) }) {
				continue
			}
			refusal(t, g.w.API(method, o.target(), all.token), problem.UnknownRoute, declared{method: method, path: o.path})
		}
	}
}

func TestPublishedDocumentsCompileWhole(t *testing.T) {
	documents := publishedDocuments(t)
	operations := declaredIn(t, documents...)
	scoped := slices.DeleteFunc(slices.Clone(operations), func(o declared) bool { return o.needs == nil })
	w := start(t, func(c *runner.Config) { c.Catalog, c.Upstream = documents, "echo" })
	open, closed := len(w.Catalog.Operations), len(w.Catalog.Closed)
	if len(operations) != 170 || len(scoped) != 145 || open != 145 || closed != 25 || len(w.Catalog.Scopes) != 35 {
		t.Errorf("of %d operations, %d with a scope, %d are open and %d closed, with %d scopes", len(operations), len(scoped), open, closed, len(w.Catalog.Scopes))
	}
}

func TestUnscopedOperationsOpenToAnyTokenOnlyWhereAllowed(t *testing.T) {
	documents := publishedDocuments(t)
	w := start(t, func(c *runner.Config) { c.Catalog, c.Upstream, c.AllowUnscoped = documents, "echo", true })
	if open := len(w.Catalog.Operations); open != 161 {
		t.Errorf("%d operations are open, not 161", open)
	}
	_, token := w.create(t)
	through := 0
	for _, o := range declaredIn(t, documents...) {
		if o.needs != nil {
			continue
		}
		a := w.API(o.method, o.target(), token)
		if a.Status == http.StatusOK {
			through++
			continue
		}
		refusal(t, a, problem.UnknownRoute, o) // it asks for no token at all
	}
	if through != 16 {
		t.Errorf("%d unscoped operations are open, not 16", through)
	}
}
