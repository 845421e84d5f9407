package table_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func openFile(t *testing.T) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "data"), bolt.Options{NoSync: true})
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

func TestDamagedContactIsAFaultAndNotAnEmptyOne(t *testing.T) {
	db := openFile(t)
	key := table.Key{Partition: "CONTACTS#acme", Sort: "CONTACT#ada"}
	half := table.Item{{Name: "id", Kind: table.String, Text: "ada"}}
	if err := db.Write(t.Context(), []table.Write{{Key: key, Put: half}}); err != nil {
		t.Fatal(err)
	}
	store := table.NewContacts(db)
	if _, err := store.Get(t.Context(), "acme", "ada"); !errors.Is(err, table.ErrDamaged) {
		t.Errorf("get: %v", err)
	}
	if _, err := store.List(t.Context(), "acme", "", 1); !errors.Is(err, table.ErrDamaged) {
		t.Errorf("list: %v", err)
	}
}

func TestContactIsNotCreatedOverAnother(t *testing.T) {
	db := openFile(t)
	store := table.NewContacts(db)
	ada := contacts.Samples(time.UnixMilli(1))[0]
	if err := store.Create(t.Context(), "acme", ada); err != nil {
		t.Fatal(err)
	}
	if err := store.Create(t.Context(), "acme", ada); err == nil || errors.Is(err, contacts.ErrNotFound) {
		t.Errorf("create again: %v", err)
	}
	if err := store.Create(t.Context(), "globex", ada); err != nil {
		t.Errorf("the same id in another account: %v", err)
	}
}
