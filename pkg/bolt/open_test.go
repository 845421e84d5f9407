package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// dataFile makes a data file with some hundred items in many pages, closed, and
// gives its path and its bytes as far as they are in use.
func dataFile(t testing.TB) (path string, used []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "data")
	db, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 30 {
		var writes []table.Write
		for m := range 10 {
			key := itemKey(n, m)
			writes = append(writes, table.Write{Key: key, Put: itemOf(key)})
		}
		if err := db.Write(t.Context(), writes); err != nil {
			t.Fatal(err)
		}
	}
	var size int64
	err = db.bolt.View(func(tx *bbolt.Tx) error {
		size = tx.Size()
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, whole[:size]
}

func itemKey(n, m int) table.Key {
	return table.Key{Partition: fmt.Sprintf("ACCOUNT#%d", m), Sort: fmt.Sprintf("FACT#%06d", n)}
}

// itemOf is what lies under a key of dataFile. Each item is in every index.
func itemOf(key table.Key) table.Item {
	return table.Item{
		{Name: "key", Kind: table.String, Text: key.String()},
		{Name: "long", Kind: table.Binary, Text: strings.Repeat("x", 150)},
		{Name: table.AttributeDueShard, Kind: table.String, Text: "3"},
		{Name: table.AttributeDueAt, Kind: table.Number, Number: 1e12},
		{Name: table.AttributeAccount, Kind: table.String, Text: key.Partition},
		{Name: table.AttributeTimeline, Kind: table.String, Text: key.Sort},
		{Name: table.AttributeTTL, Kind: table.Number, Number: 1e9},
	}
}

// checkItems holds db to everything that dataFile has written.
func checkItems(t *testing.T, db *DB) {
	t.Helper()
	for n := range 30 {
		for m := range 10 {
			key := itemKey(n, m)
			item, err := db.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(itemOf(key), item); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", key, diff)
			}
		}
	}
	due, err := db.Due(t.Context(), 3, time.UnixMilli(1e12), nil, 1000)
	if err != nil || len(due) != 300 {
		t.Errorf("%d items are due, want 300: %v", len(due), err)
	}
	rows, err := db.Timeline(t.Context(), table.TimelineQuery{Account: itemKey(0, 3).Partition, Before: "~", Limit: 1000})
	if err != nil || len(rows) != 30 {
		t.Errorf("%d items are in a timeline, want 30: %v", len(rows), err)
	}
}

func TestReopenedFileHasEverything(t *testing.T) {
	path, _ := dataFile(t)
	for range 2 {
		db, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkItems(t, db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileThatIsNotADataFileIsLeftAsItIs(t *testing.T) {
	_, whole := dataFile(t)
	page := os.Getpagesize()
	cut := func(n int) []byte { return whole[:n] }
	with := func(change func(b []byte)) []byte {
		b := bytes.Clone(whole)
		change(b)
		return b
	}
	for name, test := range map[string]struct {
		content []byte
		want    error
	}{
		"empty":                     {[]byte{}, ErrForeign},
		"short text":                {[]byte("hello\n"), ErrForeign},
		"text of a page and a half": {bytes.Repeat([]byte("hello\n"), 1024), ErrForeign},
		"long text":                 {bytes.Repeat([]byte("hello\n"), 1<<14), ErrForeign},
		"zeros":                     {make([]byte, len(whole)), ErrForeign},
		"another bbolt file":        {otherBolt(t, "else", nil), ErrForeign},
		"a bbolt file like ours":    {otherBolt(t, "private-integrations", []byte("1")), ErrForeign},
		"newer":                     {otherBolt(t, "private-integrations", binary.BigEndian.AppendUint64(nil, Format+1)), ErrNewer},
		"first byte only":           {cut(1), ErrForeign},
		"cut in the first page":     {cut(page - 1), ErrForeign},
		"first page only":           {cut(page), ErrForeign},
		"cut in the second page":    {cut(2*page - 1), ErrForeign},
		"header only":               {cut(2 * page), ErrTruncated},
		"half":                      {cut(len(whole) / 2), ErrTruncated},
		"cut within a page":         {cut(len(whole) - page - 77), ErrTruncated},
		"one byte short":            {cut(len(whole) - 1), ErrTruncated},
		"both headers broken":       {with(func(b []byte) { b[40]++; b[page+40]++ }), ErrForeign},
		"both headers overwritten":  {with(func(b []byte) { clear(b[:2*page]) }), ErrForeign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, "data")
			if err := os.WriteFile(path, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := Open(path, Options{})
			if err == nil {
				_ = db.Close()
			}
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want %v naming the file", err, test.want)
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(after, test.content) {
				t.Errorf("the file was changed (%v)", err)
			}
			if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
				t.Errorf("the folder holds %v, %v", files, err)
			}
		})
	}
}

// otherBolt gives the bytes of a bbolt file with one bucket that says format.
func otherBolt(t *testing.T, bucket string, format []byte) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other")
	b, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = b.Update(func(tx *bbolt.Tx) error {
		made, err := tx.CreateBucket([]byte(bucket))
		if err != nil || format == nil {
			return err
		}
		return made.Put(keyFormat, format)
	})
	if err := errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

func TestUnusedEndOfTheFileIsNotMissed(t *testing.T) {
	path, used := dataFile(t)
	if err := os.WriteFile(path, used, 0o600); err != nil {
		t.Fatal(err)
	}
	checkItems(t, reopen(t, path, Options{}))
}

func TestOneBrokenHeaderIsRepairedFromTheOther(t *testing.T) {
	for page := range 2 {
		path, used := dataFile(t)
		used[page*os.Getpagesize()+40]++
		if err := os.WriteFile(path, used, 0o600); err != nil {
			t.Fatal(err)
		}
		db := reopen(t, path, Options{})
		// The header of the last transaction may be the broken one, in which case
		// that transaction is gone, whole.
		last := []table.Key{itemKey(29, 0), itemKey(29, 9)}
		items, err := db.GetAll(t.Context(), last)
		if err != nil {
			t.Fatal(err)
		}
		if (items[0] == nil) != (items[1] == nil) {
			t.Errorf("a part of the last transaction is there: %v", items)
		}
		var writes []table.Write
		for m := range 10 {
			writes = append(writes, table.Write{Key: itemKey(29, m), Put: itemOf(itemKey(29, m))})
		}
		if err := db.Write(t.Context(), writes); err != nil {
			t.Fatal(err)
		}
		checkItems(t, db)
	}
}

func TestFolderInPlaceOfTheFileIsRefused(t *testing.T) {
	path := t.TempDir()
	if _, err := Open(path, Options{}); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
}

func TestMissingFolderIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "data")
	if _, err := Open(path, Options{}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}

func TestSecondProgramIsToldAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	db := reopen(t, path, Options{})
	start := time.Now()
	if _, err := Open(path, Options{}); !errors.Is(err, ErrInUse) {
		t.Error(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := db.Write(t.Context(), []table.Write{{Key: itemKey(1, 1), Put: itemOf(itemKey(1, 1))}}); err != nil {
		t.Errorf("the first one afterwards: %v", err)
	}
}

func TestFileCutShortInTheMakingIsMadeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path+".new", []byte("half a hea"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := reopen(t, path, Options{})
	if err := db.Write(t.Context(), []table.Write{{Key: itemKey(1, 1), Put: itemOf(itemKey(1, 1))}}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the draft is still there: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: others can read the data file", info.Mode(), err)
	}
}
