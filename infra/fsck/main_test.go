package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/dynamo"
	"github.com/private-integrations/private-integrations/pkg/dynamo/dynamolocal"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/table"
)

const id = "01KAN2W8QG7T5Y9C3ZB4D6EXMP"

var (
	begin = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	// A fact in the middle, and the integration.
	middle = table.Key{Partition: "ACCOUNT#acme", Sort: "FACT#" + id + "#000000000003"}
	whole  = table.Key{Partition: "ACCOUNT#acme", Sort: "INTEGRATION#" + id}
)

// fill writes an integration that is rotated twice.
func fill(t *testing.T, backend table.Backend) {
	t.Helper()
	c, err := integration.Create(integration.New{ID: id, Account: "acme", Name: "Shop", Scopes: []string{"a"}}, storetest.Everything{}, storetest.Mint(), fact.System, begin)
	for range 3 {
		if err == nil {
			err = table.New(backend).Commit(t.Context(), c, 10, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		c, err = c.After.Rotate(integration.Rotation{}, storetest.Mint(), fact.System, begin.Add(time.Hour))
	}
}

func spoil(t *testing.T, backend table.Backend, writes ...table.Write) {
	t.Helper()
	if err := backend.Write(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
}

// dataFolder makes a data folder, closed, and does something to it first.
func dataFolder(t *testing.T, writes ...table.Write) (folder string) {
	t.Helper()
	folder = t.TempDir()
	db, err := bolt.Open(filepath.Join(folder, dataFile), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, db)
	if writes != nil {
		spoil(t, db, writes...)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

// runs runs the command and gives what it prints with, on a line of its own,
// its error.
func runs(t *testing.T, getenv func(string) string, args ...string) (told string, failed bool) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, getenv, &out)
	if err != nil {
		out.WriteString("\n" + err.Error())
	}
	return out.String(), err != nil
}

func nothing(string) string { return "" }

func wants(t *testing.T, told string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(told, word) {
			t.Errorf("it does not say %q:\n%s", word, told)
		}
	}
}

func TestWholeDataFileIsFoundWholeAndLeftAsItIs(t *testing.T) {
	folder := dataFolder(t)
	file := filepath.Join(folder, dataFile)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, file} {
		told, failed := runs(t, nothing, "-data", path)
		if failed {
			t.Error("it failed")
		}
		wants(t, told, file+": 1 accounts, 1 integrations, 3 tokens, 6 facts", "No faults")
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
}

func TestFaultsAreNamedWithWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		write table.Write
		words []string
	}{
		"dropped fact": {table.Write{Key: middle, Remove: true}, []string{"chain (1)", id + ": fact 4 comes after fact 2", "What to do: Somebody"}},
		"changed fact": {
			table.Write{Key: middle, Update: &table.Update{Set: table.Item{{Name: "reason", Kind: table.String, Text: "expired"}}}},
			[]string{"chain (1)", id + ": fact 3 is not what was recorded"},
		},
		"broken integration": {table.Write{Key: whole, Update: &table.Update{Remove: []string{"name"}}}, []string{"damage (1)", whole.String(), "backup"}},
	} {
		told, failed := runs(t, nothing, "-data", dataFolder(t, c.write))
		if !failed {
			t.Errorf("%s: it did not fail", name)
		}
		wants(t, told, append(c.words, "does not agree with itself")...)
	}
}

func TestFileWithABrokenRecordIsCheckedBehindIt(t *testing.T) {
	folder := dataFolder(t, table.Write{Key: middle, Update: &table.Update{Set: table.Item{{Name: "address", Kind: table.String, Text: "breakme"}}}})
	file := filepath.Join(folder, dataFile)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content = bytes.ReplaceAll(content, []byte("breakme"), []byte("brokenn"))
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	told, failed := runs(t, nothing, "-data", folder)
	if !failed {
		t.Error("it did not fail")
	}
	wants(t, told, "5 facts", "damage (1)", middle.String(), "fact 4 comes after fact 2")
}

func TestFileThatIsInUseOrMissingIsNamed(t *testing.T) {
	folder := dataFolder(t)
	db, err := bolt.Open(filepath.Join(folder, dataFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	told, _ := runs(t, nothing, "-data", folder)
	wants(t, told, dataFile, "in use")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	told, _ = runs(t, nothing, "-data", filepath.Join(folder, "missing"))
	wants(t, told, "missing")
	if _, err := os.Stat(filepath.Join(folder, "missing")); err == nil {
		t.Error("it was made")
	}
}

func TestOneOfFileAndTableHasToBeNamed(t *testing.T) {
	for _, args := range [][]string{nil, {"-data", "a", "-table", "b"}, {"-data", "a", "-upgrade"}} {
		if told, failed := runs(t, nothing, args...); !failed {
			t.Errorf("%q: %s", args, told)
		}
	}
	told, _ := runs(t, nothing, "-table", "t")
	wants(t, told, "AWS_REGION", "sign in")
}

func TestKeptHeadsShowThatAChainWasMadeAnew(t *testing.T) {
	folder := dataFolder(t)
	heads := filepath.Join(t.TempDir(), "heads.jsonl")
	if told, failed := runs(t, nothing, "-data", folder, "-keep", heads); failed {
		t.Fatal(told)
	}
	if told, failed := runs(t, nothing, "-data", folder, "-heads", heads); failed {
		t.Error(told)
	}
	if told, failed := runs(t, nothing, "-data", folder, "-keep", heads); !failed {
		t.Errorf("what was kept was overwritten: %s", told)
	}
	told, failed := runs(t, nothing, "-data", dataFolder(t), "-heads", heads) // with other tokens
	if !failed {
		t.Error("it did not fail")
	}
	wants(t, told, "fact 6 has another hash than was kept of it")
}

func TestTableIsCheckedAndUpgraded(t *testing.T) {
	url := dynamolocal.URL(t)
	name := "fsck-" + strings.ToLower(string(storetest.Mint().ID))
	getenv := func(variable string) string {
		return map[string]string{
			"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL_DYNAMODB": url,
		}[variable]
	}
	config, err := dynamo.Environment(getenv)
	if err != nil {
		t.Fatal(err)
	}
	db := dynamo.New(config, name)
	if err := db.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	fill(t, db)
	told, failed := runs(t, getenv, "-table", name)
	if failed {
		t.Error(told)
	}
	wants(t, told, "table "+name+": 1 accounts, 1 integrations, 3 tokens, 6 facts", "No faults")

	spoil(t, db, table.Write{Key: middle, Update: &table.Update{Remove: []string{table.AttributeTimeline}}})
	told, failed = runs(t, getenv, "-table", name)
	if !failed {
		t.Error("it did not fail")
	}
	wants(t, told, "timeline (2)", "UPGRADE=1")
	told, failed = runs(t, getenv, "-table", name, "-upgrade")
	if failed {
		t.Error(told)
	}
	wants(t, told, "1 items of an older version were upgraded", "No faults")

	spoil(t, db, table.Write{Key: middle, Remove: true})
	told, failed = runs(t, getenv, "-table", name)
	if !failed {
		t.Error("it did not fail")
	}
	wants(t, told, "chain (1)", "fact 4 comes after fact 2")
}
