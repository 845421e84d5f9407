package bolt

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// Timeline reads the timeline index as of one instant.
func (db *DB) Timeline(ctx context.Context, account, from, before string, limit int) ([]table.Row, error) {
	var rows []table.Row
	err := db.view(ctx, func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketTimeline)
		if bucket == nil {
			return table.ErrNoTimeline
		}
		cursor := bucket.Cursor()
		head := append([]byte(account), 0)
		start := append(bytes.Clone(head), from...)
		for entry, _ := below(cursor, append(bytes.Clone(head), before...)); bytes.Compare(entry, start) >= 0 && len(rows) < limit; entry, _ = cursor.Prev() {
			_, key, whole := bytes.Cut(entry[min(len(head), len(entry)):], []byte{0})
			if !whole || !bytes.HasPrefix(entry, head) || !plausible(entry, len(entry)-len(key)) {
				return fmt.Errorf("%w: timeline index", table.ErrDamaged)
			}
			item, err := get(tx.Bucket(bucketItems), key)
			if err != nil {
				return err
			}
			if !bytes.Equal(timelineEntry(key, item), entry) {
				return fmt.Errorf("%w: timeline index: %s is not where it says", table.ErrDamaged, printable(key))
			}
			rows = append(rows, table.Row{Key: parseKey(key), Item: item})
		}
		return nil
	})
	return rows, err
}
