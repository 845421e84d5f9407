package bolt

import (
	"path/filepath"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// openNew opens a data file of the test's own.
func openNew(t testing.TB, opts Options) *DB {
	t.Helper()
	return reopen(t, filepath.Join(t.TempDir(), "data"), opts)
}

// reopen opens the data file at path until the test ends.
func reopen(t testing.TB, path string, opts Options) *DB {
	t.Helper()
	db, err := Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestStoreKeepsItsContractOnDisk(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Scale{Workers: 8, Increments: 10}, func(t *testing.T) table.Backend {
		return openNew(t, Options{})
	})
}

func TestStoreKeepsItsContractAmongManyWriters(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Scale{Workers: 20, Increments: 200}, func(t *testing.T) table.Backend {
		return openNew(t, Options{NoSync: true})
	})
}
