package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// bucketStream has what was written and somebody waits for, by number. It is
// there from the first time that the file is opened with [Options.Stream], and
// filled by every write from then on.
var bucketStream = []byte("stream") // number → whether it was new, length of the key, key, record

// Change is an entry of the stream.
type Change struct {
	Number uint64 // higher than those of what was written before
	table.Written
}

func (db *DB) openStream() error {
	db.arrived = make(chan struct{}, 1)
	there := false
	err := db.bolt.View(func(tx *bbolt.Tx) error {
		there = tx.Bucket(bucketStream) != nil
		return nil
	})
	if there || err != nil {
		return err
	}
	db.turn.Lock()
	defer db.turn.Unlock()
	return db.update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketStream)
		return err
	})
}

// Arrived is received from once or more after something was written.
func (db *DB) Arrived() <-chan struct{} { return db.arrived }

// arrive tells whoever follows the stream that there may be more.
func (db *DB) arrive() {
	select {
	case db.arrived <- struct{}{}:
	default:
	}
}

// follow adds to the stream what was written under key, in the transaction that
// wrote it.
func follow(tx *bbolt.Tx, key []byte, before, after table.Item) error {
	stream := tx.Bucket(bucketStream)
	if stream == nil || after == nil {
		return nil
	}
	isNew := before == nil
	if w := (table.Written{Row: table.Row{Key: parseKey(key)}, New: isNew}); !w.Awaited() {
		return nil
	}
	number, err := stream.NextSequence()
	if err != nil {
		return err
	}
	entry := []byte{0}
	if isNew {
		entry[0] = 1
	}
	entry = append(binary.AppendUvarint(entry, uint64(len(key))), key...)
	return stream.Put(numberKey(number), appendRecord(entry, key, after))
}

// Changes reads up to limit changes that were not forgotten, in the order in
// which they were written, those after a number (0: from the first).
func (db *DB) Changes(ctx context.Context, after uint64, limit int) ([]Change, error) {
	var changes []Change
	err := db.view(ctx, func(tx *bbolt.Tx) error {
		stream := tx.Bucket(bucketStream)
		if stream == nil {
			return nil
		}
		cursor := stream.Cursor()
		for number, entry := cursor.Seek(numberKey(after + 1)); number != nil && len(changes) < limit; number, entry = cursor.Next() {
			c, err := readChange(number, entry)
			if err != nil {
				return err
			}
			changes = append(changes, c)
		}
		return nil
	})
	return changes, err
}

func readChange(number, entry []byte) (Change, error) {
	c := Change{}
	broken := fmt.Errorf("%w: an entry of the stream", table.ErrDamaged)
	if len(number) != 8 || len(entry) < 2 {
		return c, broken
	}
	c.Number, c.New = binary.BigEndian.Uint64(number), entry[0] == 1
	length, n := binary.Uvarint(entry[1:])
	rest := entry[1:]
	if n <= 0 || length > uint64(len(rest)-n) {
		return c, broken
	}
	key, record := rest[n:n+int(length)], rest[n+int(length):]
	item, err := readRecord(key, record)
	c.Row = table.Row{Key: parseKey(key), Item: item}
	return c, err
}

// Forget takes the changes up to a number out of the stream: they are dealt with.
func (db *DB) Forget(ctx context.Context, through uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	db.turn.Lock()
	defer db.turn.Unlock()
	return db.update(func(tx *bbolt.Tx) error {
		stream := tx.Bucket(bucketStream)
		if stream == nil {
			return nil
		}
		cursor, end := stream.Cursor(), numberKey(through)
		for number, _ := cursor.First(); number != nil && bytes.Compare(number, end) <= 0; number, _ = cursor.First() {
			if err := cursor.Delete(); err != nil {
				return err
			}
		}
		return nil
	})
}

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
