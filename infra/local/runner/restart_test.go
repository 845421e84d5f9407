package runner_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
)

// restart stops the product and starts it again on the same data and port: that
// is part of the issuer's name, and people are the same within one alone.
func restart(t *testing.T, r *localtest.Runner) *localtest.Runner {
	t.Helper()
	r.Stop()
	return localtest.Start(t, func(c *runner.Config) {
		c.DataDir = r.Config.DataDir
		c.Port = strings.TrimPrefix(r.ManagementURL, "http://localhost:")
	})
}

const readonly = `{"name":"Export","scopes":["contacts.readonly","contacts.write"]}`

func TestAfterARestartEveryTokenVerifiesAsBefore(t *testing.T) {
	r := localtest.Start(t)
	want := map[string]string{} // how API v2.0 and introspection answer, by token
	introspect := func(r *localtest.Runner, token string) string {
		return fmt.Sprint(r.API("GET", "/contacts/ada", token).Status, " ", r.API("GET", "/token", token))
	}
	for _, what := range []string{"", "POST /rotate", "POST /expire", "DELETE "} {
		created := r.Manage("POST", integrations, readonly)
		tokens := []string{created.Token()}
		if method, path, found := strings.Cut(what, " "); found {
			body := map[string]string{"POST /rotate": `{"expireOld":"later"}`, "POST /expire": `{}`}[what]
			if next := r.Manage(method, integrations+"/"+created.ID()+path, body).Token(); next != "" {
				tokens = append(tokens, next)
			}
		}
		for _, token := range tokens {
			want[token] = introspect(r, token)
		}
	}
	all := r.Manage("GET", integrations, "")
	r = restart(t, r)
	if diff := cmp.Diff(all.String(), r.Manage("GET", integrations, "").String()); diff != "" {
		t.Errorf("list (-before +after):\n%s", diff)
	}
	for token, before := range want {
		if after := introspect(r, token); after != before {
			t.Errorf("a token answered %s before and %s after", before, after)
		}
	}
}

func TestAfterARestartCursorsOpen(t *testing.T) {
	r := localtest.Start(t)
	for range 3 {
		r.Manage("POST", integrations, readonly)
	}
	first := r.Manage("GET", integrations+"?limit=1", "")
	rest := r.Manage("GET", integrations+"?cursor="+cursor(t, first), "")
	r = restart(t, r)
	if after := r.Manage("GET", integrations+"?cursor="+cursor(t, first), ""); after.String() != rest.String() {
		t.Errorf("before: %s\nafter: %s", rest, after)
	}
}

func cursor(t *testing.T, page localtest.Answer) string {
	t.Helper()
	var p struct{ NextCursor string }
	if err := page.Into(&p); err != nil || p.NextCursor == "" {
		t.Fatalf("no cursor in %s", page)
	}
	return p.NextCursor
}

