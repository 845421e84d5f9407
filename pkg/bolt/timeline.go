package bolt

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// Timeline reads the timeline index as of one instant.
func (db *DB) Timeline(ctx context.Context, q table.TimelineQuery) ([]table.Row, error) {
	var rows []table.Row
	err := db.view(ctx, func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketTimeline)
		if bucket == nil {
			return table.ErrNoTimeline
		}
		cursor := bucket.Cursor()
		head := append([]byte(q.Account), 0)
		start := append(bytes.Clone(head), q.From...)
		for entry, _ := below(cursor, append(bytes.Clone(head), q.Before...)); bytes.Compare(entry, start) >= 0 && len(rows) < q.Limit; entry, _ = cursor.Prev() {
			place, key, whole := bytes.Cut(entry[min(len(head), len(entry)):], []byte{0})
			if !whole || !bytes.HasPrefix(entry, head) || !plausible(entry, len(entry)-len(key)) {
				return fmt.Errorf("%w: timeline index", table.ErrDamaged)
			}
			row := table.Row{Key: parseKey(key)}
			if q.PlacesOnly {
				row.Item = table.Item{{Name: table.AttributeTimeline, Kind: table.String, Text: string(place)}}
				rows = append(rows, row)
				continue
			}
			var err error
			if row.Item, err = get(tx.Bucket(bucketItems), key); err != nil {
				return err
			}
			if !bytes.Equal(timelineEntry(key, row.Item), entry) {
				return fmt.Errorf("%w: timeline index: %s is not where it says", table.ErrDamaged, row.Key)
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}
