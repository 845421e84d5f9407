package bolt

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/private-integrations/private-integrations/pkg/table"
)

func TestWriteThatErrsLeavesThoseBesideItAlone(t *testing.T) {
	db := openNew(t, Options{})
	tooLong := table.Key{Partition: "P", Sort: strings.Repeat("x", 40_000)}
	var writers sync.WaitGroup
	for n := range 60 {
		writers.Go(func() {
			writes := []table.Write{{Key: itemKey(n, 1), Put: itemOf(itemKey(n, 1))}}
			if n%3 == 0 {
				writes = append(writes, table.Write{Key: tooLong, Put: itemOf(itemKey(n, 1))})
			}
			err := db.Write(t.Context(), writes)
			if want := n%3 == 0; errors.Is(err, bolterrors.ErrKeyTooLarge) != want || (err != nil) != want {
				t.Errorf("writer %d: %v", n, err)
			}
		})
	}
	writers.Wait()
	for n := range 60 {
		item, err := db.Get(t.Context(), itemKey(n, 1))
		if want := n%3 != 0; (item != nil) != want || err != nil {
			t.Errorf("the item of writer %d: %v, %v", n, item, err)
		}
	}
}

func TestReadersSeeAWriteWholeOrNotAtAll(t *testing.T) {
	db := openNew(t, Options{NoSync: true})
	keys := []table.Key{{Partition: "P", Sort: "A"}, {Partition: "P", Sort: "B"}, {Partition: "P", Sort: "C"}}
	done := make(chan struct{})
	var others sync.WaitGroup
	for range 3 {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				rows, err := db.Query(context.Background(), table.Query{Partition: "P", Limit: 9})
				if err != nil {
					t.Error(err)
				}
				for _, row := range rows {
					if row.Item[0].Number != rows[0].Item[0].Number || len(rows) != len(keys) {
						t.Errorf("of one instant: %v", rows)
						return
					}
				}
				items, err := db.GetAll(context.Background(), keys)
				if err != nil || !cmp.Equal(items[0], items[2]) {
					t.Errorf("of one instant: %v, %v", items, err)
					return
				}
			}
		})
	}
	for n := range int64(500) {
		var writes []table.Write
		for _, key := range keys {
			writes = append(writes, table.Write{Key: key, Put: table.Item{{Name: "n", Kind: table.Number, Number: n}}})
		}
		if err := db.Write(t.Context(), writes); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	others.Wait()
}

func TestNothingIsDoneForACallerWhoIsGone(t *testing.T) {
	db := openNew(t, Options{NoSync: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	key := itemKey(1, 1)
	if err := db.Write(ctx, []table.Write{{Key: key, Put: itemOf(key)}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if item, err := db.Get(t.Context(), key); item != nil || err != nil {
		t.Errorf("%v, %v", item, err)
	}
	if _, err := db.Get(ctx, key); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
