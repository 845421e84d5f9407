package bolt

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

func ttlItem(second int64) table.Item {
	return table.Item{{Name: table.AttributeTTL, Kind: table.Number, Number: second}, {Name: "x", Kind: table.String, Text: "y"}}
}

func putItem(t *testing.T, db *DB, sort string, item table.Item) {
	t.Helper()
	err := db.Write(t.Context(), []table.Write{{Key: table.Key{Partition: "P", Sort: sort}, Put: item}})
	if err != nil {
		t.Fatal(err)
	}
}

func sortsLeft(t *testing.T, db *DB) string {
	t.Helper()
	rows, err := db.Query(t.Context(), table.Query{Partition: "P", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, row := range rows {
		left = append(left, row.Key.Sort)
	}
	return strings.Join(left, " ")
}

// indexSizes counts what is in the due, the ttl and the timeline index.
func indexSizes(t *testing.T, db *DB) (sizes [3]int) {
	t.Helper()
	err := db.bolt.View(func(tx *bbolt.Tx) error {
		for n, name := range [][]byte{bucketDue, bucketTTL, bucketTimeline} {
			sizes[n] = tx.Bucket(name).Stats().KeyN
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sizes
}

func TestPurgeRemovesExactlyWhatIsOver(t *testing.T) {
	db := openNew(t, Options{NoSync: true})
	now := time.Unix(1_000_000, 999e6)
	long := ttlItem(now.Unix() - 100)
	long = append(long, itemOf(itemKey(1, 1))[2:6]...) // due as well, and in the timeline
	putItem(t, db, "long over", long)
	putItem(t, db, "just over", ttlItem(now.Unix()-1))
	putItem(t, db, "this second", ttlItem(now.Unix()))
	putItem(t, db, "later", ttlItem(now.Unix()+1))
	putItem(t, db, "never", table.Item{{Name: "x", Kind: table.String, Text: "y"}})
	putItem(t, db, "put off", ttlItem(now.Unix()-50))
	putItem(t, db, "put off", ttlItem(now.Unix()+50))
	putItem(t, db, "kept", ttlItem(now.Unix()-50))
	err := db.Write(t.Context(), []table.Write{{
		Key: table.Key{Partition: "P", Sort: "kept"}, Update: &table.Update{Remove: []string{table.AttributeTTL}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if purged, err := db.Purge(t.Context(), now, 100); purged != 2 || err != nil {
		t.Errorf("%d are purged, want 2: %v", purged, err)
	}
	if left, want := sortsLeft(t, db), "kept later never put off this second"; left != want {
		t.Errorf("%q are left, want %q", left, want)
	}
	if sizes := indexSizes(t, db); sizes != [3]int{0, 3, 0} {
		t.Errorf("the indexes hold %v", sizes)
	}
	if purged, err := db.Purge(t.Context(), now, 100); purged != 0 || err != nil {
		t.Errorf("again: %d, %v", purged, err)
	}
	if purged, err := db.Purge(t.Context(), now.Add(time.Millisecond), 100); purged != 1 || err != nil {
		t.Errorf("in the next second: %d, %v", purged, err)
	}
}

func TestPurgeTakesTheOldestFirstAndNoMoreThanAsked(t *testing.T) {
	db := openNew(t, Options{NoSync: true})
	for n, sort := range []string{"c", "a", "b", "d"} {
		putItem(t, db, sort, ttlItem(int64(1000+n)))
	}
	for _, want := range []string{"b d", "", ""} {
		if _, err := db.Purge(t.Context(), time.Unix(2000, 0), 2); err != nil {
			t.Fatal(err)
		}
		if left := sortsLeft(t, db); left != want {
			t.Errorf("%q are left, want %q", left, want)
		}
	}
}

func TestPurgeBelievesTheItemAndNotTheIndex(t *testing.T) {
	db := openNew(t, Options{NoSync: true})
	putItem(t, db, "lives", ttlItem(5000))
	putItem(t, db, "over", ttlItem(1000))
	err := db.bolt.Update(func(tx *bbolt.Tx) error {
		entry := func(second uint64, sort string) []byte {
			return append(binary.BigEndian.AppendUint64(nil, second), "P\x00"+sort...)
		}
		ttl := tx.Bucket(bucketTTL)
		return errors.Join(ttl.Put(entry(1, "lives"), nil), ttl.Put(entry(2, "gone"), nil))
	})
	if err != nil {
		t.Fatal(err)
	}
	if purged, err := db.Purge(t.Context(), time.Unix(2000, 0), 100); purged != 1 || err != nil {
		t.Errorf("%d are purged, want 1: %v", purged, err)
	}
	if left := sortsLeft(t, db); left != "lives" {
		t.Errorf("%q are left", left)
	}
	if sizes := indexSizes(t, db); sizes != [3]int{0, 1, 0} {
		t.Errorf("the indexes hold %v", sizes)
	}
}

func TestIndexesHoldWhatTheItemsSayAndNoMore(t *testing.T) {
	path, _ := dataFile(t)
	db := reopen(t, path, Options{NoSync: true})
	if sizes := indexSizes(t, db); sizes != [3]int{300, 300, 300} {
		t.Errorf("the indexes hold %v", sizes)
	}
	for n := range 30 {
		for m := range 10 {
			w := table.Write{Key: itemKey(n, m), Remove: true}
			if m%2 == 0 {
				w = table.Write{Key: itemKey(n, m), Put: itemOf(itemKey(n, m))[:2]}
			}
			if err := db.Write(t.Context(), []table.Write{w}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if sizes := indexSizes(t, db); sizes != [3]int{} {
		t.Errorf("the indexes hold %v", sizes)
	}
}
