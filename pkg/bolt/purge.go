package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// Purge removes up to limit items whose time to live was over before the second
// of now, as DynamoDB does by itself, and tells how many. Nothing depends on it.
func (db *DB) Purge(ctx context.Context, now time.Time, limit int) (purged int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	db.turn.Lock()
	defer db.turn.Unlock()
	err = db.update(func(tx *bbolt.Tx) error {
		entries, err := expired(tx, now.Unix(), limit)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			found, err := purge(tx, entry)
			if err != nil {
				return err
			}
			if found {
				purged++
			}
		}
		return nil
	})
	return purged, err
}

// expired lists the first entries of the ttl index that are below a second.
func expired(tx *bbolt.Tx, second int64, limit int) ([][]byte, error) {
	var entries [][]byte
	end := binary.BigEndian.AppendUint64(nil, uint64(second))
	cursor := tx.Bucket(bucketTTL).Cursor()
	for entry, _ := cursor.First(); entry != nil && bytes.Compare(entry, end) < 0 && len(entries) < limit; entry, _ = cursor.Next() {
		if !plausible(entry, ttlHead) {
			return nil, fmt.Errorf("%w: ttl index", table.ErrDamaged)
		}
		entries = append(entries, bytes.Clone(entry))
	}
	return entries, nil
}

// purge removes the item of an entry, or the entry alone if the item, which has
// a checksum, does not say the same.
func purge(tx *bbolt.Tx, entry []byte) (found bool, err error) {
	key := entry[ttlHead:]
	item, err := get(tx.Bucket(bucketItems), key)
	if err != nil {
		return false, err
	}
	if !bytes.Equal(ttlEntry(key, item), entry) {
		return false, tx.Bucket(bucketTTL).Delete(entry)
	}
	return true, replace(tx, key, item, nil)
}
