package describe

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the documents instead of comparing them")

func TestCommittedDocumentsAreWhatTheCodeGives(t *testing.T) {
	documents, err := Events()
	if err != nil {
		t.Fatal(err)
	}
	for path, make := range map[string]func() ([]byte, error){
		"pkg/api/openapi.json": OpenAPI,
		"docs/errors.md":       Errors,
	} {
		if documents[path], err = make(); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range documents {
		path = "../../" + path
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not what the code gives (- code, + file); run: go test ./pkg/describe -update\n%s", path, diff)
		}
	}
}
