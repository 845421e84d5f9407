package openapi_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/openapi"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

var update = flag.Bool("update", false, "write the outcomes into testdata")

// TestDocumentsCompileAsTheirSamplesSay compiles the documents of every
// archive under testdata. The last file of an archive is the outcome: the
// report, or the error that stops.
func TestDocumentsCompileAsTheirSamplesSay(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			documents, outcome := archive.Files[:len(archive.Files)-1], &archive.Files[len(archive.Files)-1]
			got := txtar.File{Name: "report"}
			got.Data, err = compile(documents, strings.HasSuffix(name, "-allowed.txtar"))
			if err != nil {
				// The JSON library words one message in two ways, so that nobody relies on it.
				got = txtar.File{Name: "error", Data: []byte(strings.ReplaceAll(err.Error(), "unable to", "cannot") + "\n")}
			}
			if *update {
				*outcome = got
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(outcome.Name+"\n"+string(outcome.Data), got.Name+"\n"+string(got.Data)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func compile(documents []txtar.File, allowUnscoped bool) ([]byte, error) {
	var files []openapi.File
	for _, f := range documents {
		files = append(files, openapi.File(f))
	}
	report, err := openapi.Compile(files, openapi.Options{AllowUnscoped: allowUnscoped})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = report.Print(&b)
	return b.Bytes(), err
}

func TestRefusedOperationDoesNotPassForAWiderTemplate(t *testing.T) {
	report, err := openapi.Compile([]openapi.File{{Name: "links.yaml", Data: []byte(`
openapi: 3.0.0
paths:
  /links/{id}: {get: {security: [{bearer: [links.readonly]}]}, put: {security: [{bearer: [links.write]}]}}
  /links/search: {get: {security: [{bearer: []}]}}
  /links/elsewhere: {$ref: "../x.yaml"}
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
`)}}, openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range [][2]string{{"GET", "/links/search"}, {"GET", "/links/elsewhere"}, {"PUT", "/links/elsewhere/"}} {
		if o, err := report.Catalog.Match(request[0], request[1]); !errors.Is(err, catalog.ErrClosed) {
			t.Errorf("%v: %v, %v", request, o, err)
		}
	}
	if _, err := report.Catalog.Match("PUT", "/links/search"); err != nil {
		t.Errorf("PUT /links/search, which is not declared: %v", err)
	}
}

func TestByteOrderMarkIsNoFault(t *testing.T) {
	for _, f := range []openapi.File{{Name: "a.json", Data: []byte("\ufeff{\"openapi\": \"3.0.0\"}")}, {Name: "a.yaml", Data: []byte("\ufeffopenapi: 3.0.0")}} {
		if _, err := openapi.Compile([]openapi.File{f}, openapi.Options{}); err != nil {
			t.Error(err)
		}
	}
}

func TestCompilingTwiceGivesTheSameBytes(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/requirements.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var first []byte
	for range 20 {
		report, err := openapi.Compile([]openapi.File{openapi.File(archive.Files[0])}, openapi.Options{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := report.Catalog.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(first, data) {
			t.Fatalf("compiled to different bytes:\n%s\n%s", first, data)
		}
	}
}

func TestFoldersAreReadInNameOrderAndNotBelow(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.yml", "a.yaml", "c.json", "README.md", "below/d.json", "e.json.bak"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := openapi.Read(filepath.Join(dir, "below", "d.json"), dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, string(f.Data))
	}
	if diff := cmp.Diff([]string{"below/d.json", "a.yaml", "b.yml", "c.json"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestMissingDocumentsStopWithTheirName(t *testing.T) {
	empty := t.TempDir()
	for _, path := range []string{empty, filepath.Join(empty, "nothing.json")} {
		if _, err := openapi.Read(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// published is a folder of documents that a real API publishes. It lies beside
// a developer's checkout and is not part of it.
const published = "../../../shared/specs"

func TestPublishedDocumentsCompile(t *testing.T) {
	if _, err := os.Stat(published); err != nil {
		t.Skipf("NOT RUN: the published documents are not at %s: %v", published, err)
	}
	files, err := openapi.Read(published)
	if err != nil {
		t.Fatal(err)
	}
	report, err := openapi.Compile(files, openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := report.Catalog
	if len(c.Operations) != 145 || len(c.Scopes) != 35 || len(report.Refused) != 25 {
		t.Errorf("%d operations, %d scopes, %d refused; want 145, 35, 25", len(c.Operations), len(c.Scopes), len(report.Refused))
	}
	var all []string
	for _, s := range c.Scopes {
		all = append(all, s.Name)
	}
	for _, want := range c.Operations {
		got, err := c.Match(want.Method, instance(want.Path))
		if err != nil || got.Path != want.Path {
			t.Errorf("%s: %v, %v", &want, got, err)
			continue
		}
		exact := want.Requirement[0]
		var others []string
		for _, name := range all {
			if !exact.Has(name) {
				others = append(others, name)
			}
		}
		if !got.Permits(exact) || got.Permits(scope.NewSet(others...)) {
			t.Errorf("%s needs %s: permitted with it %v, with all others %v", got, exact, got.Permits(exact), got.Permits(scope.NewSet(others...)))
		}
	}
	for _, refused := range report.Refused {
		if o, err := c.Match(refused.Method, instance(refused.Path)); !errors.Is(err, catalog.ErrClosed) {
			t.Errorf("%s %s is refused, but matches %v, %v", refused.Method, refused.Path, o, err)
		}
	}
	open, err := openapi.Compile(files, openapi.Options{AllowUnscoped: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(open.Catalog.Operations) != 161 || len(open.Refused) != 9 {
		t.Errorf("with unscoped operations allowed: %d operations, %d refused; want 161, 9", len(open.Catalog.Operations), len(open.Refused))
	}
}

// instance puts a value in place of every parameter of a template.
func instance(template string) string {
	segments := strings.Split(template, "/")
	for i, s := range segments {
		if before, rest, found := strings.Cut(s, "{"); found {
			_, after, _ := strings.Cut(rest, "}")
			segments[i] = before + "0007BWpSzSwfiuSl0tR2" + after
		}
	}
	return strings.Join(segments, "/")
}

func TestHeadersThatEveryRequestNeedsAreKnown(t *testing.T) {
	report, err := openapi.Compile([]openapi.File{{Name: "things.yaml", Data: []byte(`
openapi: 3.1.0
security: [{bearer: [things]}]
paths:
  /things:
    parameters: [{$ref: '#/components/parameters/Version'}, {name: X-Kind, in: header, required: true, schema: {const: a}}]
    get: {}
    put: {parameters: [{name: version, in: header, required: true, schema: {enum: [v3]}}, {name: X-Kind, in: query, required: true, schema: {const: b}}]}
    post: {parameters: [{name: VERSION, in: header, schema: {enum: [v3]}}]}
  /others:
    get:
      parameters:
        - {name: Optional, in: header, schema: {const: a}}
        - {name: Several, in: header, required: true, schema: {enum: [a, b]}}
        - {name: Number, in: header, required: true, schema: {enum: [1]}}
        - {name: Quoted, in: header, required: true, schema: {const: "a' b"}}
        - {name: "a: b", in: header, required: true, schema: {const: a}}
        - {name: Authorization, in: header, required: true, schema: {const: a}}
        - {$ref: 'https://example.com/#/components/parameters/Version'}
        - {$ref: '#/components/parameters/Missing'}
        - 7
    put: {parameters: 7}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  parameters: {Version: {name: Version, in: header, required: true, schema: {type: string, enum: ['2021-07-28']}}}
`)}}, openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]string{}
	for _, o := range report.Catalog.Operations {
		got[o.Name()] = o.Headers
	}
	want := map[string]map[string]string{
		"GET /things": {"Version": "2021-07-28", "X-Kind": "a"}, "PUT /things": {"version": "v3", "X-Kind": "a"}, "POST /things": {"X-Kind": "a"},
		"GET /others": nil, "PUT /others": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
