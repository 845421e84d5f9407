package bolt

import (
	"slices"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

func (p *pending) write(tx *bbolt.Tx) (err error) {
	if p.each != nil {
		return writeEach(tx, p.writes, p.each)
	}
	p.refused, err = write(tx, p.writes)
	return err
}

// writeEach enters in became what became of each of writes. Its error is that of
// the transaction.
func writeEach(tx *bbolt.Tx, writes []table.Write, became []error) error {
	for n, w := range writes {
		before, err := get(tx.Bucket(bucketItems), keyOf(w.Key))
		if err == nil && slices.ContainsFunc(w.If, func(c table.Condition) bool { return !c.Holds(before) }) {
			err = table.ErrRefused
		}
		if became[n] = err; err != nil {
			continue
		}
		if err := replace(tx, keyOf(w.Key), before, after(before, w)); err != nil {
			return err
		}
	}
	return nil
}

// write checks every condition before it changes anything, so that a refusal
// leaves the transaction, which others may share, as it was.
func write(tx *bbolt.Tx, writes []table.Write) (*table.Refused, error) {
	items := tx.Bucket(bucketItems)
	before := make([]table.Item, len(writes))
	refused := &table.Refused{}
	for n, w := range writes {
		item, err := get(items, keyOf(w.Key))
		if err != nil {
			return nil, err
		}
		before[n] = item
		for _, c := range w.If {
			if !c.Holds(item) {
				refused.Writes = append(refused.Writes, n)
				break
			}
		}
	}
	if len(refused.Writes) > 0 {
		return refused, nil
	}
	for n, w := range writes {
		if err := replace(tx, keyOf(w.Key), before[n], after(before[n], w)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// after is the item that w makes of before; nil removes it.
func after(before table.Item, w table.Write) table.Item {
	switch {
	case w.Remove:
		return nil
	case w.Update == nil:
		return w.Put
	}
	changed := slices.DeleteFunc(slices.Clone(before), func(a table.Attribute) bool {
		_, set := w.Update.Set.Get(a.Name)
		return set || slices.Contains(w.Update.Remove, a.Name)
	})
	changed = append(changed, w.Update.Set...)
	for name, n := range w.Update.Add {
		if a, found := changed.Get(name); found {
			a.Number += n
		} else {
			changed = append(changed, table.Attribute{Name: name, Kind: table.Number, Number: n})
		}
	}
	return changed
}

// replace puts an item in the place of another, in the indexes and the stream
// too.
func replace(tx *bbolt.Tx, key []byte, before, after table.Item) error {
	for _, index := range indexes {
		if err := index.follow(tx, key, before, after); err != nil {
			return err
		}
	}
	if err := follow(tx, key, before, after); err != nil {
		return err
	}
	if after == nil {
		return tx.Bucket(bucketItems).Delete(key)
	}
	return tx.Bucket(bucketItems).Put(key, appendRecord(nil, key, after))
}
