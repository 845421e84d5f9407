package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

var _ table.Backend = (*DB)(nil)

// A key in the file is partition, a zero byte and the sort key; neither part
// holds a zero byte.
func keyOf(k table.Key) []byte {
	b := make([]byte, 0, len(k.Partition)+1+len(k.Sort)+1) // 1 to spare for bounds
	b = append(b, k.Partition...)
	b = append(b, 0)
	return append(b, k.Sort...)
}

func parseKey(b []byte) table.Key {
	partition, sort, _ := strings.Cut(string(b), "\x00")
	return table.Key{Partition: partition, Sort: sort}
}

func (db *DB) view(ctx context.Context, do func(tx *bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return guard(func() error { return db.bolt.View(do) })
}

// Get reads one item.
func (db *DB) Get(ctx context.Context, key table.Key) (item table.Item, err error) {
	err = db.view(ctx, func(tx *bbolt.Tx) error {
		item, err = get(tx.Bucket(bucketItems), keyOf(key))
		return err
	})
	return item, err
}

func get(items *bbolt.Bucket, key []byte) (table.Item, error) {
	record := items.Get(key)
	if record == nil {
		return nil, nil
	}
	return readRecord(key, record)
}

// GetAll reads some items as of one instant.
func (db *DB) GetAll(ctx context.Context, keys []table.Key) ([]table.Item, error) {
	items := make([]table.Item, len(keys))
	err := db.view(ctx, func(tx *bbolt.Tx) (err error) {
		for n, key := range keys {
			if items[n], err = get(tx.Bucket(bucketItems), keyOf(key)); err != nil {
				return err
			}
		}
		return nil
	})
	return items, err
}

// Query reads a stretch of one partition as of one instant.
func (db *DB) Query(ctx context.Context, q table.Query) ([]table.Row, error) {
	var rows []table.Row
	err := db.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketItems).Cursor()
		prefix := keyOf(table.Key{Partition: q.Partition, Sort: q.Prefix})
		step := cursor.Next
		if q.Descending {
			step = cursor.Prev
		}
		for key, record := first(cursor, q, prefix); bytes.HasPrefix(key, prefix) && len(rows) < q.Limit; key, record = step() {
			item, err := readRecord(key, record)
			if err != nil {
				return err
			}
			rows = append(rows, table.Row{Key: parseKey(key), Item: item})
		}
		return nil
	})
	return rows, err
}

// first moves the cursor to where the query begins.
func first(cursor *bbolt.Cursor, q table.Query, prefix []byte) (key, record []byte) {
	after := keyOf(table.Key{Partition: q.Partition, Sort: q.After})
	switch {
	case q.Descending && q.After == "":
		return below(cursor, append(prefix, 0xff))
	case q.Descending:
		return below(cursor, after)
	case q.After == "":
		return cursor.Seek(prefix)
	}
	return cursor.Seek(append(after, 0))
}

// below moves the cursor to the last key below bound.
func below(cursor *bbolt.Cursor, bound []byte) (key, record []byte) {
	if key, _ := cursor.Seek(bound); key == nil {
		return cursor.Last()
	}
	return cursor.Prev()
}

// scanPage is how many items Scan reads as of one instant. A long read keeps
// the file from reusing pages.
const scanPage = 1000

// Scan reads a page of the partitions that begin with prefix, in order of keys.
func (db *DB) Scan(ctx context.Context, prefix string, after *table.Key) (page []table.Row, next *table.Key, err error) {
	err = db.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketItems).Cursor()
		start := []byte(prefix)
		if after != nil {
			start = append(keyOf(*after), 0)
		}
		for key, record := cursor.Seek(start); bytes.HasPrefix(key, []byte(prefix)); key, record = cursor.Next() {
			if len(page) == scanPage {
				next = &page[scanPage-1].Key
				return nil
			}
			item, err := readRecord(key, record)
			if err != nil {
				return err
			}
			page = append(page, table.Row{Key: parseKey(key), Item: item})
		}
		return nil
	})
	return page, next, err
}

// Keys is [DB.Scan] for keys alone.
func (db *DB) Keys(ctx context.Context, prefix string, after *table.Key) (page []table.Key, next *table.Key, err error) {
	err = db.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketItems).Cursor()
		start := []byte(prefix)
		if after != nil {
			start = append(keyOf(*after), 0)
		}
		for key, _ := cursor.Seek(start); bytes.HasPrefix(key, []byte(prefix)); key, _ = cursor.Next() {
			if len(page) == scanPage {
				next = &page[scanPage-1]
				return nil
			}
			if !plausible(key, 0) {
				return errBrokenPage
			}
			page = append(page, parseKey(key))
		}
		return nil
	})
	return page, next, err
}

// Due reads the due index as of one instant.
func (db *DB) Due(ctx context.Context, shard int, until time.Time, after *table.Due, limit int) ([]table.Due, error) {
	var due []table.Due
	err := db.view(ctx, func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketDue).Cursor()
		end := dueKey(shard, until.UnixMilli()+1, nil)
		start := dueKey(shard, 0, nil)
		if after != nil {
			start = append(dueKey(shard, after.At.UnixMilli(), keyOf(after.Key)), 0)
		}
		for key, _ := cursor.Seek(start); key != nil && bytes.Compare(key, end) < 0 && len(due) < limit; key, _ = cursor.Next() {
			if !plausible(key, dueHead) {
				return fmt.Errorf("%w: due index", table.ErrDamaged)
			}
			at := int64(binary.BigEndian.Uint64(key[1:dueHead]))
			due = append(due, table.Due{Key: parseKey(key[dueHead:]), At: time.UnixMilli(at).UTC()})
		}
		return nil
	})
	return due, err
}
