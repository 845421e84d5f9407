package bolt

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// An index is a bucket of entries without values, each of which ends with the
// key of an item.
type index struct {
	bucket []byte
	entry  func(key []byte, item table.Item) []byte // nil: the item is not in it
}

var indexes = []index{{bucketDue, dueEntry}, {bucketTTL, ttlEntry}, {bucketTimeline, timelineEntry}}

// follow has the index hold after in the place of before.
func (i index) follow(tx *bbolt.Tx, key []byte, before, after table.Item) error {
	was, is := i.entry(key, before), i.entry(key, after)
	if bytes.Equal(was, is) {
		return nil
	}
	bucket := tx.Bucket(i.bucket)
	if was != nil {
		if err := bucket.Delete(was); err != nil {
			return err
		}
	}
	if is == nil {
		return nil
	}
	return bucket.Put(is, nil)
}

// plausible reports whether an index entry has an item's key after its head. In
// a broken page a key can seem to go on for gigabytes.
func plausible(entry []byte, head int) bool {
	return len(entry) > head && len(entry) <= bbolt.MaxKeySize
}

const dueHead = 1 + 8

func dueKey(shard int, at int64, key []byte) []byte {
	b := append(make([]byte, 0, dueHead+len(key)+1), byte(shard))
	return append(binary.BigEndian.AppendUint64(b, uint64(at)), key...)
}

func dueEntry(key []byte, item table.Item) []byte {
	at, found := item.Get(table.AttributeDueAt)
	shard, also := item.Get(table.AttributeDueShard)
	if !found || !also {
		return nil
	}
	n, _ := strconv.Atoi(shard.Text)
	return dueKey(n, at.Number, key)
}

const ttlHead = 8

func ttlEntry(key []byte, item table.Item) []byte {
	at, found := item.Get(table.AttributeTTL)
	if !found {
		return nil
	}
	return append(binary.BigEndian.AppendUint64(nil, uint64(at.Number)), key...)
}

// timelineKey is account and place, each with a zero byte after it, which
// neither of them has, and the item's key.
func timelineKey(account, place string, key []byte) []byte {
	b := make([]byte, 0, len(account)+len(place)+2+len(key)+1)
	b = append(append(b, account...), 0)
	b = append(append(b, place...), 0)
	return append(b, key...)
}

func timelineEntry(key []byte, item table.Item) []byte {
	account, found := item.Get(table.AttributeAccount)
	place, also := item.Get(table.AttributeTimeline)
	if !found || !also {
		return nil
	}
	return timelineKey(account.Text, place.Text, key)
}
