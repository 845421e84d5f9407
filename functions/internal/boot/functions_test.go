package boot

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/api"
)

const functions = "../.."

// sources reads the main.go of every function, by its folder.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(functions + "/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	operations, err := filepath.Glob(functions + "/manage/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, file := range append(files, operations...) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		folder, err := filepath.Rel(functions, filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(folder)] = source
	}
	return all
}

func TestEveryOperationHasItsFolder(t *testing.T) {
	entries, err := os.ReadDir(functions + "/manage")
	if err != nil {
		t.Fatal(err)
	}
	var folders, ids []string
	for _, e := range entries {
		folders = append(folders, e.Name())
	}
	all := sources(t)
	for _, o := range api.Operations {
		ids = append(ids, o.ID)
		if !bytes.Contains(all["manage/"+o.ID], []byte(`api.Find("`+o.ID+`")`)) {
			t.Errorf("functions/manage/%s/main.go does not find its operation", o.ID)
		}
	}
	slices.Sort(ids)
	if diff := cmp.Diff(ids, folders); diff != "" {
		t.Errorf("operations and folders (-operation +folder):\n%s", diff)
	}
	for folder, source := range all {
		if lines := bytes.Count(source, []byte("\n")); lines > 40 {
			t.Errorf("functions/%s/main.go has %d lines: wiring belongs here, and no more", folder, lines)
		}
	}
}

// using lists the functions whose source has a text.
func using(t *testing.T, text string) []string {
	t.Helper()
	var found []string
	for folder, source := range sources(t) {
		if bytes.Contains(source, []byte(text)) {
			found = append(found, folder)
		}
	}
	slices.Sort(found)
	return found
}

func TestKeysAreHeldByThoseWhoUseThemOnly(t *testing.T) {
	for part, want := range map[string][]string{
		"env.Peppers()":        {"authorizer", "console", "manage/create-integration", "manage/lookup-token", "manage/rotate-token"},
		"env.PepperSecret()":   {"retire-pepper"},
		"env.PepperRotation()": {"rotate-pepper"},
		"env.Sealing()":        {"console"},
		"delivery.Changes(":    {"publisher"},
		"delivery.Events(":     {"notifier"},
		"env.Cursors()":        {"manage/list-audit", "manage/list-events", "manage/list-integrations", "manage/list-notifications"},
	} {
		if diff := cmp.Diff(want, using(t, part)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", part, diff)
		}
	}
}
