package bolt

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// format1 unpacks a data file that the last version of format 1 wrote: two
// integrations of acme, of which the second was rotated and deleted, and one of
// globex.
func format1(t *testing.T) (path string) {
	t.Helper()
	packed, err := os.Open("testdata/format-1.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDataOfFormat1IsOpenedWithItsTimeline(t *testing.T) {
	path := format1(t)
	for _, time := range []string{"first", "second"} {
		t.Run(time, func(t *testing.T) {
			store := table.New(reopen(t, path, Options{}))
			for account, want := range map[string]int{"acme": 4 + 8, "globex": 4, "other": 0} {
				facts, err := store.Timeline(t.Context(), account, "", "", 100)
				if err != nil || len(facts) != want {
					t.Errorf("%s has %d facts in its timeline, want %d: %v", account, len(facts), want, err)
				}
				for n, f := range facts {
					if f.Account != account || n > 0 && f.Place() >= facts[n-1].Place() {
						t.Errorf("%s, place %d: %+v", account, n, f)
					}
				}
			}
		})
	}
}

func TestChainOfOldDataBeginsWithItsNextFact(t *testing.T) {
	store := table.New(reopen(t, format1(t), Options{}))
	i, err := store.Integration(t.Context(), "acme", "01KAN2W8QG7T5Y9C3ZB4D6EXM0")
	if err != nil || i.Seq != 4 || i.Head != "" {
		t.Fatalf("%+v, %v", i, err)
	}
	for range 2 {
		name := i.Name + "!"
		c, err := i.Edit(integration.Edit{Name: &name}, nil, fact.System, i.UpdatedAt.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Commit(t.Context(), c, 100, nil); err != nil {
			t.Fatal(err)
		}
		i = c.After
	}
	facts, err := store.Facts(t.Context(), i.Account, i.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var chain fact.Chain
	for _, f := range slices.Backward(facts) {
		if err := chain.Follow(f); err != nil {
			t.Error(err)
		}
	}
	if err := chain.End(i.Seq, i.Head); err != nil || chain.Unchained != 4 || i.Head == "" {
		t.Errorf("%v, %+v", err, chain)
	}
}

// oldFact is a fact's item as format 1 had it.
func oldFact(n int) (table.Key, table.Item) {
	text := func(name, s string) table.Attribute { return table.Attribute{Name: name, Kind: table.String, Text: s} }
	number := func(name string, n int) table.Attribute {
		return table.Attribute{Name: name, Kind: table.Number, Number: int64(n)}
	}
	return table.Key{Partition: "ACCOUNT#acme", Sort: fmt.Sprintf("FACT#I#%012d", n)}, table.Item{
		text("integration", "I"), text("account", "acme"), number("seq", n), text("type", "integration.updated"),
		number("at", 1_000_000+n), text("actor", "system"),
	}
}

// oldFile makes a data file of format 1 with as many facts, and as many items
// that are none, and gives its size.
func oldFile(t *testing.T, facts int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "data")
	db, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	var writes []table.Write
	for n := range facts {
		key, item := oldFact(n + 1)
		other := table.Key{Partition: fmt.Sprintf("TOKEN#%d", n), Sort: "TOKEN"}
		writes = append(writes, table.Write{Key: key, Put: item}, table.Write{Key: other, Put: item})
		if len(writes) >= 2000 || n == facts-1 {
			if err := db.Write(t.Context(), writes); err != nil {
				t.Fatal(err)
			}
			writes = nil
		}
	}
	err = db.bolt.Update(func(tx *bbolt.Tx) error {
		return errors.Join(
			tx.DeleteBucket(bucketTimeline),
			tx.Bucket(bucketMeta).Put(keyFormat, binary.BigEndian.AppendUint64(nil, 1)),
		)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkUpgraded holds db to have every fact of an old file in its timeline.
func checkUpgraded(t *testing.T, db *DB, facts int) {
	t.Helper()
	rows, err := db.Timeline(t.Context(), table.TimelineQuery{Account: "acme", From: "0", Before: "~", Limit: facts + 1})
	if err != nil || len(rows) != facts {
		t.Fatalf("%d items are in the timeline, want %d: %v", len(rows), facts, err)
	}
	for n, row := range rows {
		if want, _ := oldFact(facts - n); row.Key != want {
			t.Fatalf("place %d of the timeline is %s, want %s", n, row.Key, want)
		}
	}
	if sizes := indexSizes(t, db); sizes != [3]int{0, 0, facts} {
		t.Errorf("the indexes hold %v", sizes)
	}
}

func TestLongFileIsUpgradedInSteps(t *testing.T) {
	const facts = 2*upgradeStride + 77
	path := oldFile(t, facts)
	begun := time.Now()
	db := reopen(t, path, Options{NoSync: true})
	t.Logf("%d items are upgraded in %v", 2*facts, time.Since(begun))
	checkUpgraded(t, db, facts)
}

func TestUpgradeThatWasCutShortIsDoneAgain(t *testing.T) {
	const facts = upgradeStride
	path := oldFile(t, facts)
	b, err := open(path, bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = b.Update(func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucket(bucketTimeline); err != nil {
			return err
		}
		_, done, err := upgradeItems(tx, nil)
		if done {
			t.Error("one step does it all")
		}
		return err
	})
	if err := errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	checkUpgraded(t, reopen(t, path, Options{NoSync: true}), facts)
}

func TestDamagedRecordDoesNotKeepAnOldFileClosed(t *testing.T) {
	path := oldFile(t, 3)
	b, err := open(path, bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	key, _ := oldFact(2)
	err = b.Update(func(tx *bbolt.Tx) error {
		record := slices.Clone(tx.Bucket(bucketItems).Get(keyOf(key)))
		record[len(record)-1]++
		return tx.Bucket(bucketItems).Put(keyOf(key), record)
	})
	if err := errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	db := reopen(t, path, Options{NoSync: true})
	if rows, err := db.Timeline(t.Context(), table.TimelineQuery{Account: "acme", From: "0", Before: "~", Limit: 10}); err != nil || len(rows) != 2 {
		t.Errorf("%v, %v", rows, err)
	}
	if _, err := db.Get(t.Context(), key); !errors.Is(err, table.ErrDamaged) {
		t.Error(err)
	}
}
