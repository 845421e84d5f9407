package bolt

import (
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/fsck"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func TestIndexThatLacksAnEntryOrHasOneTooManyIsFound(t *testing.T) {
	foreign := keyOf(table.Key{Partition: "ACCOUNT#acme", Sort: "INTEGRATION#other"})
	for name, c := range map[string]struct {
		bucket []byte
		do     func(b *bbolt.Bucket, first []byte) error
		kind   fsck.Kind
	}{
		"lacks a place": {bucketTimeline, (*bbolt.Bucket).Delete, fsck.Timeline},
		"has a place": {bucketTimeline, func(b *bbolt.Bucket, _ []byte) error {
			return b.Put(timelineKey("acme", "000000000000001#other#000000000001", keyOf(table.Key{Partition: "ACCOUNT#acme", Sort: "FACT#other#000000000001"})), nil)
		}, fsck.Timeline},
		"has a place of another": {bucketTimeline, func(b *bbolt.Bucket, _ []byte) error {
			return b.Put(timelineKey("acme", "000000000000001#other#000000000001", foreign), nil)
		}, fsck.Timeline},
		"has half a place":   {bucketTimeline, func(b *bbolt.Bucket, _ []byte) error { return b.Put([]byte("acme\x0000"), nil) }, fsck.Timeline},
		"lacks what is due":  {bucketDue, (*bbolt.Bucket).Delete, fsck.Due},
		"has what is not":    {bucketDue, func(b *bbolt.Bucket, _ []byte) error { return b.Put(dueKey(3, 1e12, foreign), nil) }, fsck.Due},
		"has what is nobody": {bucketDue, func(b *bbolt.Bucket, _ []byte) error { return b.Put(dueKey(3, 1e12, []byte("x")), nil) }, fsck.Due},
		"has half an entry":  {bucketDue, func(b *bbolt.Bucket, _ []byte) error { return b.Put(dueKey(3, 1, nil), nil) }, fsck.Due},
	} {
		t.Run(name, func(t *testing.T) {
			db := openNew(t, Options{NoSync: true})
			store := table.New(db)
			created, err := integration.Create(integration.New{ID: "I", Account: "acme", Name: "Shop", Scopes: []string{"a"}},
				storetest.Everything{}, storetest.Mint(), fact.System, time.Unix(1e9, 0).UTC())
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Commit(t.Context(), created, 1, nil); err != nil {
				t.Fatal(err)
			}
			faults := func() []fsck.Fault {
				report, err := fsck.Check(t.Context(), store, nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				return report.Faults
			}
			if found := faults(); len(found) > 0 {
				t.Errorf("whole: %q", found)
			}
			err = db.bolt.Update(func(tx *bbolt.Tx) error {
				bucket := tx.Bucket(c.bucket)
				first, _ := bucket.Cursor().First()
				return c.do(bucket, first)
			})
			if err != nil {
				t.Fatal(err)
			}
			if found := faults(); len(found) != 1 || found[0].Kind != c.kind {
				t.Errorf("%q, want one of %s", found, c.kind)
			}
		})
	}
}
