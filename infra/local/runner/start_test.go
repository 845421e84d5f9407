package runner_test

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/bolt"
)

func TestADataFileThatCanNotBeReadIsLeftAsItIs(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, file string)
		word  string
	}{
		"foreign":    {func(t *testing.T, file string) { write(t, file, []byte(strings.Repeat("not a data file\n", 1000))) }, "not a data file of"},
		"short":      {func(t *testing.T, file string) { write(t, file, []byte("x")) }, "not a data file of"},
		"empty":      {func(t *testing.T, file string) { write(t, file, nil) }, "not a data file of"},
		"truncated":  {truncate, "shorter than it was written"},
		"no headers": {scribble, "header is broken"},
		"newer":      {renumber, "newer version"},
	} {
		t.Run(name, func(t *testing.T) {
			config := used(t)
			c.spoil(t, filepath.Join(config.DataDir, "data.db"))
			refusesToStart(t, config, "data.db", c.word, "nothing was changed")
		})
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// truncate cuts into what is used: the end of a file may be room for more.
func truncate(t *testing.T, file string) {
	t.Helper()
	if err := os.Truncate(file, int64(4*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
}

// scribble breaks both headers.
func scribble(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []int{0, 1} {
		copy(data[page*os.Getpagesize()+16:], "scribble")
	}
	write(t, file, data)
}

// renumber makes the file one of a later format.
func renumber(t *testing.T, file string) {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("private-integrations")).Put([]byte("format"), binary.BigEndian.AppendUint64(nil, bolt.Format+1))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestASecondRunnerOnTheSameDataIsToldWhatToDo(t *testing.T) {
	r := localtest.Start(t)
	token := r.Manage("POST", integrations, readonly).Token()
	r.Manage("POST", "/dev/deliver", "") // so that the first has nothing left to write
	refusesToStart(t, r.Config, "data.db", "in use by another program", "stop that one", "choose another folder")
	if got := r.API("GET", "/contacts/ada", token); got.Status != 200 {
		t.Errorf("the first, after that: %s", got)
	}
}

func TestATakenPortIsToldWithItsVariable(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	config := used(t)
	both := config
	config.Port = port
	refusesToStart(t, config, "port "+port, "in use by another program", "set PORT to a free port")
	config.Port, config.APIPort = "0", port
	refusesToStart(t, config, "port "+port, "set API_PORT to a free port")
	config.DataDir = filepath.Join(t.TempDir(), "new")
	if _, err := runner.New(config); err == nil {
		t.Fatal("started")
	}
	if _, err := os.Stat(config.DataDir); !os.IsNotExist(err) {
		t.Errorf("the new data folder: %v", err)
	}
	// It has let go of the data and of the other port.
	localtest.Start(t, func(c *runner.Config) { c.DataDir = both.DataDir })
}

func TestTwoRunnersOnTheirOwnDataRunBesideEachOther(t *testing.T) {
	one, other := localtest.Start(t), localtest.Start(t)
	token := one.Manage("POST", integrations, readonly).Token()
	if got := other.API("GET", "/contacts/ada", token); outcome(got) != "401 invalid_token" {
		t.Errorf("a token of the other's: %s", got)
	}
	if got := other.Manage("GET", integrations, ""); got.Status != 200 || strings.Contains(string(got.Body), "Export") {
		t.Errorf("integrations: %s", got)
	}
}

func TestWhatIsWrongWithTheConfigurationIsToldAtTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		set   func(*runner.Config)
		words []string
	}{
		"token prefix":     {func(c *runner.Config) { c.TokenPrefix = "a-b" }, []string{"TOKEN_PREFIX", "a-b"}},
		"upstream's kind":  {func(c *runner.Config) { c.Upstream = "ftp://files.test" }, []string{"UPSTREAM", "ftp://files.test", "http"}},
		"upstream's name":  {func(c *runner.Config) { c.Upstream = "contact" }, []string{"UPSTREAM", "contact", "echo"}},
		"upstream's user":  {func(c *runner.Config) { c.Upstream = "http://user:password@api.test" }, []string{"UPSTREAM", "without user"}},
		"missing document": {func(c *runner.Config) { c.Catalog = []string{"nowhere/api.yaml"} }, []string{"CATALOG", "nowhere/api.yaml"}},
		"port":             {func(c *runner.Config) { c.Port = "http" }, []string{"PORT", "http"}},
		"port's number":    {func(c *runner.Config) { c.APIPort = "65536" }, []string{"API_PORT", "65536"}},
		"data folder":      {func(c *runner.Config) { c.DataDir = "/dev/null/data" }, []string{"/dev/null"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := localtest.Config(t)
			c.set(&config)
			_, err := runner.New(config)
			if err == nil {
				t.Fatal("started")
			}
			for _, w := range c.words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the message lacks %q: %v", w, err)
				}
			}
			if strings.Contains(err.Error(), "password") {
				t.Errorf("the message tells the password: %v", err)
			}
		})
	}
}
