package bolt_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// followed opens a file with its stream.
func followed(t *testing.T, path string) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(path, bolt.Options{NoSync: true, Stream: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func put(t *testing.T, db *bolt.DB, partition, sort string, n int64) {
	t.Helper()
	err := db.Write(t.Context(), []table.Write{{
		Key: table.Key{Partition: partition, Sort: sort}, Put: table.Item{{Name: "n", Kind: table.Number, Number: n}},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// told lists the changes after a number.
func told(t *testing.T, db *bolt.DB, after uint64, limit int) []string {
	t.Helper()
	changes, err := db.Changes(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range changes {
		all = append(all, fmt.Sprintf("%d %s n=%d new=%t", c.Number, c.Key, c.Item[0].Number, c.New))
	}
	return all
}

func TestStreamHasEachAwaitedWriteInOrderUntilItIsForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	db := followed(t, path)
	put(t, db, "ACCOUNT#a", "FACT#i#1", 1)
	put(t, db, "ACCOUNT#a", "INTEGRATION#i", 2)
	put(t, db, "USAGE#t", "DAY#2027-03-01", 3)
	put(t, db, "USAGE#t", "REUSE#2027-03-01", 4)
	put(t, db, "TEAM#a", "FACT#1", 5)
	put(t, db, "TEAM#a", "FACT#1", 6) // its count went up
	put(t, db, "USAGE#t", "REUSE#2027-03-01", 7)
	want := []string{
		"1 ACCOUNT#a/FACT#i#1 n=1 new=true", "2 USAGE#t/REUSE#2027-03-01 n=4 new=true",
		"3 TEAM#a/FACT#1 n=5 new=true", "4 USAGE#t/REUSE#2027-03-01 n=7 new=false",
	}
	if diff := cmp.Diff(want, told(t, db, 0, 10)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:3], told(t, db, 1, 2)); diff != "" {
		t.Errorf("from the second (-want +got):\n%s", diff)
	}
	if err := db.Forget(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = followed(t, path)
	put(t, db, "ACCOUNT#a", "FACT#i#2", 8)
	if diff := cmp.Diff([]string{want[3], "5 ACCOUNT#a/FACT#i#2 n=8 new=true"}, told(t, db, 0, 10)); diff != "" {
		t.Errorf("after it was opened anew (-want +got):\n%s", diff)
	}
}

func TestRefusedWriteIsNotInTheStream(t *testing.T) {
	db := followed(t, filepath.Join(t.TempDir(), "data.db"))
	there := []table.Condition{{Attribute: "n", Test: table.Present}}
	fact := table.Key{Partition: "ACCOUNT#a", Sort: "FACT#i#1"}
	err := db.Write(t.Context(), []table.Write{
		{Key: fact, Put: table.Item{{Name: "n", Kind: table.Number, Number: 1}}},
		{Key: table.Key{Partition: "ACCOUNT#a", Sort: "INTEGRATION#i"}, Put: table.Item{}, If: there},
	})
	if refused := (*table.Refused)(nil); !errors.As(err, &refused) || told(t, db, 0, 10) != nil {
		t.Errorf("%v, %v", err, told(t, db, 0, 10))
	}
}

func TestWhoFollowsIsToldThatSomethingArrived(t *testing.T) {
	db := followed(t, filepath.Join(t.TempDir(), "data.db"))
	put(t, db, "ACCOUNT#a", "FACT#i#1", 1)
	put(t, db, "ACCOUNT#a", "FACT#i#2", 2)
	<-db.Arrived()
	select {
	case <-db.Arrived():
		t.Error("told twice of what can be read at once")
	default:
	}
}

func TestFileThatNobodyFollowsKeepsNoStream(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "data.db"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	put(t, db, "ACCOUNT#a", "FACT#i#1", 1)
	if changes := told(t, db, 0, 10); changes != nil {
		t.Errorf("%v", changes)
	}
	if err := db.Forget(t.Context(), 1); err != nil {
		t.Error(err)
	}
}