func TestAfterARestartRepeatedRequestsHaveOneEffect(t *testing.T) {
	r := localtest.Start(t)
	create := func() localtest.Answer {
		return r.Manage("POST", integrations, readonly, "Idempotency-Key", "one")
	}
	before := create()
	rotate := func() localtest.Answer {
		return r.Manage("POST", integrations+"/"+before.ID()+"/rotate", `{"expireOld":"now"}`, "Idempotency-Key", "two")
	}
	rotated := rotate()
	r = restart(t, r)
	for name, answers := range map[string][2]localtest.Answer{"create": {before, create()}, "rotate": {rotated, rotate()}} {
		var first, again map[string]any
		if err := errors.Join(answers[0].Into(&first), answers[1].Into(&again)); err != nil {
			t.Fatal(err)
		}
		first["token"], first["replayed"] = nil, true
		if diff := cmp.Diff(first, again); diff != "" || answers[0].Status != answers[1].Status {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
	}
}

func TestSampleContactsAreAddedToNewDataAlone(t *testing.T) {
	r := localtest.Start(t)
	token := r.Manage("POST", integrations, readonly).Token()
	if deleted := r.API("DELETE", "/contacts/linus", token); deleted.Status != 204 {
		t.Fatalf("delete a sample: %s", deleted)
	}
	r = restart(t, r)
	for name, want := range map[string]int{"ada": 200, "grace": 200, "linus": 404} {
		if got := r.API("GET", "/contacts/"+name, token); got.Status != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	bare := localtest.Start(t, func(c *runner.Config) { c.Sample = false })
	token = bare.Manage("POST", integrations, readonly).Token()
	if got := bare.API("GET", "/contacts/ada", token); got.Status != 404 {
		t.Errorf("without samples: %s", got)
	}
}

func TestWithoutItsSigningKeyOnlyCursorsAreLost(t *testing.T) {
	r := localtest.Start(t)
	token := r.Manage("POST", integrations, readonly).Token()
	r.Manage("POST", integrations, readonly)
	old := cursor(t, r.Manage("GET", integrations+"?limit=1", ""))
	r.Stop()
	file := filepath.Join(r.Config.DataDir, "signing.json")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	r = restart(t, r)
	if got := r.Manage("GET", integrations+"?cursor="+old, ""); outcome(got) != "400 invalid_cursor" {
		t.Errorf("the old cursor: %s", got)
	}
	if got := r.API("GET", "/contacts/ada", token); got.Status != 200 {
		t.Errorf("the token: %s", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("the new key: %v %v", info.Mode(), err)
	}
}

// refusesToStart wants New to fail with these words, and the data folder as it
// was.
func refusesToStart(t *testing.T, config runner.Config, words ...string) {
	t.Helper()
	before := files(t, config.DataDir)
	r, err := runner.New(config)
	if err == nil {
		t.Fatalf("%s started", r.ManagementURL)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the message lacks %q: %v", w, err)
		}
	}
	if diff := cmp.Diff(before, files(t, config.DataDir)); diff != "" {
		t.Errorf("the folder changed: %.500s", diff)
	}
}

// files are the contents and modes of the files in a folder, by name.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		all[path] = info.Mode().String() + " " + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// used is the configuration of a runner that has issued a token and stopped.
func used(t *testing.T) runner.Config {
	t.Helper()
	r := localtest.Start(t)
	if created := r.Manage("POST", integrations, readonly); created.Status != 201 {
		t.Fatalf("create: %s", created)
	}
	r.Stop()
	return r.Config
}

func TestDataWithoutItsPepperIsNotOpened(t *testing.T) {
	config := used(t)
	file := filepath.Join(config.DataDir, "pepper.json")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	refusesToStart(t, config, file, "is missing", "restore it from a backup", "data.db")
}

func TestAPepperThatIsBrokenStopsTheStart(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "no JSON": "secret words", "another form": `["secret words"]`, "no keys": `{"current":1}`,
		"no current key": `{"current":2,"keys":{"1":"c2VjcmV0IHdvcmRzc2VjcmV0IHdvcmRzc2VjcmV0IHc="}}`,
		"no version":     `{"current":1,"keys":{"1":"c2VjcmV0IHdvcmRzc2VjcmV0IHdvcmRzc2VjcmV0IHc=","x":""}}`,
		"short":          `{"current":1,"keys":{"1":"c2VjcmV0"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			config := used(t)
			file := filepath.Join(config.DataDir, "pepper.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			refusesToStart(t, config, file, "key")
			if _, err := runner.New(config); strings.Contains(err.Error(), "secret words") || strings.Contains(err.Error(), "c2VjcmV0") {
				t.Errorf("the message gives the key away: %v", err)
			}
		})
	}
}

func TestKeysThatOthersCanReadStopTheStart(t *testing.T) {
	for _, name := range []string{"pepper.json", "signing.json"} {
		config := used(t)
		file := filepath.Join(config.DataDir, name)
		if err := os.Chmod(file, 0o640); err != nil {
			t.Fatal(err)
		}
		refusesToStart(t, config, file, "chmod 600")
	}
}

func TestUnderAnotherPepperNoTokenVerifies(t *testing.T) {
	r := localtest.Start(t)
	token := r.Manage("POST", integrations, readonly).Token()
	r.Stop()
	other := `{"current":1,"keys":{"1":"` + base64.StdEncoding.EncodeToString(make([]byte, 32)) + `"}}`
	if err := os.WriteFile(filepath.Join(r.Config.DataDir, "pepper.json"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	r = restart(t, r)
	if got := r.API("GET", "/contacts/ada", token); outcome(got) != "401 invalid_token" {
		t.Errorf("%s", got)
	}
}
