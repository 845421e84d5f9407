package bolt

import (
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// upgradeStride is how many items are looked at in one transaction of an
// upgrade, so that it holds little in memory.
const upgradeStride = 10_000

// upgrade brings a file of an older format to this one, once: every item gets
// the attributes that it lacks, and the index that is new its entries. The
// number of the format comes last, so that an upgrade that was cut short begins
// anew.
func (db *DB) upgrade() error {
	var format uint64
	err := db.bolt.View(func(tx *bbolt.Tx) error {
		format = binary.BigEndian.Uint64(tx.Bucket(bucketMeta).Get(keyFormat))
		return nil
	})
	if err != nil || format == Format {
		return err
	}
	for after := []byte(nil); ; {
		done := false
		err := db.update(func(tx *bbolt.Tx) (err error) {
			if _, err := tx.CreateBucketIfNotExists(bucketTimeline); err != nil {
				return err
			}
			if after, done, err = upgradeItems(tx, after); err != nil || !done {
				return err
			}
			return tx.Bucket(bucketMeta).Put(keyFormat, binary.BigEndian.AppendUint64(nil, Format))
		})
		if err != nil || done {
			return err
		}
	}
}

// upgradeItems upgrades a stretch of the items, those that follow the key after,
// and tells where it ended. Nothing is written while a cursor is on its way.
func upgradeItems(tx *bbolt.Tx, after []byte) (last []byte, done bool, err error) {
	type old struct {
		key          []byte
		item, lacked table.Item
	}
	var all []old
	cursor := tx.Bucket(bucketItems).Cursor()
	key, record := cursor.Seek(append(after, 0))
	for range upgradeStride {
		if key == nil {
			break
		}
		item, err := readRecord(key, record)
		if err != nil && !errors.Is(err, table.ErrDamaged) { // which is for whoever reads the item to tell
			return nil, false, err
		}
		last = append(last[:0], key...)
		if lacked := table.Upgrade(parseKey(key), item); lacked != nil {
			all = append(all, old{append([]byte(nil), key...), item, lacked})
		}
		key, record = cursor.Next()
	}
	done = key == nil
	for _, o := range all {
		if err := replace(tx, o.key, o.item, append(o.item[:len(o.item):len(o.item)], o.lacked...)); err != nil {
			return nil, false, err
		}
	}
	return last, done, nil
}
