package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// damaged opens a copy of a data file for flipping bytes under the open file.
func damaged(t *testing.T, content []byte) (*DB, *os.File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db := reopen(t, path, Options{NoSync: true})
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return db, file
}

// setByte writes one byte into the file, which the open data file then reads.
func setByte(t *testing.T, file *os.File, at int, b byte) {
	t.Helper()
	if _, err := file.WriteAt([]byte{b}, int64(at)); err != nil {
		t.Fatal(err)
	}
}

// recordAt tells where in the file the record under key lies.
func recordAt(t *testing.T, db *DB, key table.Key) (start, end int) {
	t.Helper()
	err := db.bolt.View(func(tx *bbolt.Tx) error {
		record := tx.Bucket(bucketItems).Get(keyOf(key))
		start = int(uintptr(unsafe.Pointer(unsafe.SliceData(record))) - db.bolt.Info().Data)
		end = start + len(record)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return start, end
}

func TestFlippedByteOfARecordIsAnErrorThatNamesIt(t *testing.T) {
	_, whole := dataFile(t)
	db, file := damaged(t, whole)
	key := itemKey(17, 3)
	start, end := recordAt(t, db, key)
	for at := start; at < end; at++ {
		setByte(t, file, at, whole[at]^0x10)
		_, err := db.Get(t.Context(), key)
		_, errAll := db.GetAll(t.Context(), []table.Key{itemKey(1, 1), key})
		_, errQuery := db.Query(t.Context(), table.Query{Partition: key.Partition, Limit: 100})
		_, _, errScan := db.Scan(t.Context(), key.Partition, nil)
		errWrite := db.Write(t.Context(), []table.Write{
			{Key: itemKey(99, 99), Put: itemOf(key)},
			{Key: key, Update: &table.Update{Add: map[string]int64{"n": 1}}},
		})
		each := db.WriteEach(t.Context(), []table.Write{
			{Key: itemKey(99, 99), Remove: true},
			{Key: key, Update: &table.Update{Add: map[string]int64{"n": 1}}},
		})
		if each[0] != nil {
			t.Fatalf("byte %d of the record keeps another from being written: %v", at-start, each[0])
		}
		for what, err := range map[string]error{"get": err, "get all": errAll, "query": errQuery, "scan": errScan, "write": errWrite, "write each": each[1]} {
			if !errors.Is(err, table.ErrDamaged) || !strings.Contains(err.Error(), key.String()) {
				t.Fatalf("byte %d of the record, %s: %v, want it damaged and naming %s", at-start, what, err, key)
			}
		}
		if item, err := db.Get(t.Context(), itemKey(99, 99)); item != nil || err != nil {
			t.Fatalf("a refused write left %v, %v", item, err)
		}
		setByte(t, file, at, whole[at])
	}
	checkItems(t, db)
}

// childPage tells whether a byte is part of a page number in a branch page.
// bbolt follows those unchecked: one that makes the tree a circle ends the
// process.
func childPage(whole []byte, at int) bool {
	const branch, head, element = 1, 16, 16
	page, in := at-at%os.Getpagesize(), at%os.Getpagesize()
	count := int(binary.LittleEndian.Uint16(whole[page+10:]))
	return whole[page+8] == branch && in >= head && in < head+element*count && in%element >= 8
}

func TestFlippedByteAnywhereNeverEndsTheProcessNorReadsAsAnotherItem(t *testing.T) {
	t.Parallel()
	_, whole := dataFile(t)
	db, file := damaged(t, whole)
	for at := 0; at < len(whole); at += 61 {
		if childPage(whole, at) {
			continue
		}
		setByte(t, file, at, whole[at]^1<<(at%8))
		for _, key := range []table.Key{itemKey(0, 0), itemKey(17, 3), itemKey(29, 9)} {
			item, err := db.Get(t.Context(), key)
			if item != nil && !cmp.Equal(itemOf(key), item) {
				t.Errorf("with byte %d flipped, %s reads as %v", at, key, item)
			}
			if err != nil && item != nil {
				t.Errorf("with byte %d flipped, %s gives an item and %v", at, key, err)
			}
		}
		for _, partition := range []string{"ACCOUNT#0", "ACCOUNT#9"} {
			rows, _ := db.Query(t.Context(), table.Query{Partition: partition, Limit: 100})
			for _, row := range rows {
				if a, _ := row.Item.Get("key"); a == nil || a.Text != row.Key.String() {
					t.Errorf("with byte %d flipped, %s reads as %v", at, row.Key, row.Item)
				}
			}
		}
		_, _ = db.Query(t.Context(), table.Query{Partition: "ACCOUNT#5", Limit: 100, Descending: true})
		_, _ = db.Due(t.Context(), 3, time.UnixMilli(1e12), nil, 1000)
		_, _, _ = db.Scan(t.Context(), "ACCOUNT#", nil)
		setByte(t, file, at, whole[at])
	}
	checkItems(t, db)
}

func TestNothingIsWrittenOnceAPageIsBroken(t *testing.T) {
	_, whole := dataFile(t)
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	start, _ := recordAt(t, db, itemKey(17, 3))
	pageNumber := start - start%os.Getpagesize()
	write := func(key table.Key) error {
		return db.Write(t.Context(), []table.Write{{Key: key, Put: itemOf(key)}})
	}
	setByte(t, file, pageNumber, whole[pageNumber]^1)
	if err := write(itemKey(17, 3)); !errors.Is(err, errBrokenPage) {
		t.Errorf("a write to the page: %v", err)
	}
	setByte(t, file, pageNumber, whole[pageNumber])
	if err := write(itemKey(99, 99)); !errors.Is(err, errBrokenPage) {
		t.Errorf("a write elsewhere, afterwards: %v", err)
	}
	if _, err := db.Purge(t.Context(), time.Unix(2e9, 0), 100); !errors.Is(err, errBrokenPage) {
		t.Errorf("a purge, afterwards: %v", err)
	}
	checkItems(t, db)
	if err := db.Close(); !errors.Is(err, errBrokenPage) {
		t.Errorf("to close it: %v", err)
	}
}

func TestFlippedByteNeverEndsTheProcessThatWrites(t *testing.T) {
	t.Parallel()
	_, whole := dataFile(t)
	page := os.Getpagesize()
	for start := 2 * page; start < len(whole); start += 3 * page {
		// The page's number, kind, count and overflow, the kind of its first element
		// and where that begins. What lies about a length is left out: bbolt copies
		// as much, up to 4 GB, to where it writes next.
		for _, in := range []int{0, 8, 10, 12, 16, 20, 23} {
			if at := start + in; !childPage(whole, at) {
				writeBesideFlip(t, whole, at)
			}
		}
	}
}

// writeBesideFlip opens a file with one byte flipped, if that can be opened,
// and changes things all over it.
func writeBesideFlip(t *testing.T, whole []byte, at int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data")
	flipped := bytes.Clone(whole)
	flipped[at] ^= 0x81
	if err := os.WriteFile(path, flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{NoSync: true})
	if err != nil {
		return
	}
	for n := range 15 {
		key := itemKey(2*n, n%10)
		_ = db.Write(t.Context(), []table.Write{
			{Key: key, Remove: true},
			{Key: itemKey(1000+n, n%10), Put: itemOf(key)},
		})
	}
	_, _ = db.Purge(t.Context(), time.Unix(1e9+1, 0), 1000)
	_ = db.Close()
}
